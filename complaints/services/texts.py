"""The personal texts of tickets: which columns the erasure of a person overwrites, and with what."""

from datetime import datetime

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.services.engine.refusals import Refusal
from cases.services.persons.erasable import Persons, texts_of
from complaints import flow
from complaints.models import Assist, Attachment, Draft, Message, Notice, ReturnVisit, Ticket, TicketEvent
from healthcode.core.audit.guards import GONE
from healthcode.core.offices.models import User

TEXTS: dict[type[Model], tuple[str, dict[str, str | None]]] = {
    Ticket: (
        "person",
        {
            "contact_name": "",
            "contact_phone_sealed": None,
            "letter_number_sealed": None,
            "contact_phone_index": "",
            "description": "",
            "explanation": "",
            "decision_reason": GONE,
            "external_ref": "",
        },
    ),
    TicketEvent: ("ticket__person", texts_of(TicketEvent)),
    Assist: ("ticket__person", {"question": GONE, "answer": GONE}),
    Notice: ("ticket__person", {"reached": GONE, "text": GONE}),
    ReturnVisit: ("ticket__person", {"comment": ""}),
    Attachment: ("ticket__person", {"name": GONE, "sealed": None}),
    Message: ("ticket__person", {"body": GONE, "error": ""}),
    Draft: ("person", {"sealed": None}),
}


class TicketOpen(Refusal):
    code = "persons.erasure.ticket_open"
    message = _("A complaint about this person's code is still open: nobody is erased before it is closed.")


def require_no_open_ticket(persons: Persons) -> None:
    """Refuse to erase persons of whom one has an open ticket. Raises TicketOpen."""
    if Ticket.objects.filter(person__in=persons, state__in=flow.OPEN).exists():
        raise TicketOpen()


def sources_of_open_ticket(number: str, person: Person) -> list[tuple[User, datetime]]:
    """Return who registered an open ticket about a person's merged group and who said whom it is about, and when."""
    ticket = Ticket.objects.of(person).filter(number=number, state__in=flow.OPEN).first()
    if ticket is None:
        return []
    named = (
        ticket.events.filter(kind=TicketEvent.Kind.IDENTIFIED).order_by("seq").select_related("actor").last()
    )
    registered = (ticket.first_responder, ticket.registered_at)
    return [registered, *([(named.actor, named.at)] if named else [])]
