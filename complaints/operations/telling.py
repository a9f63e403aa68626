"""Operations after the finding: tell, reply, visit, reopen."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import readable
from cases.selectors.explanation import explain
from complaints import clocks, flow
from complaints.models import ReturnVisit, Ticket
from complaints.models.choices import MAY_HEAR, ColourSeen, Contact, TicketChannel
from complaints.operations.base import TicketOperation, answers_for
from complaints.operations.handling import text_field
from complaints.services import steps, telling, wording
from healthcode.core.offices.models import User

ANSWERS = (("yes", _("yes, solved")), ("no", _("no, not solved")))
SATISFACTION = (("", "–"), *((str(number), str(number)) for number in range(5, 0, -1)))


class NoticeOperation(TicketOperation):
    """Base of what is sent to the citizen: how, to whom, which words."""

    act = "ticket.register"
    guard = staticmethod(steps.require_responder)
    tone = "reply"
    insert_into = "text"

    channel = forms.ChoiceField(label=pgettext_lazy("telling", "how"), choices=Contact.choices)
    reached = forms.CharField(label=_("who was reached"), max_length=50)
    text = text_field(_("the exact words"), 800, help_text=_("The citizen gets these words."), rows=5)
    written = ""  # what the portal itself tells

    def limit(self) -> None:
        is_letter = self.ticket.channel == TicketChannel.HOTLINE
        choices = [choice for choice in Contact.choices if is_letter or choice[0] != Contact.HOTLINE]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        self.fields["channel"].initial = self.ticket.contact_pref
        if phone := readable(lambda: self.ticket.contact_phone, otherwise=""):
            self.fields["channel"].help_text = _("Telephone: %(phone)s") % {"phone": phone}
        if self.ticket.relation not in MAY_HEAR:
            self.fields["reached"].help_text = _(
                "Whoever came was not shown to be the person, a parent or a guardian: tell the person."
            )
        self.fields["reached"].initial = self.ticket.contact_name or (
            self.ticket.person.name if self.ticket.person else ""
        )


class Tell(NoticeOperation):
    """Tell the citizen the decision; only while the live colour is the one that was decided."""

    place = 30
    name, label, weight, step = "tell", _("Tell the citizen"), "primary", "tell"

    text = text_field(
        _("words to add"),
        800,
        help_text=_("After what the portal writes. Without a colour: it is there already."),
        rows=4,
        required=False,
    )

    def limit(self) -> None:
        super().limit()
        self.fields["text"].initial = self.ticket.decision_reason
        explanation = explain(self.person, at=self.at) if self.person is not None else None
        self.written = wording.outcome(self.ticket, explanation)

    def perform(self, *, seen: int | None) -> str | Promise:
        telling.tell(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _(
            "Told. Somebody who did not decide asks by the end of the next working day whether it is solved."
        )


class Reply(NoticeOperation):
    """Say something to the citizen while the ticket goes on."""

    place = 30
    name, label = "reply", _("Reply to the citizen")
    states = tuple(state for state in flow.OPEN if state != flow.DECIDED)

    def perform(self, *, seen: int | None) -> str | Promise:
        telling.reply(self.ticket, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Said to the citizen.")


class LogVisit(TicketOperation):
    """Ask the citizen afterwards which colour they see, and whether it is solved."""

    place = 30
    name, label, act, weight = "visit", _("Return visit"), "ticket.register", "primary"
    step = "close"
    guard = staticmethod(telling.require_visitor)

    reached = forms.ChoiceField(label=_("reached?"), choices=ReturnVisit.Reached.choices)
    colour_seen = forms.ChoiceField(
        label=_("What colour do you see now?"), choices=(("", "–"), *ColourSeen.choices), required=False
    )
    solved = forms.ChoiceField(
        label=pgettext_lazy("visit", "solved?"), choices=(("", "–"), *ANSWERS), required=False
    )
    satisfaction = forms.ChoiceField(
        label=_("satisfaction (5 is best)"), choices=SATISFACTION, required=False
    )
    comment = forms.CharField(
        label=_("in the citizen's words"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        solved = {"yes": True, "no": False}.get(data.pop("solved"))
        satisfaction = int(data.pop("satisfaction") or 0) or None
        telling.visit(
            self.ticket, **data, solved=solved, satisfaction=satisfaction, by=self.by, at=self.at, seen=seen
        )
        return _("Recorded: the ticket is %(state)s.") % {"state": self.ticket.get_state_display()}


class Reopen(TicketOperation):
    """Take a closed ticket up again, in the citizen's words."""

    name, label, act = "reopen", _("Reopen"), "ticket.register"
    step = "reopen"

    statement = text_field(_("in the citizen's words"))

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        in_time = ticket.closed_at is not None and at <= ticket.closed_at + clocks.REOPENS_FOR
        return in_time and answers_for(ticket, by)

    def perform(self, *, seen: int | None) -> str | Promise:
        telling.reopen(
            self.ticket, statement=self.cleaned_data["statement"], by=self.by, at=self.at, seen=seen
        )
        return _("Reopened.")
