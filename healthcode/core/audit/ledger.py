"""Writing the ledger: `record` one event, or `record_all` a set of them, inside the act's own transaction."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Protocol

from healthcode.core.audit import skew
from healthcode.core.audit.actions import ACTIONS, require_written
from healthcode.core.audit.commitments import COMMITS, EPOCH, MICROSECOND, commits_of
from healthcode.core.audit.models import Event, Note
from healthcode.core.audit.recorded import About, Recorded, person_of, target_of
from healthcode.core.own_words import stored_of

PART = 1000  # events made and written at once: of hundreds of thousands, memory would hold each three times


class ActingOffice(Protocol):
    """The office somebody acts for."""

    @property
    def code(self) -> str: ...


class Actor(Protocol):
    """Who acts: a user with one role in one office."""

    @property
    def username(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def office(self) -> ActingOffice: ...


@dataclass(frozen=True)
class Entry:
    """One event to be written, its row and person by the names that the ledger keeps. `entry` makes one."""

    action: str
    target: str
    person: str = ""
    body: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Recorded, ...] = ()  # what it commits to, as they are when it is written
    gone: tuple[Recorded, ...] = ()  # what the act deleted: it commits to their being away


def microseconds(at: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def instant(at_us: int) -> datetime:
    """Return the instant so many microseconds after 1970 began."""
    return EPOCH + at_us * MICROSECOND


def entry(
    action: str,
    about: About,
    *,
    person: Recorded | str | None = None,
    notes: Mapping[str, str] | None = None,
    also: Iterable[Recorded] = (),
    gone: Iterable[Recorded] = (),
    **body: object,
) -> Entry:
    """Return an event about a row: what the row is called and whom it concerns, its model says.

    `person` is given only where the act concerns another than the row says: the record somebody had open, which may
    be merged into the row's. `notes` is free text: erasable, committed to with a salt. The event commits to the row,
    to what the act changed `also`, and to what is `gone` by it.
    """
    if person is None:
        person = person_of(about)
    elif isinstance(person, Recorded):
        person = person.audit_person
    rows = (about, *also) if isinstance(about, Recorded) else tuple(also)
    return Entry(action, target_of(about), person, body, notes or {}, rows, tuple(gone))


def record(
    action: str,
    *,
    about: About,
    by: Actor,
    at: datetime,
    person: Recorded | str | None = None,
    notes: Mapping[str, str] | None = None,
    also: Iterable[Recorded] = (),
    gone: Iterable[Recorded] = (),
    **body: object,
) -> None:
    """Write one event, as `entry` makes it. An action that `ACTIONS` has no row for is a KeyError."""
    record_all([entry(action, about, person=person, notes=notes, also=also, gone=gone, **body)], by=by, at=at)


def record_all(entries: Iterable[Entry], *, by: Actor, at: datetime) -> None:
    """Write the events of one act, in order. Of a free text the body holds a salted commitment, `Note` the text."""
    skew.require_together()
    left = iter(entries)
    while part := list(islice(left, PART)):
        made = [_rows_of(entry, by=by, at_us=microseconds(at)) for entry in part]
        events = [event for event, _notes in made]
        if len(events) == 1:  # most acts, and every look: one statement
            events[0].save(force_insert=True)
        else:
            Event.objects.bulk_create(events)
        Note.objects.bulk_create(_noted(note, event) for event, notes in made for note in notes)


def rows_of(entry: Entry, *, by: Actor, at: datetime, key: int) -> list[Event | Note]:
    """Return what `record_all` would write of an event whose key is known, to be written with the rows it is about."""
    skew.require_together()
    event, notes = _rows_of(entry, by=by, at_us=microseconds(at))
    event.pk = key
    return [event, *(_noted(note, event) for note in notes)]


def _rows_of(entry: Entry, *, by: Actor, at_us: int) -> tuple[Event, list[Note]]:
    require_written(entry.action)
    body = {key: _plain(value) for key, value in entry.body.items() if value is not None}
    if via := getattr(by, "via", ""):  # the key that a machine came by: it has more than one
        body["via"] = via
    notes = [
        Note(field=name, salt=secrets.token_hex(16), text=text) for name, text in entry.notes.items() if text
    ]
    body |= {note.field: {"commitment": commitment(note.salt, note.text)} for note in notes}
    if not ACTIONS[entry.action].reads and (commits := commits_of(entry.rows, entry.gone, at_us)):
        body[COMMITS] = commits
    event = Event(
        at_us=at_us,
        actor=by.username,
        office=by.office.code,
        role=by.role,
        action=entry.action,
        target=entry.target,
        person=entry.person,
        body=canonical(body),
    )
    event.leaf = leaf_hash(event)
    return event, notes


def _noted(note: Note, event: Event) -> Note:
    note.event = event
    return note


def has_event_of(at: datetime) -> bool:
    """Tell whether an act of exactly that instant was recorded."""
    return Event.objects.filter(at_us=microseconds(at)).exists()


def canonical(body: Mapping[str, object]) -> str:
    """Return the one text a body is hashed as: ASCII JSON, sorted keys, no spaces."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def commitment(salt: str, text: str) -> str:
    """Return the salted hash that stands for a free text in the ledger."""
    return hashlib.sha256(f"{salt}\0{stored_of(text)}".encode()).hexdigest()


def leaf_hash(event: Event) -> str:
    """Return the RFC 6962 leaf hash (0x00 prefix) of an event."""
    return hashlib.sha256(b"\0" + leaf_text(event).encode()).hexdigest()


def leaf_text(event: Event) -> str:
    """Return the one text of an event that is hashed."""
    return canonical({"event": hashed_fields(event), "body": event.body})


def hashed_fields(event: Event) -> tuple[int, str, str, str, str, str, str]:
    """Return what an event says besides its body, in the order in which it is hashed."""
    return event.at_us, event.actor, event.office, event.role, event.action, event.target, event.person


def _plain(value: object) -> object:
    """Return a value of a body as JSON holds it: instants as microseconds, days in ISO form."""
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, (bool, int)):
        return value
    return str(value)
