"""The geometry of the home page's bar chart, in the units of its SVG: drawn on the server, without a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cases.policy.colours import Colour

WIDTH, HEIGHT, TOP, FOOT = 700, 180, 18, 22
GAP = 0.34  # of a day's width, left between bars
STACK = (Colour.RED, Colour.YELLOW, Colour.GREEN)  # from the bottom


@dataclass(frozen=True)
class Segment:
    """One colour's part of a bar."""

    colour: Colour
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class DayBar:
    """One day's stacked bar."""

    day: date
    x: float
    middle: float
    width: float
    top: float
    total: int
    numbers: tuple[int, ...]
    segments: tuple[Segment, ...]
    is_last: bool


@dataclass(frozen=True)
class ConversionChart:
    """Everything the template draws."""

    bars: tuple[DayBar, ...]
    totals: tuple[tuple[Colour, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - FOOT

    @property
    def label_y(self) -> int:
        return self.height - 6


def chart(rows: Sequence[tuple[date, Mapping[Colour, int]]]) -> ConversionChart:
    """Lay out one stacked bar a day; the tallest fills the height."""
    most = max((sum(counts.values()) for _, counts in rows), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    bars = tuple(
        _bar(day, counts, place * step, step, most, is_last=place == len(rows) - 1)
        for place, (day, counts) in enumerate(rows)
    )
    totals = tuple((colour, sum(counts.get(colour, 0) for _, counts in rows)) for colour in STACK)
    return ConversionChart(bars, totals)


def _bar(
    day: date, counts: Mapping[Colour, int], left: float, step: float, most: int, *, is_last: bool
) -> DayBar:
    base, room = HEIGHT - FOOT, HEIGHT - FOOT - TOP
    segments, y = [], float(base)
    for colour in STACK:
        height = counts.get(colour, 0) / most * room
        y -= height
        if height:
            segments.append(Segment(colour, counts[colour], round(y, 1), round(height, 1)))
    return DayBar(
        day=day,
        x=round(left + step * GAP / 2, 1),
        middle=round(left + step / 2, 1),
        width=round(step * (1 - GAP), 1),
        top=round(y - 5, 1),
        total=sum(counts.values()),
        numbers=tuple(counts.get(colour, 0) for colour in STACK),
        segments=tuple(segments),
        is_last=is_last,
    )
