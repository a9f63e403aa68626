"""What cases rest on and complaints become, compared with the ledger: tickets, results, rule books, free texts."""

import hashlib
import json
from collections.abc import Callable, Iterator

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases.models import LabResult, RuleBook
from complaints.models import Ticket, TicketEvent
from complaints.services.steps import digest
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import commitment, microseconds
from healthcode.core.audit.models import Event, Note
from healthcode.portal.reconciling.comparing import CHUNK, chunks_of, covering, differing

TICKET_DIFFERS = FindingKind(
    "ticket_differs", _("Ticket %(ticket)s is not what the ledger says of it: %(fields)s.")
)
TICKET_DELETED = FindingKind("ticket_deleted", _("Ticket %(ticket)s is in the ledger and nowhere else."))
TICKET_UNTOLD = FindingKind("ticket_untold", _("Ticket %(ticket)s is not in the ledger."))
RESULT_DIFFERS = FindingKind(
    "result_differs", _("Test result %(result)s is not what the ledger says of it: %(fields)s.")
)
RESULT_DELETED = FindingKind("result_deleted", _("The test result that event %(event)s tells of is gone."))
RULE_BOOK_DIFFERS = FindingKind(
    "rule_book_differs", _("The text of rule book %(book)s is not the one that was adopted.")
)
WORDS_DIFFER = FindingKind(
    "words_differ", _("The words kept with event %(event)s are not those that were said.")
)
FIELDS = (  # marked for translation: `differing` names them
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
        recorded: dict[str, list[Event]] = {f"ticket:{ticket.pk}": [] for ticket in chunk}
        known |= recorded.keys()
        for event in Event.objects.filter(target__in=recorded, action="ticket.stepped").order_by("pk"):
            recorded[event.target].append(event)
        steps: dict[int, list[TicketEvent]] = {ticket.pk: [] for ticket in chunk}
        for step in TicketEvent.objects.filter(ticket__in=chunk).order_by("ticket", "seq"):
            steps[step.ticket_id].append(step)
        for ticket in chunk:
            events = recorded[f"ticket:{ticket.pk}"]
            if not events:
                yield Finding(TICKET_UNTOLD, {"ticket": ticket.number})
                continue
            erased = ticket.person is not None and ticket.person.erased_at is not None
            stored = _ticket_stored(ticket, steps[ticket.pk], erased)
            if fields := differing(_ticket_recorded(events, erased), stored):
                values = {"ticket": ticket.number, "fields": ", ".join(fields)}
                yield Finding(TICKET_DIFFERS, values, covering(events[-1].pk))
    first = Event.objects.filter(action="ticket.stepped", body__contains='"step":"REGISTERED"')
    for event in first.iterator(chunk_size=CHUNK):
        if event.target not in known:
            yield Finding(TICKET_DELETED, {"ticket": json.loads(event.body)["ticket"]}, covering(event.pk))


def _ticket_recorded(events: list[Event], erased: bool) -> dict[str, object]:
    bodies = [json.loads(event.body) for event in events]
    steps = [body["step"] if erased else body["digest"] for body in bodies]
    return {"state": bodies[-1]["state"], "steps": steps}


def _ticket_stored(ticket: Ticket, steps: list[TicketEvent], erased: bool) -> dict[str, object]:
    # The words of an erased person's ticket were written over: of its steps only the kinds can be compared.
    return {"state": ticket.state, "steps": [str(step.kind) if erased else digest(step) for step in steps]}


def results() -> Iterator[Finding]:
    """Compare every test result with the event that entered it: a code turns by what it says."""
    for chunk in chunks_of(Event.objects.filter(action__in=ENTERED)):
        keys = [int(event.target.removeprefix("result:")) for event in chunk]
        stored = LabResult.objects.in_bulk(keys)
        for key, event in zip(keys, chunk, strict=True):
            if key not in stored:
                yield Finding(RESULT_DELETED, {"event": event.pk}, covering(event.pk))
                continue
            body = json.loads(event.body)
            recorded = {"outcome": body["outcome"], "sampled at": body["sampled"], "origin": body["origin"]}
            if fields := differing(recorded, _result_stored(stored[key])):
                values = {"result": key, "fields": ", ".join(fields)}
                yield Finding(RESULT_DIFFERS, values, covering(event.pk))


def _result_stored(result: LabResult) -> dict[str, object]:
    sampled_at = microseconds(result.sampled_at)
    return {"outcome": result.outcome, "sampled at": sampled_at, "origin": result.origin}


def rule_books() -> Iterator[Finding]:
    """Compare the text of every adopted rule book with the hash that its adoption put into the ledger."""
    for event in Event.objects.filter(action="rulebook.adopted").order_by("pk"):
        recorded = json.loads(event.body).get("sha256")
        book = RuleBook.objects.filter(pk=event.target.removeprefix("rulebook:")).first()
        if recorded and (book is None or hashlib.sha256(book.text.encode()).hexdigest() != recorded):
            values = {"book": book.version if book else event.target}
            yield Finding(RULE_BOOK_DIFFERS, values, covering(event.pk))


def words() -> Iterator[Finding]:
    """Compare the free texts kept with events with the commitments that were sealed."""
    for chunk in chunks_of(Note.objects.select_related("event")):
        for note in chunk:
            recorded = json.loads(note.event.body).get(note.field)
            if recorded != {"commitment": commitment(note.salt, note.text)}:
                yield Finding(WORDS_DIFFER, {"event": note.event_id}, covering(note.event_id))


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (tickets, results, rule_books, words)
