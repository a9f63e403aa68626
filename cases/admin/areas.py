"""The list of risk areas."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cases.models import RiskArea
from healthcode.offices.scoped_admin import ScopedModelAdmin


class Standing(admin.SimpleListFilter):
    """Areas by whether they are still listed."""

    title = _("listed")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("yes", _("still listed")), ("no", _("lifted")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[RiskArea]) -> QuerySet[RiskArea]:
        if self.value() == "yes":
            return queryset.filter(lifted_at=None)
        return queryset.exclude(lifted_at=None) if self.value() == "no" else queryset


@admin.register(RiskArea)
class RiskAreaAdmin(ScopedModelAdmin):
    """Risk areas anywhere: a traveller's case rests on areas far away."""

    view_act = "area.view"
    audit_name = "area"
    select_related = ("division", "proposed_by", "decided_by", "lifted_by")
    list_display = (
        "name",
        "division",
        "level",
        "severe",
        "test_required",
        "from_at",
        "lifted_at",
        "decision",
    )
    list_filter = (
        Standing,
        ("level", admin.ChoicesFieldListFilter),
        ("severe", admin.BooleanFieldListFilter),
        ("decision", admin.ChoicesFieldListFilter),
    )
    fields = (
        *("name", "division", "venue", "level", "severe", "test_required", "look_back_days", "from_at"),
        *(
            "source_document",
            "assessment_document",
            "consent_document",
            "proposed_by",
            "proposed_at",
            "decision",
        ),
        *("decided_by", "decided_at", "answer", "lifted_at", "lifted_by", "test_still_due"),
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[RiskArea]:
        return RiskArea.objects.all()
