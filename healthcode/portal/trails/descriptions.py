"""Events as supervision reads them: a sentence each, what it says in words, and the raw form behind it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.admin import history
from cases.models import Person
from complaints.models import TicketEvent
from complaints.models.choices import State
from healthcode.core.audit import trail
from healthcode.core.audit.models import Event
from healthcode.core.audit.sentences import ANY, SENTENCES

TICKET_WORDS: dict[str, dict[str, Any]] = {
    "step": dict(TicketEvent.Kind.choices),
    "state": dict(State.choices),
}


@dataclass(frozen=True)
class Told:
    """One event, ready to be shown."""

    event: Event
    at: datetime
    said: str
    details: tuple[tuple[str, str], ...]
    person_pk: int | None
    role: str

    @property
    def raw(self) -> str:
        """Return the event as it is stored and hashed."""
        event = self.event
        said = {
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
        return json.dumps(said, indent=1, ensure_ascii=False)


def tell(events: Sequence[Event], *, at: datetime) -> list[Told]:
    """Tell events in the reader's language; names come with a query each for the whole page."""
    lines = trail.lines(events, notes=True)
    persons = Person.objects.filter(public_id__in={event.person for event in events if event.person})
    known = {str(person.public_id): person for person in persons}
    return [
        _told(event, sentence, known.get(event.person))
        for event, sentence in zip(events, history.sentences(lines, at=at), strict=True)
    ]


def named(person: Person | None, public_id: str) -> str:
    """Name a person for supervision; somebody erased, or never stored, by the opaque number alone."""
    name = person.name if person else ""
    return f"{name or _('(erased)')} [{public_id[:8]}]"


def _told(event: Event, sentence: history.Sentence, person: Person | None) -> Told:
    words = {
        "who": _("%(actor)s (%(office)s)") % {"actor": sentence.actor, "office": sentence.office},
        "person": named(person, event.person) if event.person else "–",
        "thing": _thing(event, sentence),
        "words": sentence.words,
    }
    pattern = str(SENTENCES.get(event.action, ANY))
    return Told(
        event=event,
        at=sentence.at,
        said=pattern % words,
        details=tuple((label, _of_a_ticket(label, value)) for label, value in sentence.details),
        person_pk=person.pk if person else None,
        role=sentence.role,
    )


def _of_a_ticket(label: str, value: str) -> str:
    """Say a ticket's step or state in words: the history of persons, a floor below, does not know them."""
    for key, words in TICKET_WORDS.items():
        if label == str(history.LABELS[key]):
            return str(words.get(value, value))
    return value


def _thing(event: Event, sentence: history.Sentence) -> str:
    """Say what an event is about, where that is not a person: an account by its holder, a ticket by its step."""
    details = dict(sentence.details)
    step = details.get(str(history.LABELS["step"]))
    if step:
        label, number = str(history.LABELS["step"]), details.get(str(history.LABELS["ticket"]), "")
        return f"{number} · {_of_a_ticket(label, step)}"
    return details.get(str(history.LABELS["user"])) or history.target_said(event.target)
