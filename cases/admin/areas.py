"""The list of risk areas."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from cases.models import AreaChange, RiskArea
from cases.models.proposals import Decision
from cases.operations.areas import DecideArea, DecideAreaChange, LiftArea, UnliftArea, WithdrawArea
from cases.selectors import presences
from cases.selectors.areas import areas_for, changes_for, of_place
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import DeskButtonsAdmin
from healthcode.core.offices.models import User


class ListedFilter(admin.SimpleListFilter):
    """Areas by whether they are still listed."""

    title = _("listed")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("yes", _("still listed")), ("coming", _("to begin later")), ("no", _("lifted or withdrawn")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[RiskArea]) -> QuerySet[RiskArea]:
        now = timezone.now()
        kept = RiskArea.objects.kept(now).values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=kept, from_at__lte=now)
            case "coming":
                return queryset.filter(pk__in=kept, from_at__gt=now)
            case "no":
                return queryset.filter(decision=Decision.APPROVED).exclude(pk__in=kept)
        return queryset


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
        ListedFilter,
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
        *("decided_by", "decided_at", "answer", "begun_at", "lifted_at", "lifted_by", "test_still_due"),
        *("withdrawn_at", "changes"),
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[RiskArea]:
        return RiskArea.objects.all()

    @admin.display(description=_("liftings and withdrawals"), empty_value="–")
    def changes(self, area: RiskArea) -> str:
        rows = area.changes.select_related("proposed_by", "decided_by").order_by("pk")
        return format_html_join(mark_safe("<br>"), "{}", ((_line(change),) for change in rows))

    def choices(self, obj: RiskArea, by: User) -> Sequence[tuple[type[Operation], str]]:
        if obj.decision == Decision.PENDING:
            return [(DecideArea, "area")] if areas_for(by).filter(pk=obj.pk).exists() else ()
        if obj.changes.filter(decision=Decision.PENDING).exists():
            return [(DecideAreaChange, "area")] if changes_for(by).filter(area=obj).exists() else ()
        if not of_place(RiskArea.objects.filter(pk=obj.pk), by).exists():
            return ()
        return [(operation, "area") for operation in _steps(obj)]

    def more(self, obj: RiskArea) -> dict[str, Any]:
        """Say before a decision whom it would reach: the area's approval is the look that a mass coding needs."""
        return {"townships": presences.townships(obj, at=timezone.now()) if obj.decision == "PENDING" else ()}


def _steps(area: RiskArea) -> tuple[type[Operation], ...]:
    """Return what may be proposed about an area as it stands."""
    if area.decision != Decision.APPROVED or area.withdrawn_at is not None:
        return ()
    if area.lifted_at is not None:
        return (UnliftArea, WithdrawArea)
    return (LiftArea, WithdrawArea) if area.from_at <= timezone.now() else (WithdrawArea,)


def _line(change: AreaChange) -> str:
    parts = [change.get_kind_display(), change.get_decision_display(), str(change.proposed_by), change.reason]
    if change.decided_at and change.decided_by:
        parts += [
            f"{timezone.localtime(change.decided_at):%Y-%m-%d %H:%M}",
            str(change.decided_by),
            change.answer,
        ]
    return " · ".join(part for part in map(str, parts) if part)
