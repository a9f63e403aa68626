"""The duty roster: who is on duty, and for when nobody has been entered."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Shift
from cases.operations.roster import EnterShift, WithdrawShift
from cases.selectors.roster import gaps, offices_of
from healthcode.core.acts.base import Operation
from healthcode.core.acts.buttons import DeskButtonsAdmin, button
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

GAPS = 20  # on the page


class OnDuty(admin.SimpleListFilter):
    """Shifts by how they stand to now."""

    title = _("on duty")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (
            ("now", _("now")),
            ("coming", pgettext_lazy("shift", "later")),
            ("over", pgettext_lazy("shift", "over")),
            ("back", _("taken back")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Shift]) -> QuerySet[Shift]:
        now, kept = timezone.now(), queryset.filter(withdrawn_at=None)
        match self.value():
            case "now":
                return kept.filter(from_at__lte=now, until__gt=now)
            case "coming":
                return kept.filter(from_at__gt=now)
            case "over":
                return kept.filter(until__lte=now)
            case "back":
                return queryset.exclude(withdrawn_at=None)
        return queryset


@admin.register(Shift)
class ShiftAdmin(DeskButtonsAdmin):
    """Everybody's roster: whoever works at night has to know whom to call."""

    change_list_template = "lists/roster.html"
    view_act = "roster.view"
    select_related = ("office", "user", "entered_by", "withdrawn_by")
    list_display = ("office", "user", "phone", "leads", "from_at", "until", "withdrawn_at")
    list_display_links = ("user",)
    list_filter = (OnDuty, ("leads", admin.BooleanFieldListFilter))
    search_fields = ("office__name", "office__name_en", "user__name")
    ordering = ("-from_at", "-pk")
    fields = (
        *("office", "user", "phone", "leads", "from_at", "until"),
        *("entered_by", "entered_at", "withdrawn_by", "withdrawn_at"),
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Shift]:
        return Shift.objects.all()

    def choices(self, obj: Shift, by: User) -> Sequence[tuple[type[Operation], str]]:
        own = offices_of(by).filter(pk=obj.office_id)
        running = obj.withdrawn_at is None and obj.until > timezone.now()
        return [(WithdrawShift, "shift")] if running and own.exists() else ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show above the list for when the reader's offices have nobody on duty."""
        by = reader(request)
        found = gaps(offices_of(by), at=timezone.now())
        url = reverse("admin:do", args=(EnterShift.name,))
        own = {
            "gaps": found[:GAPS],
            "more_gaps": max(len(found) - GAPS, 0),
            "buttons": [button(EnterShift, url)] if by.may(EnterShift.act) else [],
        }
        return super().changelist_view(request, {**own, **(extra_context or {})})
