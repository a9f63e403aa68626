"""Reconciliation of what cases rest on and complaints become: results, rule books, tickets, and words said."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from cases.models import LabResult, RuleBook
from complaints.models import Ticket, TicketEvent
from complaints.services.steps import digest
from healthcode.core.audit import proofs
from healthcode.core.audit.findings import Finding, instant, shown
from healthcode.core.audit.ledger import commitment, microseconds
from healthcode.core.audit.models import Event, Note, Seal

CHUNK = 2000
FIELDS = (
    gettext_noop("outcome"),
    gettext_noop("sampled at"),
    gettext_noop("origin"),
    gettext_noop("state"),
    gettext_noop("steps"),
)
ENTERED = ("result.entered", "result.corrected")


def tickets() -> Iterator[Finding]:
    """Compare every ticket's state and steps with the events about it."""
    known: set[str] = set()
    for chunk in chunks_of(Ticket.objects.select_related("person")):
        told: dict[str, list[Event]] = {f"ticket:{ticket.pk}": [] for ticket in chunk}
        known |= told.keys()
        for event in Event.objects.filter(target__in=told, action="ticket.stepped").order_by("pk"):
            told[event.target].append(event)
        steps: dict[int, list[TicketEvent]] = {ticket.pk: [] for ticket in chunk}
        for step in TicketEvent.objects.filter(ticket__in=chunk).order_by("ticket", "seq"):
            steps[step.ticket_id].append(step)
        for ticket in chunk:
            events = told[f"ticket:{ticket.pk}"]
            if not events:
                yield Finding("ticket_untold", {"ticket": ticket.number})
                continue
            erased = ticket.person is not None and ticket.person.erased_at is not None
            said, stored = _ticket_said(events, erased), _ticket_stored(ticket, steps[ticket.pk], erased)
            if fields := differing(said, stored):
                values = {"ticket": ticket.number, "fields": ", ".join(fields)}
                yield Finding("ticket_differs", values, covering(events[-1].pk))
    first = Event.objects.filter(action="ticket.stepped", body__contains='"step":"REGISTERED"')
    for event in first.iterator(chunk_size=CHUNK):
        if event.target not in known:
            yield Finding("ticket_deleted", {"ticket": json.loads(event.body)["ticket"]}, covering(event.pk))


def _ticket_said(events: list[Event], erased: bool) -> dict[str, object]:
    bodies = [json.loads(event.body) for event in events]
    steps = [body["step"] if erased else body["digest"] for body in bodies]
    return {"state": bodies[-1]["state"], "steps": steps}


def _ticket_stored(ticket: Ticket, steps: list[TicketEvent], erased: bool) -> dict[str, object]:
    # The words of an erased person's ticket were written over: of its steps the kinds are left.
    return {"state": ticket.state, "steps": [str(one.kind) if erased else digest(one) for one in steps]}


def results() -> Iterator[Finding]:
    """Compare every test result with the event that entered it: a code turns by what it says."""
    for chunk in chunks_of(Event.objects.filter(action__in=ENTERED)):
        keys = [int(event.target.removeprefix("result:")) for event in chunk]
        stored = LabResult.objects.in_bulk(keys)
        for key, event in zip(keys, chunk, strict=True):
            if key not in stored:
                yield Finding("result_deleted", {"event": event.pk}, covering(event.pk))
                continue
            result, body = stored[key], json.loads(event.body)
            said = {"outcome": body["outcome"], "sampled at": body["sampled"], "origin": body["origin"]}
            kept = {
                "outcome": result.outcome,
                "sampled at": microseconds(result.sampled_at),
                "origin": result.origin,
            }
            if fields := differing(said, kept):
                values = {"result": result.pk, "fields": ", ".join(fields)}
                yield Finding("result_differs", values, covering(event.pk))


def rule_books() -> Iterator[Finding]:
    """Compare the text of every adopted rule book with the hash that its adoption put into the ledger."""
    for event in Event.objects.filter(action="rulebook.adopted").order_by("pk"):
        said = json.loads(event.body).get("sha256")
        book = RuleBook.objects.filter(pk=event.target.removeprefix("rulebook:")).first()
        if said and (book is None or hashlib.sha256(book.text.encode()).hexdigest() != said):
            values = {"book": book.version if book else event.target}
            yield Finding("rule_book_differs", values, covering(event.pk))


def words() -> Iterator[Finding]:
    """Compare the free texts kept with events with the commitments that were sealed."""
    for chunk in chunks_of(Note.objects.select_related("event")):
        for note in chunk:
            said = json.loads(note.event.body).get(note.field)
            if said != {"commitment": commitment(note.salt, note.text)}:
                yield Finding("words_differ", {"event": note.event_id}, covering(note.event_id))


BOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (tickets, results, rule_books, words)


def covering(event: int) -> Seal | None:
    """Return the first seal that covers an event."""
    found = proofs.place(event)
    return found.seal if found else None


def differing(said: dict[str, object], stored: dict[str, object]) -> list[str]:
    """Name each field that is not what the ledger says, with what the ledger says and what is stored."""
    return [
        f"{gettext(key)}{_values(key, value, stored[key])}"
        for key, value in said.items()
        if stored[key] != value
    ]


def _values(key: str, said: object, stored: object) -> str:
    if key in ("facts", "steps"):  # hashes, which tell nobody anything
        return ""
    return f" ({_shown(said)} ≠ {_shown(stored)})"


def _shown(value: object) -> str:
    if isinstance(value, int):
        return shown(instant(value))
    return "–" if value in (None, "") else str(value)


def chunks_of(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield all rows by key, so many at a time."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
