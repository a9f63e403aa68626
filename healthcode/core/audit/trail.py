"""Reading the ledger back: what happened to one thing, in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from healthcode.core import languages
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
        events = events.exclude(action__in=READS)
    return lines(events[:LATEST], notes=reads)


def lines(events: Iterable[Event], *, notes: bool) -> list[TrailLine]:
    """Return events to be displayed; free texts only with `notes`, and only those not erased."""
    events = list(events)
    texts: dict[tuple[int, str], str] = {}
    if notes:
        kept = Note.objects.filter(event__in=events).values_list("event_id", "field", "text")
        texts = {(event_id, field): text for event_id, field, text in kept}
    return [
        TrailLine(event, instant(event.at_us), words_of(event.action), tuple(_details(event, texts)))
        for event in events
    ]


def _details(event: Event, texts: dict[tuple[int, str], str]) -> Iterable[tuple[str, str]]:
    for key, value in json.loads(event.body).items():
        if isinstance(value, dict):  # the commitment that stands for a free text
            if (event.pk, key) in texts:
                yield key, texts[event.pk, key]
        elif isinstance(value, list):
            yield key, languages.listed(value)
        else:
            yield key, str(value)
