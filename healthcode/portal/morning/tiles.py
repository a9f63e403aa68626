"""The geometry of tiles over time, in the units of their SVG: a row a township, a column a day, red above yellow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from healthcode.portal.morning.bars import LABEL, LyingChart, fitting

STEP, TALL, GAP, HEAD = (
    38,
    17,
    2,
    22,
)  # a column's width, half a tile's height, the gap around it, the days above
ROW = 2 * TALL + 3 * GAP
PALEST = 0.25  # of a colour of which there is any
MOST = 20  # townships drawn; the table has all


@dataclass(frozen=True)
class Tile:
    """One number on its colour: the more there are, the fuller it is."""

    style: str
    x: float
    y: float
    number: int
    strength: float

    @property
    def is_full(self) -> bool:
        """Tell whether its number is written in the paper's colour."""
        return self.strength > 0.6

    @property
    def middle(self) -> float:
        return self.x + (STEP - 2 * GAP) / 2

    @property
    def base(self) -> float:
        """Return where its number stands."""
        return self.y + TALL - 4

    @property
    def opacity(self) -> str:
        """Return the strength as SVG writes it, whatever the language."""
        return f"{self.strength:.2f}"


@dataclass(frozen=True)
class TileRow:
    """One township."""

    label: str
    y: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class TileChart:
    """Everything the template draws; what it says stands in a table beside it."""

    key: str
    title: str | Promise
    legend: tuple[tuple[str, str | Promise], ...]
    days: tuple[tuple[str, float], ...]
    rows: tuple[TileRow, ...]
    left_out: int
    width: int

    @property
    def height(self) -> int:
        return HEAD + len(self.rows) * ROW

    @property
    def bars(self) -> tuple[TileRow, ...]:
        return self.rows


Chart = LyingChart | TileChart


def tiles(
    title: str | Promise,
    legend: Sequence[tuple[str, str | Promise]],
    period: Sequence[date],
    rows: Sequence[tuple[str, Sequence[tuple[int, int]]]],
) -> TileChart:
    """Lay out one row for each label, those with most first; each colour is fullest where there is most of it."""
    ordered = sorted(rows, key=lambda row: -sum(red + yellow for red, yellow in row[1]))
    most = tuple(max((one[place] for _label, of in rows for one in of), default=0) or 1 for place in (0, 1))
    styles = [style for style, _words in legend]
    drawn = tuple(
        TileRow(fitting(label), y, tuple(_tiles(of, styles, most)))
        for y, (label, of) in ((HEAD + place * ROW, row) for place, row in enumerate(ordered[:MOST]))
    )
    heads = tuple((f"{day:%m-%d}", LABEL + (place + 0.5) * STEP) for place, day in enumerate(period))
    width = LABEL + len(period) * STEP
    return TileChart("over_time", title, tuple(legend), heads, drawn, len(ordered[MOST:]), width)


def _tiles(of: Sequence[tuple[int, int]], styles: Sequence[str], most: Sequence[int]) -> list[Tile]:
    found = []
    for column, numbers in enumerate(of):
        for place, number in enumerate(numbers):
            strength = PALEST + (1 - PALEST) * number / most[place] if number else 0.0
            x, y = LABEL + column * STEP + GAP, GAP + place * (TALL + GAP)
            found.append(Tile(styles[place], x, y, number, strength))
    return found
