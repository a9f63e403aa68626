"""Change a ticket: lock it with its person, move it by the table in `flow`, log each step as an event.

Every service that changes a ticket does so inside `locked`. The person's row is locked before the ticket's, as
everywhere, so that the colour cannot turn between a check that reads it and the step that rests on it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.selectors.colours import colour_at
from complaints import flow
from complaints.models import Ticket, TicketEvent
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

EventKind = TicketEvent.Kind
RELATED = ("person", "owner", "first_responder", "first_office", "office", "disputed_case", "decided_by")


class WrongState(Refusal):
    code = "tickets.wrong_state"
    message = _("This cannot be done with a ticket in this state (%(state)s).")


class StaleTicket(Refusal):
    code = "stale_ticket"
    message = _("This ticket has moved on since you opened the page. Look at it again.")


class NotOwner(Refusal):
    code = "tickets.another_handler"
    message = _("%(name)s handles this ticket: it has to be handed over first.")


class TextTooShort(Refusal):
    code = "tickets.text_too_short"
    message = _("Write at least %(least)s characters.")


@dataclass
class Step:
    """One act on one ticket, while the ticket and its person are locked: who acts and when.

    `seq` is the place of the last event in the ticket's history; `events` are those of this act.
    """

    ticket: Ticket
    by: User
    at: datetime
    seq: int
    person: Person | None
    events: list[TicketEvent] = field(default_factory=list)

    @property
    def colour(self) -> str:
        """Return the live colour; empty for a ticket without a person."""
        return colour_at(self.person, self.at).value if self.person is not None else ""

    def not_before(self, instant: datetime | None) -> None:
        """Move the act to the instant of what it follows, where that is later."""
        # What decided was committed while this act waited for the lock: its own instant is of before the wait.
        self.at = max(self.at, instant or self.at)

    def require(self, name: str) -> None:
        """Refuse unless `flow` allows the step of this name in the ticket's state. Raises WrongState."""
        if flow.target(name, self.ticket.state) is None:
            raise WrongState(state=self.ticket.get_state_display())

    def move(self, name: str, kind: str, *, body: str = "", public: bool = False, **data: Any) -> None:
        """Move the ticket along the step of this name, and log it. Raises WrongState."""
        self.require(name)
        before, self.ticket.state = self.ticket.state, flow.target(name, self.ticket.state) or ""
        self.log(kind, body=body, public=public, before=before, **data)

    def log(self, kind: str, *, body: str = "", public: bool = False, before: str = "", **data: Any) -> None:
        """Append an event to the ticket's history, and its digest to the ledger.

        `public`: the citizen was told these words. `before`: the state the ticket left, where it moved.
        """
        self.seq += 1
        ticket, to = self.ticket, self.ticket.state if before else ""
        event = TicketEvent(
            ticket=ticket,
            seq=self.seq,
            at=self.at,
            actor=self.by,
            office=self.by.office,
            kind=kind,
            from_state=before,
            to_state=to,
            is_public=public,
            body=body,
            data=data,
        )
        event.save()
        self.events.append(event)
        ledger.record(
            "ticket.stepped",
            about=ticket,
            person=self.person,
            by=self.by,
            at=self.at,
            ticket=ticket.number,
            record=ticket.person.audit_person if ticket.person else "",
            step=str(kind),
            state=ticket.state,
            digest=digest(event),
        )


def digest(event: TicketEvent) -> str:
    """Return the SHA-256 of an event's content, as the ledger keeps it."""
    content = {
        "ticket": event.ticket_id,
        "seq": event.seq,
        "at": ledger.microseconds(event.at),
        "kind": str(event.kind),
        "from": str(event.from_state),
        "to": str(event.to_state),
        "public": event.is_public,
        "body": event.body,
        "data": event.data,
    }
    return hashlib.sha256(ledger.canonical(content).encode()).hexdigest()


@contextmanager
def locked(ticket: Ticket, *, by: User, at: datetime, seen: int | None = None) -> Iterator[Step]:
    """Lock a ticket and its person for one act; on leaving, save the ticket if the act logged anything.

    The caller's `ticket` is brought up to date. `seen` is the version the user looked at. Raises StaleTicket.
    """
    with transaction.atomic():
        person = lock_person(ticket.person) if ticket.person is not None else None
        # Lock first, read afterwards: a join in the locking query would show related rows from before the wait.
        Ticket.objects.select_for_update().values_list("pk").get(pk=ticket.pk)
        fresh = Ticket.objects.select_related(*RELATED).get(pk=ticket.pk)
        if seen is not None and fresh.version != seen:
            raise StaleTicket()
        last = fresh.events.aggregate(last=Max("seq"))["last"] or 0
        step = Step(fresh, by, at, last, person)
        yield step
        if step.events:  # without one the version stays, and nobody's open page turns stale
            fresh.version += 1
            fresh.save()
    _copy_into(ticket, fresh)


def _copy_into(ticket: Ticket, fresh: Ticket) -> None:
    """Copy what is stored now, related rows included, into the caller's object."""
    ticket.__dict__.update({key: value for key, value in fresh.__dict__.items() if key != "_state"})
    ticket._state.fields_cache = dict(fresh._state.fields_cache)


def lock_person(person: Person) -> Person:
    """Lock the surviving record of a person's merged group, and return it."""
    return Person.objects.select_for_update().get(pk=person.root_id)


def require(by: User, act: str) -> None:
    """Refuse unless the user's role has this act."""
    if not by.may(act):
        raise NotAllowed()


def require_visible(ticket: Ticket, by: User) -> None:
    """Refuse unless the user may read the ticket."""
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise NotAllowed()


def require_desk(ticket: Ticket, by: User) -> None:
    """Refuse unless the user handles tickets in the office the ticket was routed to."""
    if not by.may("ticket.handle") or ticket.office_id != by.office_id:
        raise NotAllowed()


def require_owner(ticket: Ticket, by: User) -> None:
    """Refuse unless this user handles the ticket."""
    require_desk(ticket, by)
    if ticket.owner_id != by.pk:
        raise NotOwner(name=ticket.owner.name if ticket.owner else "–")


def require_responder(ticket: Ticket, by: User) -> None:
    """Refuse unless the user is the ticket's handler or works in the first responder's office (5.0)."""
    if ticket.owner_id != by.pk and not (
        by.may("ticket.register") and by.office_id == ticket.first_office_id
    ):
        raise NotAllowed()


def require_text(text: str, *, least: int, field: str) -> str:
    """Return a text without the spaces around it. Raises TextTooShort on the form's `field`."""
    text = text.strip()
    if len(text) < least:
        raise TextTooShort(field=field, least=least)
    return text
