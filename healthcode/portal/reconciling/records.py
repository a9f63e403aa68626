"""What complaints become and what was said, compared with the ledger: tickets and free texts."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases.models import Person
from cases.models.rules import PURPOSES_KEPT_DAYS
from complaints.models import Ticket, TicketEvent
from complaints.services.steps import digest
from healthcode.core.audit.actions import READS
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import commitment, microseconds
from healthcode.core.audit.models import Event, Note
from healthcode.portal.reconciling.comparing import CHUNK, chunks_of, covering, differing

TICKET_DIFFERS = FindingKind(
    "ticket_differs", _("Ticket %(ticket)s is not what the ledger says of it: %(fields)s.")
)
TICKET_DELETED = FindingKind("ticket_deleted", _("Ticket %(ticket)s is in the ledger and nowhere else."))
TICKET_UNTOLD = FindingKind("ticket_untold", _("Ticket %(ticket)s is not in the ledger."))
WORDS_DIFFER = FindingKind(
    "words_differ", _("The words kept with event %(event)s are not those that were said.")
)
WORDS_GONE = FindingKind(
    "words_gone", _("Words that were said with event %(event)s are gone, and nobody was erased.")
)
COMMITTED = '":{"commitment":"'  # in the body of an event that has such words
FIELDS = (  # marked for translation: `differing` names them
    gettext_noop("number"),
    gettext_noop("person"),
    gettext_noop("state"),
    gettext_noop("steps"),
)


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
                values = {"ticket": ticket.number, "fields": fields}
                yield Finding(TICKET_DIFFERS, values, covering(events[-1].pk))
    first = Event.objects.filter(action="ticket.stepped", body__contains='"step":"REGISTERED"')
    for event in first.iterator(chunk_size=CHUNK):
        if event.target not in known:
            yield Finding(TICKET_DELETED, {"ticket": json.loads(event.body)["ticket"]}, covering(event.pk))


def _ticket_recorded(events: list[Event], erased: bool) -> dict[str, object]:
    bodies = [json.loads(event.body) for event in events]
    steps = [body["step"] if erased else body["digest"] for body in bodies]
    # By the last that says whose it is: an event from before says only whose code it was, which a merge changes.
    record = {"person": bodies[-1]["record"]} if "record" in bodies[-1] else {}
    return {"number": bodies[-1]["ticket"], "state": bodies[-1]["state"], "steps": steps, **record}


def _ticket_stored(ticket: Ticket, steps: list[TicketEvent], erased: bool) -> dict[str, object]:
    # The words of an erased person's ticket were written over: of its steps only the kinds can be compared.
    fields = {"number": ticket.number, "person": ticket.person.audit_person if ticket.person else ""}
    return {
        **fields,
        "state": ticket.state,
        "steps": [str(step.kind) if erased else digest(step) for step in steps],
    }


def words() -> Iterator[Finding]:
    """Compare the free texts kept with events with the commitments that were sealed."""
    for chunk in chunks_of(Note.objects.select_related("event")):
        for note in chunk:
            recorded = json.loads(note.event.body).get(note.field)
            if recorded != {"commitment": commitment(note.salt, note.text)}:
                yield Finding(WORDS_DIFFER, {"event": note.event_id}, covering(note.event_id))


def words_gone() -> Iterator[Finding]:
    """Find events whose words are not there any more, though nobody was erased and no period was over."""
    for chunk in chunks_of(Event.objects.filter(body__contains=COMMITTED)):
        kept = Counter(Note.objects.filter(event__in=chunk).values_list("event", flat=True))
        for event in _unforgotten([event for event in chunk if kept[event.pk] < event.body.count(COMMITTED)]):
            yield Finding(WORDS_GONE, {"event": event.pk}, covering(event.pk))


def _unforgotten(events: list[Event]) -> list[Event]:
    """Keep the events whose words nobody had to delete: not of the erased, not of looks that are long past."""
    over = microseconds(timezone.now() - timedelta(days=PURPOSES_KEPT_DAYS))
    late = [event for event in events if event.action not in READS or event.at_us >= over]
    about = {event.person for event in late if event.person}
    erased = Person.objects.filter(public_id__in=about, erased_at__isnull=False)
    forgotten = {str(key) for key in erased.values_list("public_id", flat=True)}
    return [event for event in late if event.person not in forgotten]


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (tickets, words, words_gone)
