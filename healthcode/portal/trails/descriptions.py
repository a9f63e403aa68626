"""Events in words, for supervision: a sentence each, the details, and the raw form behind it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.admin import history
from cases.models import Person
from complaints.models import TicketEvent
from complaints.models.choices import TicketState
from healthcode.core import languages
from healthcode.core.audit import trail
from healthcode.core.audit.actions import sentence_of
from healthcode.core.audit.models import Event

# The desk's own words: the history of persons stands below it.
TICKET_WORDS: dict[str, dict[str, Any]] = {
    "step": dict(TicketEvent.Kind.choices),
    "state": dict(TicketState.choices),
}


@dataclass(frozen=True)
class DescribedEvent:
    """One event in the reader's language."""

    event: Event
    at: datetime
    sentence: str
    details: tuple[tuple[str, str], ...]  # label and value
    person_pk: int | None
    role: str

    @property
    def raw(self) -> str:
        """Return the event as it is stored and hashed."""
        event = self.event
        fields = {
            "id": event.pk,
            "at_us": event.at_us,
            "actor": event.actor,
            "office": event.office,
            "role": event.role,
            "action": event.action,
            "target": event.target,
            "person": event.person,
            "body": json.loads(event.body),
            "leaf": event.leaf,
        }
        return json.dumps(fields, indent=1, ensure_ascii=False)


def describe(events: Sequence[Event], *, at: datetime) -> list[DescribedEvent]:
    """Put events into the reader's language; names of each kind take one query for all events."""
    lines = trail.lines(events, notes=True)
    persons = Person.objects.filter(public_id__in={event.person for event in events if event.person})
    known = {str(person.public_id): person for person in persons}
    return [
        _described(event, sentence, known.get(event.person))
        for event, sentence in zip(events, history.sentences(lines, at=at), strict=True)
    ]


def person_label(person: Person | None, public_id: str) -> str:
    """Return name and opaque number of a person; of somebody erased, or never stored, the number alone."""
    name = person.name if person else ""
    return f"{name or _('(erased)')} [{public_id[:8]}]"


def _described(event: Event, sentence: history.Sentence, person: Person | None) -> DescribedEvent:
    words = {
        "who": _("%(actor)s (%(office)s)") % {"actor": sentence.actor, "office": sentence.office},
        "person": person_label(person, event.person) if event.person else "–",
        "thing": _thing(event, sentence),
        "words": sentence.words,
    }
    return DescribedEvent(
        event=event,
        at=sentence.at,
        sentence=languages.quoting(sentence_of(event.action) % words),
        details=tuple((label, _ticket_value(label, value)) for label, value in sentence.details),
        person_pk=person.pk if person else None,
        role=sentence.role,
    )


def _ticket_value(label: str, value: str) -> str:
    """Return a ticket's step or state in words: the history of persons, a floor below, does not know them."""
    for key, words in TICKET_WORDS.items():
        if label == str(history.LABELS[key]):
            return str(words.get(value, value))
    return value


def _thing(event: Event, sentence: history.Sentence) -> str:
    """Return what an event is about, where that is no person: an account by its holder, a ticket by its step."""
    details = dict(sentence.details)
    step = details.get(str(history.LABELS["step"]))
    if step:
        label, number = str(history.LABELS["step"]), details.get(str(history.LABELS["ticket"]), "")
        return f"{number} · {_ticket_value(label, step)}"
    return details.get(str(history.LABELS["user"])) or history.target_name(event.target)
