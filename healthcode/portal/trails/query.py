"""The events of a person, an officer, an office, a ground or a delivery, newest first.

A trail is read as streams, each a stretch of one index of the ledger, and merged: a page costs as many index look-ups
as there are streams, and nothing that grows with the ledger. So there is no count and no page number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import NamedTuple

from django.db.models import Q, QuerySet, Value
from django.db.models.lookups import Exact, IsNull
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import GateCheck, Person, Venue
from cases.policy import days
from healthcode.core.audit import batched
from healthcode.core.audit.actions import ACTIONS, READS
from healthcode.core.audit.bodies import Before, BodyText
from healthcode.core.audit.ledger import instant, microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User

SIZE = 50
CHECKED = GateCheck.batch_action
Position = tuple[int, int]  # an event's instant and key: where the next page begins


class ActionKind(NamedTuple):
    """What can be asked for besides single actions: its words, and how its actions begin."""

    words: str | Promise
    prefixes: tuple[str, ...]


KINDS = {
    "looks": ActionKind(_("looks: who looked at whom"), READS),
    "codes": ActionKind(_("grounds and conversions"), ("case.", "code.")),
    "control": ActionKind(_("control"), ("order.", "gate.", "pass.")),
    "tests": ActionKind(_("tests and declarations"), ("result.", "declaration.", "visit.")),
    "persons": ActionKind(_("persons' records, and what is taken back"), ("person.", "reversal.")),
    "desk": ActionKind(_("complaint desk"), ("ticket.", "text_module.")),
    "policy": ActionKind(
        _("deliveries, areas, documents, rule books"),
        ("batch.", "hold.", "presence.", "area.", "document.", "rulebook."),
    ),
    "accounts": ActionKind(
        _("accounts, log-ins and the duty roster"),
        ("roster.", "account.", "office.", "venue.", "setup_file.", "token.", "session.", "access."),
    ),
    "supervision": ActionKind(
        _("supervision"),
        ("audit.", "figures.", "sign.", "inquiry.", "retention.", "rows.", "ledger.", "backup."),
    ),
}


@dataclass(frozen=True)
class Trail:
    """A question to the ledger: one subject at most, and what narrows it."""

    person: str = ""
    actor: str = ""
    office: str = ""
    ground: str = ""
    batch: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None  # the last day, included

    @cached_property
    def subject(self) -> Person | None:
        """Return the person whose trail it is; None for an id that nobody has."""
        return Person.objects.filter(public_id=self.person).first() if self.person else None

    def page(self, before: Position | None = None, size: int = SIZE) -> tuple[list[Event], Position | None]:
        """Return a page of events, newest first, and where the next page begins; None after the last."""
        found = list(islice(self._merged(before, size + 1), size + 1))
        rows = found[:size]
        return rows, (rows[-1].at_us, rows[-1].pk) if len(found) > size else None

    def events(self, limit: int) -> Iterator[Event]:
        """Yield the newest events up to a limit, a page at a time."""
        position: Position | None = None
        while limit > 0:
            rows, position = self.page(position, min(limit, 1000))
            yield from rows
            limit = limit - len(rows) if position else 0

    def streams(self) -> Iterator[QuerySet[Event]]:
        """Yield the querysets that the trail is merged from, each a stretch of one index."""
        for subject in self._subjects():
            for action in self.actions() or ("",):
                rows = Event.objects.filter(subject, *([Q(action=action)] if action else []))
                yield rows.filter(*self._period()).order_by("-at_us", "-pk")

    def check_streams(self) -> Iterator[QuerySet[GateCheck]]:
        """Yield the same of the checks at doors, which are rows of their own: each a stretch of one index."""
        if self.batch or self.ground or CHECKED not in (self.actions() or (CHECKED,)):
            return
        rows = batched.listed(GateCheck).filter(*self._days()).order_by("-at", "pk")
        if self.person:
            for pk, _public_id in self._group:
                yield rows.filter(person=pk)
        elif self.actor:
            keeper = User.objects.filter(username=self.actor).values_list("pk", flat=True).first()
            at_office = {"venue__office__code": self.office} if self.office else {}
            if keeper is not None:
                yield rows.filter(by=keeper, **at_office)
        elif self.office:
            for pk in Venue.objects.filter(office__code=self.office).values_list("pk", flat=True):
                yield rows.filter(venue=pk)
        else:
            yield rows

    def actions(self) -> tuple[str, ...]:
        """Return the actions that are asked for; none for all of them."""
        if self.what in KINDS:
            prefixes = KINDS[self.what].prefixes
            reads = () if self.what == "looks" else READS
            return tuple(action for action in ACTIONS if action.startswith(prefixes) and action not in reads)
        return (self.what,) if self.what else ()

    def _merged(self, before: Position | None, size: int) -> Iterator[Event]:
        streams = (rows.filter(Before(*before)) if before else rows for rows in self.streams())
        checks = (checks_before(rows, before) for rows in self.check_streams())
        pages = [list(rows[:size]) for rows in streams]
        pages += [[check.as_event() for check in rows[:size]] for rows in checks]
        merged: Iterable[Event] = merge(*pages, key=_newest_first)
        last = None
        for event in merged:
            if event.pk != last:  # a delivery's own event is of two streams
                yield event
            last = event.pk

    def _subjects(self) -> list[Q]:
        """Return the filters of the subject: a person's trail is that of every record merged with theirs."""
        if self.person:
            return [Q(person=public_id) for public_id in self._merged_ids()]
        if self.batch:
            return [Q(target=f"batch:{self.batch}"), _body_says("batch", self.batch)]
        if self.ground:
            return [_body_says("ground", self.ground) & self._actor()]
        return [self._actor()]

    def _merged_ids(self) -> list[str]:
        """Return the opaque ids of the person's whole merged group; an id that nobody has stays what it is."""
        return [public_id for _pk, public_id in self._group] or [self.person]

    @cached_property
    def _group(self) -> list[tuple[int, str]]:
        """Return key and opaque id of each record of the person."""
        group = self.subject.group.order_by("pk") if self.subject else Person.objects.none()
        return [(pk, str(public_id)) for pk, public_id in group.values_list("pk", "public_id")]

    def _actor(self) -> Q:
        filters = {"actor": self.actor, "office": self.office}
        return Q(**{field: value for field, value in filters.items() if value})

    def _period(self) -> list[Q]:
        since, until = self._bounds()
        found = [Q(at_us__gte=microseconds(since))] if since else []
        return found + ([Q(at_us__lt=microseconds(until))] if until else [])

    def _days(self) -> list[Q]:
        since, until = self._bounds()
        return ([Q(at__gte=since)] if since else []) + ([Q(at__lt=until)] if until else [])

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        since = days.midnight(self.since) if self.since else None
        return since, days.midnight(self.until + timedelta(days=1)) if self.until else None


def _body_says(word: str, value: str) -> Q:
    """Filter by a word of the body; that it is not null has to be said for the partial index to be used."""
    return Q(Exact(BodyText(word), Value(value))) & Q(IsNull(BodyText(word), False))


def checks_before(rows: QuerySet[GateCheck], before: Position | None) -> QuerySet[GateCheck]:
    """Keep the checks that lie before a place in a trail, where each has the key of a check turned negative."""
    if before is None:
        return rows
    at = instant(before[0])
    return rows.filter(at__lte=at).exclude(at=at, pk__lte=-before[1])


def _newest_first(event: Event) -> Position:
    return -event.at_us, -event.pk
