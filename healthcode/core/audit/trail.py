"""Reading the ledger back: what happened to one thing, in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from healthcode.core import languages
from healthcode.core.audit import batched
from healthcode.core.audit.actions import READS, words_of
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event, Note

LATEST = 200


@dataclass(frozen=True)
class TrailLine:
    """One event to be displayed: its words, and its details by key."""

    event: Event
    at: datetime
    words: str
    details: tuple[tuple[str, str], ...]


def latest(*, target: str = "", person: str = "", reads: bool) -> list[TrailLine]:
    """Return the newest events about a target, or about a person (opaque id); reads and reasons only if asked."""
    about = {"person": person} if person else {"target": target}
    events: QuerySet[Event] = Event.objects.filter(**about).order_by("-pk")
    if not reads:
        return lines(events.exclude(action__in=READS)[:LATEST], notes=False)
    newest = sorted([*events[:LATEST], *_of_rows(target, person)], key=lambda one: one.at_us, reverse=True)
    return lines(newest[:LATEST], notes=True)


def _of_rows(target: str, person: str) -> Iterable[Event]:
    """Yield what stands in tables that are sealed in batches, the newest first."""
    for model in batched.models_of():
        kind, _colon, key = target.partition(":")
        if person:
            rows = batched.listed(model).filter(person__public_id=person)
        elif kind == model.audit_name and key.isdecimal():
            rows = batched.listed(model).filter(pk=key)
        else:
            continue
        yield from (row.as_event() for row in rows.order_by("-at", "pk")[:LATEST])


def lines(events: Iterable[Event], *, notes: bool) -> list[TrailLine]:
    """Return events to be displayed; free texts only with `notes`, and only those not erased."""
    events = list(events)
    texts: dict[tuple[int, str], str] = {}
    if notes:
        kept = Note.objects.filter(event__in=events).values_list("event_id", "field", "text")
        texts = {(event_id, field): text for event_id, field, text in kept}
        texts |= {(event.pk, field): text for event in events for field, text in event.words.items() if text}
    return [
        TrailLine(event, instant(event.at_us), words_of(event.action), tuple(_details(event, texts)))
        for event in events
    ]


def _details(event: Event, texts: dict[tuple[int, str], str]) -> Iterable[tuple[str, str]]:
    for key, value in json.loads(event.body).items():
        if isinstance(value, dict):  # the commitment that stands for a free text
            if (event.pk, key) in texts:
                yield key, str(texts[event.pk, key])
        elif isinstance(value, list):
            yield key, languages.listed(value)
        else:
            yield key, str(value)
