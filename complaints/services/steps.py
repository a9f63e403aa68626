"""A ticket in hand: locked with its person, moved by the table of steps, every step an event in its history.

Whatever changes a ticket runs inside `hand`. The person is locked first, as everywhere, so that no colour can turn
between a guard that looks at it and the step that rests on it.
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

Kind = TicketEvent.Kind
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
class Hand:
    """One ticket, locked: who acts, when, and the colour of the code while nobody else can turn it."""

    ticket: Ticket
    by: User
    at: datetime
    seq: int
    person: Person | None
    happened: list[TicketEvent] = field(default_factory=list)

    @property
    def colour(self) -> str:
        """Return the live colour; empty for a ticket without a person."""
        return colour_at(self.person, self.at).value if self.person is not None else ""

    def require_step(self, step: str) -> None:
        """Refuse a step that does not lead on from here."""
        if flow.target(step, self.ticket.state) is None:
            raise WrongState(state=self.ticket.get_state_display())

    def go(self, step: str, kind: str, *, body: str = "", public: bool = False, **data: Any) -> None:
        """Take a step of the table and write it down."""
        self.require_step(step)
        before, self.ticket.state = self.ticket.state, flow.target(step, self.ticket.state) or ""
        self.say(kind, body=body, public=public, before=before, **data)

    def say(self, kind: str, *, body: str = "", public: bool = False, before: str = "", **data: Any) -> None:
        """Write an event; the ledger keeps its digest."""
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
        self.happened.append(event)
        ledger.record(
            "ticket.stepped",
            by=self.by,
            at=self.at,
            target=f"ticket:{ticket.pk}",
            person=str(self.person.public_id) if self.person is not None else "",
            ticket=ticket.number,
            step=str(kind),
            state=ticket.state,
            digest=digest(event),
        )


def digest(event: TicketEvent) -> str:
    """Return the hash of everything an event says."""
    said = {
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
    return hashlib.sha256(ledger.canonical(said).encode()).hexdigest()


@contextmanager
def hand(ticket: Ticket, *, by: User, at: datetime, seen: int | None = None) -> Iterator[Hand]:
    """Lock a ticket and its person for one act; save what the act changed when it leaves.

    `seen` is the version of the ticket that the user looked at; a newer one refuses with StaleTicket.
    """
    with transaction.atomic():
        person = locked(ticket.person) if ticket.person is not None else None
        # Locked first and read after: a join beside the lock would still show the owner of before.
        Ticket.objects.select_for_update().values_list("pk").get(pk=ticket.pk)
        fresh = Ticket.objects.select_related(*RELATED).get(pk=ticket.pk)
        if seen is not None and fresh.version != seen:
            raise StaleTicket()
        last = fresh.events.aggregate(last=Max("seq"))["last"] or 0
        held = Hand(fresh, by, at, last, person)
        yield held
        if held.happened:  # a look that found nothing new leaves everybody's page as it was
            fresh.version += 1
            fresh.save()
    _bring_up_to_date(ticket, fresh)


def _bring_up_to_date(ticket: Ticket, fresh: Ticket) -> None:
    """Let the caller's object say what is stored now, related rows included."""
    ticket.__dict__.update({key: value for key, value in fresh.__dict__.items() if key != "_state"})
    ticket._state.fields_cache = dict(fresh._state.fields_cache)


def locked(person: Person) -> Person:
    """Lock the record that stands for a person, and return it."""
    return Person.objects.select_for_update().get(pk=person.root_id)


def require(by: User, act: str) -> None:
    """Refuse unless the role table has the act for this user."""
    if not by.may(act):
        raise NotAllowed()


def require_visible(ticket: Ticket, by: User) -> None:
    """Refuse unless the user may read the ticket."""
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise NotAllowed()


def require_desk(ticket: Ticket, by: User) -> None:
    """Refuse unless the ticket was routed to the user's own handling office."""
    if not by.may("ticket.handle") or ticket.office_id != by.office_id:
        raise NotAllowed()


def require_owner(ticket: Ticket, by: User) -> None:
    """Refuse unless this user handles the ticket."""
    require_desk(ticket, by)
    if ticket.owner_id != by.pk:
        raise NotOwner(name=ticket.owner.name if ticket.owner else "–")


def require_responder(ticket: Ticket, by: User) -> None:
    """Refuse unless the user answers for the ticket: its handler, or the office of the first responder."""
    if ticket.owner_id != by.pk and not (
        by.may("ticket.register") and by.office_id == ticket.first_office_id
    ):
        raise NotAllowed()


def words(text: str, *, least: int, field: str) -> str:
    """Return a text that says enough, without spaces around it."""
    text = text.strip()
    if len(text) < least:
        raise TextTooShort(field=field, least=least)
    return text
