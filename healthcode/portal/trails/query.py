"""Trails: what happened to a person, through an officer, in an office, on a ground, out of a delivery, newest first.

A trail is read as streams, each a stretch of one index of the ledger, and merged: a page costs as many index look-ups
as there are streams, and nothing that grows with the ledger. So there is no count and no page number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import islice

from django.db.models import Q, QuerySet, Value
from django.db.models.lookups import Exact, IsNull
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.policy import days
from healthcode.core.audit.actions import ACTIONS
from healthcode.core.audit.bodies import Before, Said
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.core.audit.trail import READS

SIZE = 50
Place = tuple[int, int]  # an event's instant and key: where a page goes on

# What can be asked for besides single actions: by how they begin.
KINDS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "looks": (_("looks: who looked at whom"), READS),
    "codes": (_("grounds and conversions"), ("case.", "code.")),
    "control": (_("control"), ("order.",)),
    "tests": (_("tests and declarations"), ("result.", "declaration.", "visit.")),
    "persons": (_("persons' records"), ("person.",)),
    "desk": (_("complaint desk"), ("ticket.",)),
    "policy": (_("deliveries, areas, rule books"), ("batch.", "hold.", "presence.", "area.", "rulebook.")),
    "accounts": (_("accounts and log-ins"), ("account.", "office.", "venue.", "token.", "session.")),
    "supervision": (_("supervision"), ("audit.", "sign.", "retention.")),
}


@dataclass(frozen=True)
class Trail:
    """What is asked for: one subject at most, and what narrows it."""

    person: str = ""
    actor: str = ""
    office: str = ""
    ground: str = ""
    batch: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None  # the last day that is shown

    def page(self, before: Place | None = None, size: int = SIZE) -> tuple[list[Event], Place | None]:
        """Return a page of events, newest first, and where the next page goes on."""
        found = list(islice(self._merged(before, size + 1), size + 1))
        rows = found[:size]
        return rows, (rows[-1].at_us, rows[-1].pk) if len(found) > size else None

    def events(self, limit: int) -> Iterator[Event]:
        """Yield the newest events up to a limit, a page at a time."""
        place: Place | None = None
        while limit > 0:
            rows, place = self.page(place, min(limit, 1000))
            yield from rows
            limit = limit - len(rows) if place else 0

    def streams(self) -> Iterator[QuerySet[Event]]:
        """Yield the stretches of indexes that the trail is merged from."""
        for subject in self._subjects():
            for action in self.actions() or ("",):
                rows = Event.objects.filter(subject, *([Q(action=action)] if action else []))
                yield rows.filter(*self._period()).order_by("-at_us", "-pk")

    def actions(self) -> tuple[str, ...]:
        """Return the actions that are asked for; none for all of them."""
        if self.what in KINDS:
            begin = KINDS[self.what][1]
            reads = () if self.what == "looks" else READS
            return tuple(action for action in ACTIONS if action.startswith(begin) and action not in reads)
        return (self.what,) if self.what else ()

    def _merged(self, before: Place | None, size: int) -> Iterator[Event]:
        streams = (rows.filter(Before(*before)) if before else rows for rows in self.streams())
        merged: Iterable[Event] = merge(*(list(rows[:size]) for rows in streams), key=_newest_first)
        last = None
        for event in merged:
            if event.pk != last:  # a delivery's own event is of two streams
                yield event
            last = event.pk

    def _subjects(self) -> list[Q]:
        """Return the filters of the subject: a person's trail is that of every record merged with theirs."""
        if self.person:
            return [Q(person=one) for one in records(self.person)]
        if self.batch:
            return [Q(target=f"batch:{self.batch}"), _said("batch", self.batch)]
        if self.ground:
            return [_said("ground", self.ground) & self._actor()]
        return [self._actor()]

    def _actor(self) -> Q:
        said = {"actor": self.actor, "office": self.office}
        return Q(**{field: value for field, value in said.items() if value})

    def _period(self) -> list[Q]:
        found = []
        if self.since:
            found.append(Q(at_us__gte=microseconds(days.midnight(self.since))))
        if self.until:
            found.append(Q(at_us__lt=microseconds(days.midnight(self.until + timedelta(days=1)))))
        return found


def records(public_id: str) -> list[str]:
    """Return the opaque ids of a person's whole merged group; an id that nobody has stays what it is."""
    person = Person.objects.filter(public_id=public_id).first()
    if person is None:
        return [public_id]
    group = Person.objects.group_of(person.root_id).order_by("pk").values_list("public_id", flat=True)
    return [str(one) for one in group]


def _said(word: str, value: str) -> Q:
    return Q(Exact(Said(word), Value(value))) & Q(IsNull(Said(word), False))


def _newest_first(event: Event) -> Place:
    return -event.at_us, -event.pk
