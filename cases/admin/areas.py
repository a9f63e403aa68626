"""The list of risk areas."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import RiskArea
from cases.operations.areas import DecideArea, LiftArea
from cases.selectors import presences
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import DeskButtonsAdmin
from healthcode.core.offices.models import User


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
class RiskAreaAdmin(DeskButtonsAdmin):
    """Risk areas anywhere: a traveller's case rests on areas far away."""

    change_form_template = "lists/effects.html"
    view_act = "area.view"
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

    def choices(self, obj: RiskArea, by: User) -> Sequence[tuple[type[Operation], str]]:
        if obj.decision == "PENDING":
            return [(DecideArea, "area")] if obj.proposed_by.office_id != by.office_id else ()
        listed = obj.decision == "APPROVED" and obj.lifted_at is None
        return [(LiftArea, "area")] if listed else ()

    def more(self, obj: RiskArea) -> dict[str, Any]:
        """Say before a decision whom it would reach: the area's approval is the look that a mass coding needs."""
        return {"townships": presences.townships(obj, at=timezone.now()) if obj.decision == "PENDING" else ()}
