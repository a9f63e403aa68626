"""What is put beside a ticket without moving it: notes, files, and that somebody rang up."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints import flow
from complaints.models import Ticket
from complaints.operations.base import TicketOperation
from complaints.operations.handling import text_field
from complaints.services import attachments, handling
from healthcode.core.offices.models import User


class AddNote(TicketOperation):
    """Write a note for colleagues."""

    place = 40
    name, label, act = "note", _("Note for colleagues"), "ticket.register"
    tone = "note"

    text = text_field(_("note"), 2000, help_text=_("For colleagues only: the citizen never sees it."))

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.note(self.ticket, text=self.cleaned_data["text"], by=self.by, at=self.at)
        return _("Noted, for colleagues only.")


class Attach(TicketOperation):
    """Add a picture or a PDF."""

    place = 40
    name, label, act = "attach", _("Add a file"), "ticket.register"

    file = forms.FileField(label=_("file"), help_text=_("JPEG, PNG or PDF; at most 10 files of 10 MB."))

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return ticket.is_open

    def perform(self, *, seen: int | None) -> str | Promise:
        file = self.cleaned_data["file"]
        if file.size > attachments.MAX_BYTES:
            raise attachments.AttachmentTooLarge()
        attachments.add(self.ticket, name=file.name, content=file.read(), by=self.by, at=self.at)
        return _("File added.")


class LogCall(TicketOperation):
    """Record that the bureau was rung up while the citizen was there."""

    place = 40
    name, label, act = "log-call", _("Bureau rung up"), "ticket.register"
    states = (flow.ROUTED, flow.IN_PROGRESS)
    notice = _("Once you have rung the bureau together with the citizen: it is written into the ticket.")

    @classmethod
    def fits(cls, ticket: Ticket, *, by: User, at: datetime) -> bool:
        return by.office_id == ticket.first_office_id

    def perform(self, *, seen: int | None) -> str | Promise:
        handling.log_call(self.ticket, by=self.by, at=self.at)
        return _("Recorded: the bureau was rung up.")
