"""Operations for findings: void, ask for the end, decide, refresh; and for assists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Person, RuleBook
from cases.models.endings import VoidClass
from cases.operations.fields import ReplacementFields
from cases.policy.parts import Ground
from cases.selectors import facts
from cases.selectors.colours import colour_at
from complaints import flow, routing
from complaints.models import Assist, Ticket
from complaints.models.choices import TicketFinding, TicketKind
from complaints.operations.base import TicketOperation
from complaints.operations.handling import text_field
from complaints.services import findings, steps
from healthcode.core import languages
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.scope import covers

DECIDABLE = (TicketFinding.UPHELD, TicketFinding.IDENTITY_FIXED, TicketFinding.OUTSIDE)
OF_CONDUCT = (TicketFinding.CONDUCT, TicketFinding.OUTSIDE)
ASSISTING = ("CDC", "GROUP", "HOSPITAL", "COMMUNITY", "ISOLATION_SITE", "SERVICE_POINT", "FEVER_CLINIC")
KIND_OF = {
    "officer": "COMMUNITY",
    "service_point": "SERVICE_POINT",
    "clinic": "FEVER_CLINIC",
    "cdc": "CDC",
    "community": "COMMUNITY",
}


class TicketCaseField(forms.ModelChoiceField):
    """A case that stands against the person, in the rule book's words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("ground"), queryset=Case.objects.none(), **kwargs)

    def of(self, person: Person, at: datetime) -> None:
        """Offer what stands against this person now."""
        self.queryset = Case.objects.of(person).open().select_related("source_office").order_by("pk")

    @cached_property
    def grounds(self) -> Mapping[str, Ground]:
        """Return the grounds of the book in force; read once for a form."""
        return RuleBook.objects.in_force(timezone.now()).policy.grounds

    def label_from_instance(self, case: Case) -> str:
        ground = self.grounds.get(case.ground)
        name = ground.words.text(languages.current()) if ground else case.ground
        since = f"{timezone.localtime(case.opened_at):%Y-%m-%d}" if case.opened_at else ""
        return f"{name} · {case.source_office} · {since}"


class OfficeField(forms.ModelChoiceField):
    """Another office that may be asked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("office"), queryset=Office.objects.none(), to_field_name="code", **kwargs)

    def exclude(self, own: int) -> None:
        """Offer every office that can assist except this one."""
        others = Office.objects.filter(kind__in=ASSISTING).exclude(pk=own)
        self.queryset = others.order_by("division", "kind", "pk")


class FindingOperation(TicketOperation):
    """Base of the findings: for the handler alone, with a person, on a fresh look at the code."""

    act, step, looks = "ticket.handle", "decide", True
    guard = staticmethod(steps.require_owner)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        if ticket.person_id is None and cls is not Decide:
            return False
        return not ticket.awaits_others()


class ProposeVoidOnTicket(ReplacementFields, FindingOperation):
    """F1: the ground was never true. A second person of another office has to approve the void."""

    place = 20
    name, label, weight = "void", _("The ground is wrong"), "primary"

    case = TicketCaseField()
    reason_class = forms.ChoiceField(label=_("kind of error"), choices=VoidClass.choices)
    reason = text_field(
        _("reason"),
        help_text=_("The case stands and the ticket waits until a second person of another office approves."),
    )
    field_order = ("case", "reason_class", "reason")

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return by.may("case.propose_void") and super().fits(ticket, by=by, at=at)

    def limit(self) -> None:
        self.fields["case"].of(self.person, self.at)  # type: ignore[attr-defined]
        self.fields["case"].initial = self.ticket.disputed_case_id
        self.ask_of_contacts(self.fields["case"].queryset)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        findings.propose_void(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Proposed: the case stands and the ticket waits until the second person has decided.")


class AskForEnd(FindingOperation):
    """F2: the ground was right and its end is not entered: ask whoever has to enter it."""

    place = 20
    name, label = "ask-for-end", _("Its end is not entered")

    case = TicketCaseField()
    office = OfficeField()
    question = text_field(
        _("what has to be entered"), help_text=_("The ticket decides itself once they have acted.")
    )

    def limit(self) -> None:
        self.fields["case"].of(self.person, self.at)  # type: ignore[attr-defined]
        self.fields["office"].exclude(self.ticket.office_id)  # type: ignore[attr-defined]
        self.fields["case"].initial = self.ticket.disputed_case_id
        responsible = _responsible(self.ticket)
        self.fields["office"].initial = responsible.code if responsible else None

    def perform(self, *, seen: int | None) -> str | Promise:
        assist = findings.ask_for_end(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("%(office)s was asked; the ticket waits for its act.") % {"office": assist.office}


EVERY = [(one.value, one.label) for one in dict.fromkeys((*DECIDABLE, *OF_CONDUCT))]


class Decide(FindingOperation):
    """F3 to F6: what needs nobody else's act."""

    place = 20
    name, label = "decide", _("Decide otherwise: right, corrected, outside, conduct")

    finding = forms.ChoiceField(label=pgettext_lazy("ticket", "finding"), choices=EVERY)
    reason = text_field(
        _("reason"),
        1000,
        help_text=_("Say what ends it and when; the citizen is told on this basis."),
        rows=4,
    )
    external_ref = forms.CharField(
        label=_("reference of whoever answered outside"), max_length=100, required=False
    )

    def limit(self) -> None:
        offered = OF_CONDUCT if self.ticket.kind == TicketKind.CONDUCT else DECIDABLE
        self.fields["finding"].choices = [(one.value, one.label) for one in offered]  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        findings.decide(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Decided: the citizen is to be told.")


class Refresh(TicketOperation):
    """Bring a decision up to a code that has turned since."""

    place = 20
    name, label, act = "refresh", _("Bring the decision up to date"), "ticket.handle"
    weight, step = "primary", "refresh"
    guard = staticmethod(steps.require_owner)

    reason = text_field(_("reason"), 1000)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.person is not None and colour_at(ticket.person, at) != ticket.decided_colour

    def perform(self, *, seen: int | None) -> str | Promise:
        findings.refresh(self.ticket, reason=self.cleaned_data["reason"], by=self.by, at=self.at, seen=seen)
        return _("The decision says the code as it is now.")


class AskOffice(TicketOperation):
    """Ask another office to assist."""

    place = 40
    name, label, act = "ask-office", _("Ask another office"), "ticket.handle"
    states = (flow.IN_PROGRESS,)
    guard = staticmethod(steps.require_owner)

    office = OfficeField()
    question = text_field(_("question"))

    def limit(self) -> None:
        self.fields["office"].exclude(self.ticket.office_id)  # type: ignore[attr-defined]
        responsible = _responsible(self.ticket)
        self.fields["office"].initial = responsible.code if responsible else None

    def perform(self, *, seen: int | None) -> str | Promise:
        assist = findings.ask_office(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("%(office)s was asked.") % {"office": assist.office}


class AssistField(forms.ModelChoiceField):
    """What another office was asked, by the question."""

    def label_from_instance(self, assist: Assist) -> str:
        return assist.question


class Answer(TicketOperation):
    """Answer what the handling office asked."""

    place = 20
    name, label, act, weight = "answer", _("Answer the question"), "ticket.assist", "primary"

    assist = AssistField(label=_("question"), queryset=Assist.objects.none())
    text = text_field(pgettext_lazy("assist", "answer"))

    @classmethod
    def open_for(cls, ticket: Ticket, by: User):  # type: ignore[no-untyped-def]
        return ticket.assists.filter(office=by.office_id, answered_at=None).order_by("pk")

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return cls.open_for(ticket, by).exists()

    def limit(self) -> None:
        field = self.fields["assist"]
        field.queryset = self.open_for(self.ticket, self.by)  # type: ignore[attr-defined]
        field.initial = field.queryset.first()  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        findings.answer(self.cleaned_data["assist"], text=self.cleaned_data["text"], by=self.by, at=self.at)
        return _("Answered.")


def _responsible(ticket: Ticket) -> Office | None:
    """Return the office that most likely has to act: the control officer's, else the route's kind near the person."""
    if ticket.person is None:
        return None
    assist = routing.ROUTES[ticket.category].assist
    if assist in ("", "officer"):
        order = facts.governing_order(ticket.person)
        if order is not None and order.officer is not None:
            return order.officer.office
    kind = KIND_OF.get(assist)
    near = Office.objects.filter(kind=kind).order_by("-division", "pk") if kind else ()
    return next((one for one in near if covers(one.division_id, ticket.person.present_id)), None)
