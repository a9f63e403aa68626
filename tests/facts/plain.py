"""The plain model that random stories are compared with: a colour is what the uncontradicted facts say.

It knows no services and no tables: grounds, the facts each rests on, and which of these were taken back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from cases.policy.days import local_day, midnight
from cases.policy.parts import Parameters

RED, YELLOW, GREEN, NONE = "RED", "YELLOW", "GREEN", "NONE"
GRAVITY = {NONE: -1, GREEN: 0, YELLOW: 1, RED: 2}
UNCLEAR = ("POSITIVE", "INCONCLUSIVE", "PENDING")
Fact = tuple[str, int]  # a report, an index case, an area, a lifting, an exclusion, a death


@dataclass
class Ground:
    """A ground on somebody: red until a day and a negative before it, yellow until a negative."""

    who: int
    colour: str
    began: date
    until: datetime | None = None
    index: Fact | None = None  # the infected person's case that it rests on, or that it is
    place: int | None = None
    area: Fact | None = None
    stayed: datetime | None = None
    linked: bool = False  # linked data: the hold of falls covers it
    ends: datetime | None = None  # of the order that served it last
    ended: datetime | None = None
    rests: set[Fact] = field(default_factory=set)
    waits: str | None = None  # the office in whose hold of falls it waits, or nobody's: for ever


@dataclass
class Report:
    """What a laboratory's report says at last, and since when it says so."""

    who: int
    outcome: str
    sampled: datetime
    since: datetime
    batch: int | None = None


@dataclass
class Track:
    """A stay of somebody in a place, as a delivery says."""

    who: int
    place: int
    left: datetime
    batch: int


@dataclass
class Facts:
    """Everything that was said and not taken back."""

    book: ClassVar[Parameters]
    grounds: dict[int, Ground] = field(default_factory=dict)
    reports: dict[int, Report] = field(default_factory=dict)
    tracks: list[Track] = field(default_factory=list)
    lifted: set[Fact] = field(default_factory=set)
    void: set[Fact] = field(default_factory=set)  # index cases in whose place none came
    excluded: dict[Fact, Fact] = field(default_factory=dict)  # index cases, by which report
    merged: dict[int, int] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)  # whose record
    fell: list[tuple[datetime, str, int]] = field(default_factory=list)

    def human(self, who: int) -> int:
        while who in self.merged:
            who = self.merged[who]
        return who

    def of(self, who: int, *, standing: bool = True) -> Iterator[Ground]:
        for one in self.grounds.values():
            if self.human(one.who) == self.human(who) and (one.ended is None or not standing):
                yield one

    def known(self, who: int) -> list[tuple[int, Report]]:
        mine = ((key, one) for key, one in self.reports.items() if self.human(one.who) == self.human(who))
        return [(key, one) for key, one in mine if one.outcome != "LOST"]

    def colour(self, who: int) -> str:
        if any(self.human(one) == self.human(who) for one in self.deaths.values()):
            return NONE
        return max((one.colour for one in self.of(who)), key=GRAVITY.__getitem__, default=GREEN)

    def unclear(self, who: int) -> bool:
        mine = [one for _key, one in self.known(who)]
        last = max(mine, key=lambda one: one.sampled, default=None)
        return any(one.outcome == "POSITIVE" for one in mine) or (
            last is not None and last.outcome in UNCLEAR
        )

    def bearing(self, ground: Ground, at: datetime) -> set[Fact]:
        """Return what ends a ground at an instant by what is known: the last sample, or its area's lifting."""
        found = {ground.area} & self.lifted if ground.area else set[Fact]()
        known = [(key, one) for key, one in self.known(ground.who) if one.since <= at and one.sampled <= at]
        last = max(known, key=lambda one: (one[1].sampled, one[1].outcome != "NEGATIVE"), default=None)
        began, book = midnight(ground.began), self.book
        exposed = min(began - timedelta(days=book.area_look_back_days), ground.stayed or began)
        if last is None or any(one.outcome == "POSITIVE" and one.sampled >= exposed for _key, one in known):
            return found  # nobody answers a positive in these stories
        first, ends = began, ground.ends or ground.until
        if ground.colour == RED:
            if ends is None or at < ends:
                return found
            first = max(began + timedelta(days=1), ends - timedelta(days=book.release_window_days))
        elif ground.area:
            first = max(ground.stayed or began, min(at - timedelta(days=book.risk_test_validity_days), began))
        is_over = last[1].outcome == "NEGATIVE" and last[1].sampled >= first
        return found | {("report", last[0])} if is_over else found

    def end(self, ground: Ground, at: datetime, rests: set[Fact]) -> None:
        ground.ended, ground.rests = at, rests

    def answer(
        self,
        *facts: Fact,
        now: datetime,
        office: str = "",
        is_gone: Callable[[Ground, Fact], bool] | None = None,
    ) -> None:
        """Ask again what rests on facts that were taken back just now; what nothing bears stands again, or waits."""
        taken = [
            one
            for one in self.grounds.values()
            if one.ended is not None and one.waits is None
            if any(is_gone is None or is_gone(one, fact) for fact in one.rests & set(facts))
        ]
        gone = [one for one in taken if not self.stands(one, set(facts), now)]
        covered = [one for one in gone if one.linked and self.in_time(one, now)] if office else []
        sure = [one for one in gone if one not in covered and self.in_time(one, now)]
        for one in gone:
            one.waits = "" if one not in covered and one not in sure else None
        for one in sure:
            self.stand(one)
        worse = [one for one in covered if GRAVITY[one.colour] > GRAVITY[self.colour(one.who)]]
        hour = {who for at, by, who in self.fell if by == office and at > now - timedelta(hours=1)}
        whose = {self.human(one.who) for one in worse}
        for one in covered:
            if one in worse and len(hour | whose) > self.book.mass_hold_threshold:
                one.waits = office
            else:
                self.stand(one)
        self.fell += [(now, office, who) for who in whose]

    def in_time(self, ground: Ground, now: datetime) -> bool:
        assert ground.ended is not None
        return now - ground.ended <= timedelta(days=self.book.stands_again_days)

    def stands(self, ground: Ground, taken: set[Fact], now: datetime) -> bool:
        """Tell whether an ending holds without facts that were taken back: by others, at its instant or since."""
        assert ground.ended is not None
        asked = any(kind in ("report", "area") for kind, _key in ground.rests)
        if asked or not ground.rests & taken:
            later = {one.since for _key, one in self.known(ground.who) if ground.ended < one.since <= now}
            for at in (ground.ended, *sorted(later), now):
                if bearing := self.bearing(ground, at):
                    ground.rests |= bearing
                    return True
        if ground.index in self.void:
            return True  # kept while it was unclear, and over since: a contact of nobody stands again no more
        # Nothing stands again while its human is dead, or its index case is none.
        sleeps = {
            ("death", key) for key, who in self.deaths.items() if self.human(who) == self.human(ground.who)
        }
        sleeps |= {self.excluded[ground.index]} if ground.index in self.excluded else set()
        ground.rests |= sleeps
        return bool(sleeps)

    def stand(self, ground: Ground) -> None:
        ground.ended, ground.waits, ground.ends, ground.rests = None, None, None, set()

    def borne(self, ground: Ground, batch: int) -> bool:
        """Tell whether a delivery bears a stay alone."""
        days = (
            one.batch
            for one in self.tracks
            if self.human(one.who) == self.human(ground.who) and one.place == ground.place
            if local_day(one.left) == ground.began
        )
        return set(days) == {batch}
