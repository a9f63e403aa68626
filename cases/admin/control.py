"""Lists of control orders, with what was recorded under them, and of home-stay exceptions."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.admin import filters
from cases.admin.base import PersonRowsAdmin
from cases.admin.cases import ProposalAdmin
from cases.admin.columns import due_words, ground_words, policy_in_force
from cases.admin.notices import order_notice
from cases.admin.rounds import round_page
from cases.models import (
    Certificate,
    ControlOrder,
    Handover,
    HealthLog,
    HomeStay,
    OrderCase,
    Relocation,
    Transport,
)
from cases.selectors import due
from healthcode.core.offices.scoped_admin import ScopedInline


class ServedCases(ScopedInline):
    """The cases an order serves."""

    model = OrderCase
    verbose_name_plural = _("cases")
    fields = readonly_fields = ("case", "ground", "kind", "until")
    select_related = ("case",)

    @admin.display(description=_("ground"))
    def ground(self, served: OrderCase) -> str:
        return ground_words(policy_in_force(), served.case.ground)


class HealthLogs(ScopedInline):
    """Temperatures and symptoms under an order."""

    model = HealthLog
    fields = readonly_fields = ("on", "half", "temperature", "missed", "symptoms", "by", "at")
    select_related = ("by",)


class Transports(ScopedInline):
    """Closed transports under an order."""

    model = Transport
    fields = readonly_fields = (
        *(
            "from_place",
            "to_place",
            "vehicle",
            "plate",
            "escort",
            "left_at",
            "arrived_at",
            "handed_to",
            "by",
            "at",
        ),
    )
    select_related = ("by",)


class Handovers(ScopedInline):
    """Changes of the responsible officer."""

    model = Handover
    fields = readonly_fields = ("at", "from_officer", "to_officer", "by", "reason")
    select_related = ("from_officer", "to_officer", "by")


@admin.register(ControlOrder)
class ControlOrderAdmin(PersonRowsAdmin):
    """Control orders: what, where, until when, and who answers for it."""

    select_related = ("office", "officer")
    list_display = ("pk", "person_link", "measure_words", "place", "due_state", "office", "officer", "ending")
    list_display_links = ("pk",)
    list_filter = (
        filters.DueFilter,
        ("kind", admin.ChoicesFieldListFilter),
        ("ending", admin.ChoicesFieldListFilter),
        filters.PersonAreaFilter,
        filters.ResponsibleOfficeFilter,
    )
    fields = (
        *(
            "person_link",
            "kind",
            "place",
            "at_home",
            "elsewhere",
            "day0",
            "until",
            "due_state",
            "office",
            "officer",
        ),
        *(
            "opened_by",
            "opened_at",
            "ended_by",
            "ended_at",
            "ending",
            "relied_on",
            "letter",
            "follows_number",
        ),
    )
    readonly_fields = fields
    inlines = (ServedCases, HealthLogs, Transports, Handovers)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(round_page, self))
        notice = self.admin_site.admin_view(partial(order_notice, self))
        return [
            path("round/", view, name="cases_round"),
            path("<str:object_id>/notice/", notice, name="cases_controlorder_notice"),
            *super().get_urls(),
        ]

    @admin.display(description=_("measure"), ordering="kind")
    def measure_words(self, order: ControlOrder) -> str:
        return order.measure

    @admin.display(description=_("due"), empty_value="–")
    def due_state(self, order: ControlOrder) -> str | SafeString:
        if order.ended_at is not None:
            return ""
        return due_words(order, due.state_of(order, timezone.now()))

    @admin.display(description=_("follows"), empty_value="–")
    def follows_number(self, order: ControlOrder) -> str:
        return str(order.follows or "")


class OrderProposalAdmin(ProposalAdmin):
    """A proposal about one control order."""

    person_path = "order__person"

    @admin.display(description=_("order"))
    def order_number(self, row: Any) -> str:
        return str(row.order)


@admin.register(HomeStay)
class HomeStayAdmin(OrderProposalAdmin):
    """Home instead of centralised isolation: exceptions with a second person."""

    decide_act = "order.decide_home"
    list_display = ("pk", "person_link", "order_number", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = ("person_link", "order_number", "address", *ProposalAdmin.decision_fields)
    readonly_fields = fields


@admin.register(Relocation)
class RelocationAdmin(OrderProposalAdmin):
    """Control that goes on elsewhere."""

    decide_act = "order.decide_elsewhere"
    list_display = ("pk", "person_link", "place", *ProposalAdmin.decision_columns)
    list_display_links = ("pk",)
    fields = ("person_link", "order_number", "place", "letter", *ProposalAdmin.decision_fields)
    readonly_fields = fields


@admin.register(Certificate)
class CertificateAdmin(OrderProposalAdmin):
    """Certificates of isolation served elsewhere, and how each was verified."""

    decide_act = "order.decide_certificate"
    list_display = ("pk", "person_link", "number", *ProposalAdmin.decision_columns, "withdrawn_at")
    list_display_links = ("pk",)
    fields = (
        *("person_link", "order_number", "number", "issuer", "reply_letter"),
        *("called_name", "called_at", "number_from", "sampled_at", "laboratory", "report_number"),
        *(*ProposalAdmin.decision_fields, "withdrawn_at", "withdrawn_by"),
    )
    readonly_fields = fields
