"""The geometry of lanes on one axis of time, in the units of their SVG."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise

from cases.policy import days

LABEL, ROOM = 190, 690  # the width of a label and of the axis
ROW, TOP = 26, 24  # the height of a lane and of the dates
STEPS = (1, 2, 7, 14, 28, 56, 112, 364)  # days between two marks
MARKS = 10  # at most, of the axis
Place = Callable[[datetime], float]  # of an instant on the axis
LEAST = 3.0  # of a bar: a span of minutes is still seen


@dataclass(frozen=True)
class TimeSpan:
    """Something that lasted; without an end it lasts still. `style` is how it is drawn."""

    style: str
    since: datetime
    until: datetime | None
    words: str


@dataclass(frozen=True)
class Lane:
    """One row of the picture: what lasted, and what happened at one moment (a span that ends as it begins)."""

    label: str | Promise
    spans: tuple[TimeSpan, ...]


@dataclass(frozen=True)
class DrawnBar:
    """A bar, or the dot of one moment (without a width)."""

    style: str
    x: float
    width: float
    is_moment: bool


@dataclass(frozen=True)
class DrawnLane:
    """A row as it is drawn."""

    label: str | Promise
    y: int
    bars: tuple[DrawnBar, ...]


@dataclass(frozen=True)
class DrawnTimeline:
    """Everything the template draws."""

    lanes: tuple[DrawnLane, ...]
    marks: tuple[tuple[float, str], ...]  # x and the day
    width: int = LABEL + ROOM + 20

    @property
    def height(self) -> int:
        return TOP + len(self.lanes) * ROW + 6


def draw(lanes: Sequence[Lane], *, until: datetime) -> DrawnTimeline:
    """Lay out lanes from the first thing that began to an instant; empty lanes are left out."""
    there = [lane for lane in lanes if lane.spans]
    begun = min((one.since for lane in there for one in lane.spans), default=until)
    begin = days.midnight(days.local_day(min(begun, until)))
    span = max((until - begin).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        share = (min(max(at, begin), until) - begin).total_seconds() / span
        return round(LABEL + share * ROOM, 1)

    drawn = tuple(
        DrawnLane(lane.label, TOP + place * ROW, tuple(_bar(one, x, until) for one in lane.spans))
        for place, lane in enumerate(there)
    )
    return DrawnTimeline(drawn, tuple(_marks(begin, until, x)))


def _bar(one: TimeSpan, x: Place, until: datetime) -> DrawnBar:
    left = x(one.since)
    is_moment = one.until == one.since
    width = 0.0 if is_moment else max(LEAST, round(x(one.until or until) - left, 1))
    return DrawnBar(one.style, left, width, is_moment)


def _marks(begin: datetime, until: datetime, x: Place) -> Iterator[tuple[float, str]]:
    whole = (until - begin).days + 1
    step = next((step for step in STEPS if whole / step <= MARKS), STEPS[-1])
    first = days.local_day(begin)
    for number in range(0, whole, step):
        day = first + timedelta(days=number)
        yield x(days.midnight(day)), f"{day:%m-%d}"
