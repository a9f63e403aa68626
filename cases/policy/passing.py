"""Who passes at a door: colour, temperature, mask and reason, at one kind of place. Clauses 2.0, 2.2, 2.3, 4.1."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .colours import Colour
from .parts import Policy, VenueKind
from .words import Bilingual, joined


class Why(StrEnum):
    """What decided a check at a door."""

    GREEN = "GREEN"
    UNLISTED = "UNLISTED"
    EXAMINED = "EXAMINED"
    MASKED = "MASKED"
    ADMITTED = "ADMITTED"
    NO_CODE = "NO_CODE"
    CHECKING = "CHECKING"
    NOT_OURS = "NOT_OURS"
    REVOKED = "REVOKED"
    STALE = "STALE"
    UNVERIFIED = "UNVERIFIED"
    RED = "RED"
    FEVER = "FEVER"
    RESTRICTED = "RESTRICTED"
    UNMASKED = "UNMASKED"


class YellowAccess(StrEnum):
    """How a kind of venue treats a yellow code."""

    ADMITTING = "ADMITTING"  # on the list, but admits with a reason who lives or is treated there
    LISTED = "LISTED"  # on the list, and nobody belongs there
    RIDE = "RIDE"  # a taxi, a ride-hailing car and the like
    CLINIC = "CLINIC"  # a fever clinic: whoever has a fever goes in to be examined
    FREE = "FREE"  # not on the list: yellow is not restricted here


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One rule of the table; a condition that is None fits everything."""

    movement: str | None
    access: YellowAccess | None
    fever: bool | None
    mask: bool | None
    reason: bool | None
    why: Why
    clause: str

    def fits(self, *found: object) -> bool:
        """Say whether the rule applies to movement, access, fever, mask and reason, in this order."""
        wanted = (self.movement, self.access, self.fever, self.mask, self.reason)
        return all(want is None or want == have for want, have in zip(wanted, found, strict=True))


NO_CODE = "NO_CODE"  # nobody's number, or a deceased person's
# Whatever the colour is, none is told: whose code it is, or whether they live, is being checked; a pass that this house
# did not sign, that was revoked, or that is out of date; paper where there is neither a network nor a telephone.
UNTOLD = (Why.CHECKING, Why.NOT_OURS, Why.REVOKED, Why.STALE, Why.UNVERIFIED)

# The first rule that fits decides.
TABLE = (
    #         movement     access                  fever  mask  reason  why             clause
    *(CheckRule(why,       None,                   None,  None, None,   why,            "4.1") for why in UNTOLD),
    CheckRule(NO_CODE,     None,                   None,  None, None,   Why.NO_CODE,    "4.1"),
    CheckRule("FORBIDDEN", None,                   None,  None, None,   Why.RED,        "2.0"),
    CheckRule(None,        YellowAccess.CLINIC,    True,  None, None,   Why.EXAMINED,   "3.4a"),
    CheckRule(None,        None,                   True,  None, None,   Why.FEVER,      "4.1"),
    CheckRule("NORMAL",    None,                   None,  None, None,   Why.GREEN,      "2.3"),
    CheckRule(None,        YellowAccess.CLINIC,    None,  None, None,   Why.UNLISTED,   "2.2a"),
    CheckRule(None,        YellowAccess.FREE,      None,  None, None,   Why.UNLISTED,   "2.2a"),
    CheckRule(None,        YellowAccess.RIDE,      None,  True, None,   Why.MASKED,     "2.2b"),
    CheckRule(None,        YellowAccess.RIDE,      None,  None, None,   Why.UNMASKED,   "2.2b"),
    CheckRule(None,        YellowAccess.ADMITTING, None,  None, True,   Why.ADMITTED,   "2.2a"),
    CheckRule(None,        None,                   None,  None, None,   Why.RESTRICTED, "2.2a"),
)  # fmt: skip
PASSING = frozenset({Why.GREEN, Why.UNLISTED, Why.EXAMINED, Why.MASKED, Why.ADMITTED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody passes, what decided it, and what could still let them pass."""

    passes: bool
    why: Why
    clause: str
    words: Bilingual | None
    """The book's own sentence about it; none where the list does not speak of the place."""
    fever: bool
    asks: str
    """MASK or REASON where that alone is missing, else empty."""


def yellow_access(venue: VenueKind | None) -> YellowAccess:
    """Return how a kind of venue treats yellow; None is a kind that the book dropped: it is on no list."""
    if venue is None:
        return YellowAccess.FREE
    if venue.admits_fever:
        return YellowAccess.CLINIC
    if venue.ride:
        return YellowAccess.RIDE
    if not venue.yellow_restricted:
        return YellowAccess.FREE
    return YellowAccess.ADMITTING if venue.admits else YellowAccess.LISTED


def decide(
    book: Policy,
    kind: str,
    *,
    colour: Colour,
    temperature: Decimal,
    mask: bool = False,
    reason: bool = False,
    untold: Why | None = None,
) -> Verdict:
    """Decide a check from the code and the temperature; neither decides alone. Clause 4.1.

    A fever keeps out even a green code, but not of a fever clinic; it changes no colour, and red never passes. Where
    something stands against telling the colour (`untold`), that decides.
    """
    meaning = book.colours.get(colour)
    access = yellow_access(book.venues.get(kind))
    fever = temperature >= book.parameters.fever_celsius
    movement = untold or (meaning.movement if meaning else NO_CODE)
    found = (movement, access, fever, mask, reason)
    rule = next(rule for rule in TABLE if rule.fits(*found))
    return Verdict(
        passes=rule.why in PASSING,
        why=rule.why,
        clause=rule.clause,
        words=words(book, rule.why, access),
        fever=fever,
        asks=_asks(book, rule.why, access),
    )


def words(book: Policy, why: Why, access: YellowAccess) -> Bilingual | None:
    """Return the book's sentence for a verdict; its sentence about reasons only where the venue admits with one."""
    rules = book.rules
    admitting = access == YellowAccess.ADMITTING
    return {
        Why.GREEN: book.colours[Colour.GREEN].advice,
        Why.EXAMINED: book.fever.advice,
        Why.MASKED: rules["RIDE"].words,
        Why.UNMASKED: rules["RIDE"].words,
        Why.ADMITTED: rules["RESTRICTED_ENTRY"].words,
        Why.RESTRICTED: rules["RESTRICTED_ENTRY"].words if admitting else book.colours[Colour.YELLOW].advice,
        Why.RED: book.colours[Colour.RED].advice,
        Why.FEVER: joined(rules["GATE"].ours or (rules["GATE"].words,)),
        Why.NO_CODE: rules["ANY_CITY_CODE"].words,
    }.get(why)


def _asks(book: Policy, why: Why, access: YellowAccess) -> str:
    rule = {
        (Why.UNMASKED, YellowAccess.RIDE): "RIDE",
        (Why.RESTRICTED, YellowAccess.ADMITTING): "RESTRICTED_ENTRY",
    }.get((why, access))
    return book.rules[rule].requires[0] if rule else ""
