"""The colours of the health code, ordered by gravity."""

from collections.abc import Iterable
from enum import StrEnum


class Colour(StrEnum):
    """A colour of the health code; NONE is the code of a deceased person, which is deactivated."""

    NONE = "NONE"
    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"

    @property
    def gravity(self) -> int:
        return _GRAVITY[self]


_GRAVITY = {Colour.NONE: -1, Colour.GREEN: 0, Colour.YELLOW: 1, Colour.RED: 2}


def gravest(colours: Iterable[Colour]) -> Colour:
    """Return the gravest of the colours; green when there is none. Clause 1.3."""
    return max(colours, key=lambda colour: colour.gravity, default=Colour.GREEN)
