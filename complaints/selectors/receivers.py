"""Whom a step of a ticket went to, by name: a colleague, an office, another ticket."""

from collections.abc import Iterable

from complaints.models import Ticket, TicketEvent
from healthcode.core.offices.models import Office, User

TO_AN_OFFICE = (TicketEvent.Kind.ROUTED, TicketEvent.Kind.ASSIST_ASKED)


def named(ticket: Ticket, events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    """Return a ticket's events with the names of their receivers, those whom the ticket does not name read together."""
    found = tuple(events)
    names = {event.actor.username: event.actor.name for event in found}
    names |= {office.code: str(office) for office in (ticket.office, ticket.first_office) if office}
    if ticket.owner is not None:
        names[ticket.owner.username] = ticket.owner.name
    unknown = {_key(event) for event in found} - names.keys()
    colleagues = {event.data["to"] for event in found if "to" in event.data} & unknown
    names |= dict(User.objects.filter(username__in=colleagues).values_list("username", "name"))
    offices = Office.objects.filter(code__in=unknown - colleagues - {""})
    names |= {office.code: str(office) for office in offices}
    for event in found:
        key = _key(event)
        event.receiver = names.get(key, key) or str(event.data.get("into", ""))
    return found


def _key(event: TicketEvent) -> str:
    """Return the username or the code of the office that a step went to; "" where it went to none."""
    return str(event.data.get("to") or (event.data["office"] if event.kind in TO_AN_OFFICE else ""))
