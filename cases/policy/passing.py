"""Who passes at a door: colour, temperature, mask and reason, at one kind of place. Clauses 2.0, 2.2, 2.3, 4.1."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .colours import Colour
from .parts import RuleBook, Venue
from .words import Words, joined


class Why(StrEnum):
    """What decided a check at a door."""

    GREEN = "GREEN"
    UNLISTED = "UNLISTED"
    MASKED = "MASKED"
    ADMITTED = "ADMITTED"
    NO_CODE = "NO_CODE"
    RED = "RED"
    FEVER = "FEVER"
    RESTRICTED = "RESTRICTED"
    UNMASKED = "UNMASKED"


class Place(StrEnum):
    """What a kind of place means for a yellow code."""

    ADMITTING = "ADMITTING"  # on the list, with people who live, are treated or are held there
    LISTED = "LISTED"  # on the list, and nobody belongs there
    RIDE = "RIDE"  # a taxi, a ride-hailing car and the like
    FREE = "FREE"  # the list is closed: yellow is restricted nowhere else


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; None is whatever it may be."""

    movement: str | None
    place: Place | None
    fever: bool | None
    mask: bool | None
    reason: bool | None
    why: Why
    clause: str

    def fits(self, *found: object) -> bool:
        wanted = (self.movement, self.place, self.fever, self.mask, self.reason)
        return all(want is None or want == have for want, have in zip(wanted, found, strict=True))


NO_CODE = "NO_CODE"  # nobody's, or a deceased person's: there is nothing to show

# The first line that fits decides.
TABLE = (
    #   movement      place            fever  mask  reason  why             clause
    Row(NO_CODE,      None,            None,  None, None,   Why.NO_CODE,    "4.1"),
    Row("FORBIDDEN",  None,            None,  None, None,   Why.RED,        "2.0"),
    Row(None,         None,            True,  None, None,   Why.FEVER,      "4.1"),
    Row("NORMAL",     None,            None,  None, None,   Why.GREEN,      "2.3"),
    Row(None,         Place.FREE,      None,  None, None,   Why.UNLISTED,   "2.2a"),
    Row(None,         Place.RIDE,      None,  True, None,   Why.MASKED,     "2.2b"),
    Row(None,         Place.RIDE,      None,  None, None,   Why.UNMASKED,   "2.2b"),
    Row(None,         Place.ADMITTING, None,  None, True,   Why.ADMITTED,   "2.2a"),
    Row(None,         None,            None,  None, None,   Why.RESTRICTED, "2.2a"),
)  # fmt: skip
PASSING = frozenset({Why.GREEN, Why.UNLISTED, Why.MASKED, Why.ADMITTED})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody passes, what decided it, and what could still let them pass."""

    passes: bool
    why: Why
    clause: str
    words: Words | None
    """The book's own sentence about it; none where the list does not speak of the place."""
    fever: bool
    asks: str
    """MASK or REASON where that alone is missing, else empty."""


def place(venue: Venue | None) -> Place:
    """Return what a kind of place means for yellow; a kind that the book dropped is no longer on its list."""
    if venue is None:
        return Place.FREE
    if venue.ride:
        return Place.RIDE
    if not venue.yellow_restricted:
        return Place.FREE
    return Place.ADMITTING if venue.admits else Place.LISTED


def decide(
    book: RuleBook,
    kind: str,
    *,
    colour: Colour,
    temperature: Decimal,
    mask: bool = False,
    reason: bool = False,
) -> Decision:
    """Decide a check: the code that was shown and the temperature that was taken, both. Clause 4.1.

    A fever changes no colour; it keeps out whoever may move about, and never makes red pass.
    """
    meaning = book.colours.get(colour)
    where = place(book.venues.get(kind))
    fever = temperature >= book.parameters.fever_celsius
    found = (meaning.movement if meaning else NO_CODE, where, fever, mask, reason)
    row = next(row for row in TABLE if row.fits(*found))
    return Decision(
        passes=row.why in PASSING,
        why=row.why,
        clause=row.clause,
        words=words(book, row.why, where),
        fever=fever,
        asks=_asks(book, row.why, where),
    )


def words(book: RuleBook, why: Why, where: Place) -> Words | None:
    """Return what the book says where this decides; a reason is spoken of only where somebody belongs."""
    rules = book.rules
    admitting = where == Place.ADMITTING
    return {
        Why.GREEN: book.colours[Colour.GREEN].advice,
        Why.MASKED: rules["RIDE"].words,
        Why.UNMASKED: rules["RIDE"].words,
        Why.ADMITTED: rules["RESTRICTED_ENTRY"].words,
        Why.RESTRICTED: rules["RESTRICTED_ENTRY"].words if admitting else book.colours[Colour.YELLOW].advice,
        Why.RED: book.colours[Colour.RED].advice,
        Why.FEVER: joined(rules["GATE"].ours or (rules["GATE"].words,)),
        Why.NO_CODE: rules["ANY_CITY_CODE"].words,
    }.get(why)


def _asks(book: RuleBook, why: Why, where: Place) -> str:
    rule = {
        (Why.UNMASKED, Place.RIDE): "RIDE",
        (Why.RESTRICTED, Place.ADMITTING): "RESTRICTED_ENTRY",
    }.get((why, where))
    return book.rules[rule].requires[0] if rule else ""
