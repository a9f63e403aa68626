"""The geometry of lying bars, in the units of their SVG: drawn on the server, without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from django.utils.functional import Promise

LABEL, ROOM, ROW, END = 190, 440, 26, 8  # the width of a label, of the longest bar; the height of a row
COLUMNS = 26  # of a label: a Chinese character takes two


@dataclass(frozen=True)
class LyingPart:
    """One part of a bar: its style, and where it lies."""

    style: str
    x: float
    width: float


@dataclass(frozen=True)
class LyingBar:
    """One row of a chart."""

    label: str
    y: int
    parts: tuple[LyingPart, ...]
    value: str
    end: float  # where the value stands


@dataclass(frozen=True)
class LyingChart:
    """A chart of lying bars; what it says stands in a table beside it."""

    key: str
    title: str | Promise
    legend: tuple[tuple[str, str | Promise], ...]  # style and words
    bars: tuple[LyingBar, ...]
    width: int = LABEL + ROOM + 110

    @property
    def height(self) -> int:
        return len(self.bars) * ROW + END


Row = tuple[str, Sequence[float], str]  # label, one number for each style, and the value in words


def lying(
    key: str, title: str | Promise, legend: Sequence[tuple[str, str | Promise]], rows: Sequence[Row]
) -> LyingChart:
    """Lay out one bar a row; the longest fills the width."""
    longest = max((sum(numbers) for _label, numbers, _value in rows), default=0) or 1
    styles = [style for style, _words in legend]
    bars = tuple(_bar(place, row, styles, longest) for place, row in enumerate(rows))
    return LyingChart(key, title, tuple(legend), bars)


def _bar(place: int, row: Row, styles: Sequence[str], longest: float) -> LyingBar:
    label, numbers, value = row
    parts, x = [], float(LABEL)
    for style, number in zip(styles, numbers, strict=True):
        width = round(number / longest * ROOM, 1)
        if width:
            parts.append(LyingPart(style, round(x, 1), width))
        x += width
    return LyingBar(fitting(str(label)), place * ROW, tuple(parts), value, round(x + 8, 1))


def fitting(label: str) -> str:
    """Return as much of a label as has room."""
    taken, fitting = 0, ""
    for letter in label:
        taken += 2 if east_asian_width(letter) in "WF" else 1
        if taken > COLUMNS:
            return f"{fitting}…"
        fitting += letter
    return fitting
