"""Lists of merges, transfers, corrected numbers and deaths: what is proposed about a person as a whole."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cases.admin.base import reachable
from cases.admin.cases import ProposalAdmin
from cases.models import Death, DeathWithdrawal, Merge, NumberChange, Reversal, Transfer
from cases.selectors import reversals
from healthcode.core.offices import scope
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader


@admin.register(Merge)
class MergeAdmin(ProposalAdmin):
    """One human recorded twice."""

    person_path = "survivor"
    decide_act = "person.approve_merge"
    select_related = (*ProposalAdmin.select_related, "duplicate")
    list_display = ("pk", "survivor_link", "duplicate_name", *ProposalAdmin.decision_columns, "undone_at")
    list_display_links = ("pk",)
    fields = ("survivor_link", "duplicate_name", *ProposalAdmin.decision_fields, "undone_at")
    readonly_fields = fields

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        """A merge can reach across the border of an office: the half beyond it stays a number."""
        persons = {key for row in rows for key in (row.survivor_id, row.duplicate_id)}
        ours = set(reachable(request).filter(pk__in=persons).values_list("pk", flat=True))
        for row in rows:
            row.person_opens = row.survivor_id in ours
            row.duplicate_opens = row.duplicate_id in ours

    @admin.display(description=_("survivor"))
    def survivor_link(self, merge: Any) -> str:
        return self.person_link(merge)

    @admin.display(description=_("duplicate"))
    def duplicate_name(self, merge: Any) -> str:
        if not getattr(merge, "duplicate_opens", False):
            return str(merge.duplicate.public_id)[:8]
        page = reverse("admin:cases_person_change", args=(merge.duplicate_id,))
        return format_html('<a href="{}">{}</a>', page, merge.duplicate)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        merge = super().get_object(request, object_id, from_field)
        if merge is not None:
            self.annotate_rows(request, [merge])
        return merge


@admin.register(Transfer)
class TransferAdmin(ProposalAdmin):
    """Persons on their way to another office."""

    select_related = (*ProposalAdmin.select_related, "from_division", "to_division")
    list_display = ("pk", "person_link", "from_division", "to_division", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = ("person_link", "from_division", "to_division", "address", *ProposalAdmin.decision_fields)
    readonly_fields = fields

    def within_reach(self, request: HttpRequest) -> Q:
        # The receiving office has to see what it is asked to accept.
        user = reader(request)
        arriving = (
            scope.within(user.jurisdiction, "to_division")
            if user.may("person.accept_transfer")
            else Q(pk__in=())
        )
        return super().within_reach(request) | arriving

    def listed(self, request: HttpRequest, rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
        return rows


@admin.register(NumberChange)
class NumberChangeAdmin(ProposalAdmin):
    """Document numbers corrected where a case hangs on them; the numbers themselves stand on the decision's page."""

    person_path = "person"
    decide_act = "person.decide_number"
    list_display = ("pk", "person_link", "reading", "confirm_by", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = (
        *("person_link", "reading", "reading_ref", "confirm_by"),
        *ProposalAdmin.decision_fields,
    )
    readonly_fields = fields


@admin.register(Death)
class DeathAdmin(ProposalAdmin):
    """Deaths: being checked, confirmed, taken back."""

    decide_act = "person.confirm_death"
    list_display = ("pk", "person_link", "on", *ProposalAdmin.decision_columns, "withdrawn_at")
    list_display_links = ("pk",)
    fields = ("person_link", "on", "certificate", *ProposalAdmin.decision_fields, "withdrawn_at")
    readonly_fields = fields


@admin.register(DeathWithdrawal)
class DeathWithdrawalAdmin(ProposalAdmin):
    """Deaths of people who live, to be taken back."""

    decide_act = "person.decide_death_withdrawal"
    list_display = ("pk", "person_link", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = ("person_link", *ProposalAdmin.decision_fields)
    readonly_fields = fields


@admin.register(Reversal)
class ReversalAdmin(ProposalAdmin):
    """Acts that bind somebody, to be taken back by a second person."""

    list_display = ("pk", "person_link", "kind", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    list_filter = (*ProposalAdmin.list_filter, ("kind", admin.ChoicesFieldListFilter))
    fields = ("person_link", "kind", "until", *ProposalAdmin.decision_fields)
    readonly_fields = fields

    def may_read(self, user: User) -> bool:
        return super().may_read(user) or any(user.may(act) for act in reversals.DECIDED_BY.values())

    def within_reach(self, request: HttpRequest) -> Q:
        # Those who decide see what waits for them, and what they decided.
        user = reader(request)
        return super().within_reach(request) | Q(pk__in=reversals.waiting_for(user)) | Q(decided_by=user)
