"""Lists of cases and of what is proposed about them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.admin import filters
from cases.admin.base import PersonRowsAdmin, linked, reachable
from cases.admin.columns import exit_words, ground_words, policy_in_force
from cases.admin.decisions import DecisionFilter, DecisionWords
from cases.models import Batch, Case, ExitReport, Release, SelfCheck, Void
from healthcode.core.offices.scoped_admin import reader


class CaseWords:
    """Columns of a case, in the words of the rule book."""

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().annotate_rows(request, rows)  # type: ignore[misc]
        policy = policy_in_force()
        for row in rows:
            row.policy = policy

    @admin.display(description=_("ground"))
    def ground_words(self, row: Any) -> str:
        policy = getattr(row, "policy", None) or policy_in_force()
        return ground_words(policy, getattr(row, "case", row).ground)

    @admin.display(description=_("case"))
    def case_number(self, row: Any) -> str:
        return str(getattr(row, "case", row))


@admin.register(Case)
class CaseAdmin(CaseWords, PersonRowsAdmin):
    """Cases: who stands under which ground, since when, by whom."""

    select_related = ("source_office", "entered_by", "addressed_to")
    list_display = (
        "pk",
        "person_link",
        "ground_words",
        "state_word",
        "source_office",
        "entered_at",
        "closed_at",
    )
    list_display_links = ("pk",)
    list_filter = (
        ("state", admin.ChoicesFieldListFilter),
        filters.GroundFilter,
        ("channel", admin.ChoicesFieldListFilter),
        filters.PersonAreaFilter,
        filters.SourceOfficeFilter,
    )
    fields = (
        *(
            "person_link",
            "ground_words",
            "state_word",
            "channel",
            "began_on",
            "evidence_kind",
            "evidence_ref",
        ),
        *("index_case_words", "chain_link", "risk_area", "batch_link", "source_office", "entered_by"),
        "entered_at",
        *("addressed_to", "opened_at", "opened_by", "closed_at", "closed_by", "exit_words", "closing_reason"),
    )
    readonly_fields = fields

    def within_reach(self, request: HttpRequest) -> Q:
        # What CDC addressed to this office is this office's to enter, wherever the person lives.
        return super().within_reach(request) | Q(addressed_to=reader(request).office_id)

    @admin.display(description=_("state"))
    def state_word(self, case: Case) -> SafeString:
        return format_html(
            '<span class="state state-{}">{}</span>', case.state.lower(), case.get_state_display()
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Case | None:
        case: Case | None = super().get_object(request, object_id, from_field)
        if case is not None:
            self._add_what_opens(request, case)
        return case

    def _add_what_opens(self, request: HttpRequest, case: Any) -> None:
        """Find out whether the person of the index case, and the delivery, have a page this reader may open."""
        index = case.index_case
        case.index_opens = index is not None and reachable(request).filter(pk=index.person_id).exists()
        deliveries = self.admin_site._registry[Batch]
        case.batch_opens = (
            case.batch_id is not None
            and deliveries.has_view_permission(request)
            and deliveries.get_queryset(request).filter(pk=case.batch_id).exists()
        )

    @admin.display(description=_("index case"), empty_value="–")
    def index_case_words(self, case: Any) -> SafeString | str:
        index = case.index_case
        if index is None:
            return ""
        ground = ground_words(policy_in_force(), index.ground)
        if not case.index_opens:
            return str(_("%(case)s, of a person outside your area") % {"case": f"{index} · {ground}"})
        return format_html("{} · {} · {}", linked(index.person), ground, index)

    @admin.display(description=_("Chain of contacts"))
    def chain_link(self, case: Case) -> SafeString:
        address = reverse("admin:person_contacts", args=(case.person_id,))
        return format_html('<a href="{}">{}</a>', address, _("who rests on this person's cases"))

    @admin.display(description=_("delivery"), empty_value="–")
    def batch_link(self, case: Any) -> SafeString | str:
        if not case.batch_opens:
            return str(case.batch or "")
        page = reverse("admin:cases_batch_change", args=(case.batch_id,))
        return format_html('<a href="{}">{}</a>', page, case.batch)

    @admin.display(description=_("ended by"), empty_value="–")
    def exit_words(self, case: Case) -> str:
        return exit_words(policy_in_force(), case.exit) if case.exit else ""


class ProposalAdmin(DecisionWords, PersonRowsAdmin):
    """What one person proposes and another decides; those who decide see as far as their act reaches."""

    decision_columns = ("proposed_by", "proposed_at", "decision_words", "decided_by", "decided_at")
    decision_fields = ("reason", *decision_columns, "answer")
    select_related = ("proposed_by", "decided_by")
    list_filter: tuple[Any, ...] = (DecisionFilter,)


class CaseProposalAdmin(CaseWords, ProposalAdmin):
    """A proposal about one case."""

    person_path = "case__person"


@admin.register(Void)
class VoidAdmin(CaseProposalAdmin):
    """Voids: cases that were never true."""

    decide_act = "case.decide_void"
    list_display = ("pk", "person_link", "ground_words", "reason_class", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    list_filter = (DecisionFilter, ("reason_class", admin.ChoicesFieldListFilter))
    fields = (
        "person_link",
        "case_number",
        "ground_words",
        "reason_class",
        "reference",
        *ProposalAdmin.decision_fields,
    )
    readonly_fields = fields


@admin.register(SelfCheck)
class SelfCheckAdmin(CaseProposalAdmin):
    """Own findings of the bureau: cases coded in error."""

    decide_act = "case.decide_self_check"
    list_display = ("pk", "person_link", "number", "source", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = (
        *("person_link", "case_number", "ground_words", "number", "source", "failed"),
        *ProposalAdmin.decision_fields,
    )
    readonly_fields = fields

    @admin.display(description=_("number"))
    def number(self, check: SelfCheck) -> str:
        return check.number


@admin.register(Release)
class ReleaseAdmin(CaseProposalAdmin):
    """Releases from discretionary yellow."""

    decide_act = "case.decide_release"
    list_display = ("pk", "person_link", "ground_words", "document_number", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = ("person_link", "case_number", "ground_words", "document_number", *ProposalAdmin.decision_fields)
    readonly_fields = fields


@admin.register(ExitReport)
class ExitReportAdmin(CaseProposalAdmin):
    """Discharges, exclusions and reclassifications on their way to the control group."""

    select_related = (*ProposalAdmin.select_related, "addressed_to")
    list_display = (
        "pk",
        "person_link",
        "ground_words",
        "exit",
        "happened_on",
        "addressed_to",
        "decision_words",
    )
    list_display_links = ("pk",)
    list_filter = (DecisionFilter, ("exit", admin.ChoicesFieldListFilter))
    fields = (
        *(
            "person_link",
            "case_number",
            "ground_words",
            "exit",
            "new_ground_words",
            "happened_on",
            "evidence_ref",
        ),
        *("addressed_to", *ProposalAdmin.decision_fields),
    )
    readonly_fields = fields

    def within_reach(self, request: HttpRequest) -> Q:
        return super().within_reach(request) | Q(addressed_to=reader(request).office_id)

    @admin.display(description=_("new ground"), empty_value="–")
    def new_ground_words(self, report: ExitReport) -> str:
        return ground_words(policy_in_force(), report.new_ground) if report.new_ground else ""
