"""Operations before the finding, and those that are always offered."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import DocumentType
from cases.services.persons import lookups
from complaints import flow
from complaints.models import Ticket
from complaints.operations.base import TicketOperation, answers_for
from complaints.selectors import desks
from complaints.services import handling, steps
from complaints.services.drafts import NobodyFound
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import OfficeKind


def text_field(
    label: Any, limit: int = 500, *, help_text: Any = "", rows: int = 3, required: bool = True
) -> forms.CharField:
    """Return a field for a text of several lines, at most `limit` characters."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=limit, widget=area, help_text=help_text, required=required)


class Colleague(forms.ModelChoiceField):
    """Somebody who handles tickets."""

    def label_from_instance(self, user: User) -> str:
        return f"{user.name} · {user.office}"


class Take(TicketOperation):
    """Sign for a ticket: you answer for it from now."""

    place = 10
    name, label, act = "take", _("Sign for it"), "ticket.handle"
    weight, step = "primary", "take"
    notice = _("From now on the ticket is yours, until it is closed or handed over.")
    guard = staticmethod(steps.require_desk)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.owner_id is None

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.take(self.ticket, by=self.by, at=self.at, seen=seen)
        return _("Signed for: it is yours.")


class Identify(TicketOperation):
    """Say who a letter is about."""

    place = 10
    name, label, act = "identify", _("Identify the person"), "ticket.handle"
    weight = "primary"
    guard = staticmethod(steps.require_owner)
    states = (flow.IN_PROGRESS,)

    document_type = forms.ChoiceField(
        label=_("document type"), choices=[choice for choice in DocumentType.choices if choice[0] != "NONE"]
    )
    document_number = forms.CharField(label=pgettext_lazy("identity", "document number"), max_length=30)
    document_country = forms.CharField(label=_("issuing country"), max_length=60, required=False)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.person_id is None

    def perform(self, *, seen: int | None) -> str | Promise:
        found = lookups.look_up(
            **self.cleaned_data, task=self.ticket.number, act="ticket.register", by=self.by, at=self.at
        )
        if not found:
            raise NobodyFound(field="document_number")
        handling.identify(self.ticket, found[0], by=self.by, at=self.at, seen=seen)
        return _("Identified; the code was looked up.")


class HandOverTicket(TicketOperation):
    """Hand a ticket to a colleague of the same office."""

    name, label, act = "hand-over", _("Hand to a colleague"), "ticket.handle"
    states = (flow.IN_PROGRESS, flow.NEED_INFO, flow.DECIDED)
    guard = staticmethod(steps.require_desk)

    to = Colleague(label=_("colleague"), queryset=User.objects.none(), to_field_name="username")
    reason = reason_field()

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.owner_id == by.pk or (by.is_head and ticket.owner_id is not None)

    def limit(self) -> None:
        others = User.objects.filter(office=self.by.office_id, role=self.by.role, is_active=True)
        others = others.exclude(pk=self.ticket.owner_id).select_related("office").order_by("name")
        self.fields["to"].queryset = others  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        to = self.cleaned_data["to"]
        handling.hand_over(
            self.ticket, to=to, reason=self.cleaned_data["reason"], by=self.by, at=self.at, seen=seen
        )
        return _("%(name)s handles it now.") % {"name": to.name}


class AskCitizen(TicketOperation):
    """Ask the citizen for what is missing: once, and for everything at once."""

    place = 40
    name, label, act = "ask-citizen", _("Ask the citizen for material"), "ticket.handle"
    step = "ask"
    guard = staticmethod(steps.require_owner)
    insert_into = "missing"

    missing = text_field(
        _("everything that is missing"),
        help_text=_("Once, and in full: the clock rests 48 hours at most. The citizen gets these words."),
    )

    def perform(self, *, seen: int | None) -> str | Promise:
        missing = self.cleaned_data["missing"]
        handling.ask(self.ticket, missing=missing, by=self.by, at=self.at, seen=seen)
        return _("The clock rests until the material is there, 48 hours at most.")


class Resume(TicketOperation):
    """Record the material that was asked for: the clock runs again."""

    place = 20
    name, label, act = "resume", _("Record the material"), "ticket.register"
    weight, step = "primary", "resume"

    material = text_field(_("what came"))

    def perform(self, *, seen: int | None) -> str | Promise:
        material = self.cleaned_data["material"]
        handling.resume(self.ticket, material=material, by=self.by, at=self.at, seen=seen)
        return _("Recorded; the clock runs again.")


class SendBack(TicketOperation):
    """Send a ticket back for a ruling by the complaint lead."""

    name, label, act = "send-back", _("Send back for a ruling"), "ticket.handle"
    weight, step = "danger", "send_back"
    guard = staticmethod(steps.require_desk)

    reason = text_field(
        _("reason"), help_text=_("Once only, and the clock runs on. The citizen is not contacted.")
    )

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        in_time = ticket.return_due is not None and at <= ticket.return_due
        return not ticket.return_count and in_time and ticket.office_id == desks.bureau().pk

    def perform(self, *, seen: int | None) -> str | Promise:
        reason = self.cleaned_data["reason"]
        handling.send_back(self.ticket, reason=reason, by=self.by, at=self.at, seen=seen)
        return _("Sent back: the complaint lead rules on it.")


class Rule(TicketOperation):
    """Rule that the bureau handles a ticket it sent back."""

    place = 10
    name, label, act = "rule", _("Rule: the bureau handles it"), "ticket.rule"
    weight, step = "primary", "rule"

    ruling = text_field(_("ruling"))

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.rule(self.ticket, ruling=self.cleaned_data["ruling"], by=self.by, at=self.at, seen=seen)
        return _("Ruled: the bureau handles it, and cannot send it back again.")


class Assign(TicketOperation):
    """Give a ticket that was taken over to an officer who did not decide it before."""

    place = 10
    name, label, act = "assign", _("Give to an officer"), "ticket.rule"
    weight, step = "primary", "decide"
    guard = staticmethod(steps.require_owner)

    to = Colleague(label=_("officer"), queryset=User.objects.none(), to_field_name="username")
    ruling = text_field(_("ruling"))

    def limit(self) -> None:
        officers = User.objects.filter(office=desks.bureau(), role="bureau", is_active=True)
        officers = officers.exclude(pk=self.ticket.last_decider_id).select_related("office").order_by("name")
        self.fields["to"].queryset = officers  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        to = self.cleaned_data["to"]
        handling.assign(
            self.ticket, to=to, ruling=self.cleaned_data["ruling"], by=self.by, at=self.at, seen=seen
        )
        return _("%(name)s handles it now.") % {"name": to.name}


class GiveTicket(TicketOperation):
    """Share out undecided tickets, one or many: whoever gets one answers for it from now on."""

    name, label, act = "give", _("Share out to an officer"), "ticket.rule"
    states = (flow.ROUTED, flow.IN_PROGRESS, flow.NEED_INFO)
    bulk = True

    to = Colleague(label=_("officer"), queryset=User.objects.none(), to_field_name="username")

    @staticmethod
    def guard(ticket: Ticket, by: User) -> None:
        steps.require_visible(ticket, by)

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.office.kind == OfficeKind.BUREAU

    def limit(self) -> None:
        officers = User.objects.filter(office=desks.bureau(), role="bureau", is_active=True)
        self.fields["to"].queryset = officers.select_related("office").order_by("name")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        to = self.cleaned_data["to"]
        handling.give(self.ticket, to=to, by=self.by, at=self.at, seen=seen)
        return _("%(name)s handles it now.") % {"name": to.name}


class ExtendTicket(TicketOperation):
    """Extend the time for the decision, once."""

    name, label, act = "extend", _("Extend the time"), "ticket.rule"
    states = flow.UNDECIDED

    reason = text_field(_("reason"), help_text=_("Once only. The citizen is told these words."))

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.extended_until is None

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.extend(self.ticket, reason=self.cleaned_data["reason"], by=self.by, at=self.at, seen=seen)
        return _("Extended.")


class MergeTickets(TicketOperation):
    """Merge a ticket into another open one of the same person."""

    name, label, act = "merge", _("Merge into another"), "ticket.register"
    step = "merge"

    into = forms.ModelChoiceField(label=_("into"), queryset=Ticket.objects.none(), to_field_name="number")

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return answers_for(ticket, by) and cls.others(ticket).exists()

    @staticmethod
    def others(ticket: Ticket):  # type: ignore[no-untyped-def]
        if ticket.person is None:
            return Ticket.objects.none()
        return Ticket.objects.open().of(ticket.person).exclude(pk=ticket.pk).order_by("pk")

    def limit(self) -> None:
        self.fields["into"].queryset = self.others(self.ticket)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        into = self.cleaned_data["into"]
        handling.merge(self.ticket, into=into, by=self.by, at=self.at, seen=seen)
        return _("Merged into %(number)s.") % {"number": into.number}


class Withdraw(TicketOperation):
    """Withdraw a ticket at the citizen's own word."""

    name, label, act = "withdraw", _("Withdraw at the citizen's word"), "ticket.register"
    step = "withdraw"

    statement = text_field(_("in the citizen's words"))

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return not ticket.finding and answers_for(ticket, by)

    def perform(self, *, seen: int | None) -> str | Promise:
        statement = self.cleaned_data["statement"]
        handling.withdraw(self.ticket, statement=statement, by=self.by, at=self.at, seen=seen)
        return _("Withdrawn.")


class Cancel(TicketOperation):
    """Cancel a test or an empty call."""

    name, label, act = "cancel", _("Cancel: a test or an empty call"), "ticket.rule"
    weight, step = "danger", "cancel"

    reason = text_field(_("reason"))

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.cancel(self.ticket, reason=self.cleaned_data["reason"], by=self.by, at=self.at, seen=seen)
        return _("Cancelled; it stays, and can be found.")
