"""Reading the ledger back: what happened to one thing, in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from healthcode.core.audit.actions import READS, words_of
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event, Note

LATEST = 200


@dataclass(frozen=True)
class Line:
    """One event as it is shown."""

    event: Event
    at: datetime
    words: str
    details: tuple[tuple[str, str], ...]


def latest(*, target: str = "", person: str = "", reads: bool) -> list[Line]:
    """Return the newest events about a target, or about a person (opaque id); reads and reasons only if asked."""
    about = {"person": person} if person else {"target": target}
    events: QuerySet[Event] = Event.objects.filter(**about).order_by("-pk")
    if not reads:
        events = events.exclude(action__in=READS)
    return lines(events[:LATEST], notes=reads)


def lines(events: Iterable[Event], *, notes: bool) -> list[Line]:
    """Return events as they are shown; free texts only with `notes`, and only those not erased."""
    events = list(events)
    said: dict[tuple[int, str], str] = {}
    if notes:
        kept = Note.objects.filter(event__in=events).values_list("event_id", "field", "text")
        said = {(event_id, field): text for event_id, field, text in kept}
    return [
        Line(event, instant(event.at_us), words_of(event.action), tuple(_details(event, said)))
        for event in events
    ]


def _details(event: Event, said: dict[tuple[int, str], str]) -> Iterable[tuple[str, str]]:
    for key, value in json.loads(event.body).items():
        if isinstance(value, dict):  # the commitment that stands for a free text
            if (event.pk, key) in said:
                yield key, said[event.pk, key]
        elif isinstance(value, list):
            yield key, ", ".join(str(item) for item in value)
        else:
            yield key, str(value)
