"""Checks at a door: always both the code and the temperature (clause 4.1)."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import GateCheck, Person, Venue
from cases.models.people import DocumentType
from cases.passes import keys, signed
from cases.policy import passing
from cases.policy.colours import Colour
from cases.selectors import door
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.engine.temperatures import require_possible
from cases.services.persons import documents, numbers
from healthcode.core.audit.batched import prepare
from healthcode.core.audit.guards import says
from healthcode.core.audit.together import insert_together
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, IdempotencyKey, User

Number = set[str] | uuid.UUID | door.Scanned
Remember = Callable[[GateCheck], IdempotencyKey]
RESIDENT_LENGTHS = (15, 18)
LONGEST_PASSPORT = 10  # of digits alone: what is longer is a resident number that lost one
LONGEST_NUMBER = 300  # of what is scanned or typed: a pass with a blank after every fourth digit, and more
AGAIN = timedelta(minutes=10)  # how long a check can go on with a mask put on or a reason given


class UnreadableNumber(Refusal):
    code = "gates.check.unreadable_number"
    message = _("This is neither a document number nor a person's opaque number.")
    field = "number"


class NumberNotGiven(Refusal):
    code = "gates.check.number_missing"
    message = _("Scan or type the number, or say where the code comes from that you looked at.")
    field = "number"


class NumberAndIssuer(Refusal):
    code = "gates.check.number_and_issuer"
    message = _("Either a number is looked up, or a code from elsewhere is looked at: not both.")
    field = "issuer"


class ColourMissing(Refusal):
    code = "gates.elsewhere.colour_missing"
    message = _("Say which colour the code shows.")
    field = "colour"


class LookedUpHere(Refusal):
    code = "gates.elsewhere.issued_here"
    message = _("Codes of this city are looked up here: scan or type the number.")
    field = "issuer"


class NotAnIssuer(Refusal):
    code = "gates.elsewhere.unknown_issuer"
    message = _("Codes are issued by cities of this province and by other provinces.")
    field = "issuer"


class TooFast(Refusal):
    code = "gates.check.too_fast"
    message = _("That is more than one door can check in a minute: wait a moment.")


class CheckIsOver(Refusal):
    code = "gates.check.over"
    message = _("This check is over: check the person anew.")


class NothingAsked(Refusal):
    code = "gates.admit.nothing_asked"
    message = _("Neither a mask nor a reason would change this answer.")


class AdmittedWithoutReason(Refusal):
    code = "gates.admit.reason_missing"
    message = _("Say why this person is admitted.")
    field = "reason"


@dataclass(frozen=True)
class PresentedCode:
    """The code somebody presents: a number to look up here, or an issuer and the colour that its code displays."""

    number: str = ""
    issuer: Division | None = None
    colour: str = ""


@dataclass(frozen=True)
class Code:
    """A code as found: its person where known here, its issuer where issued elsewhere, and its colour."""

    person: Person | None
    issuer: Division | None
    colour: Colour
    untold: passing.Why | None = None  # what stands against telling the colour
    on_pass: str = ""  # what the pass itself said


@dataclass(frozen=True)
class Observed:
    """What was seen of the person at the door."""

    temperature: Decimal
    mask: bool | None = None
    reason: str = ""
    follows: GateCheck | None = None


def check(
    presented: PresentedCode,
    *,
    venue: Venue,
    temperature: Decimal,
    mask: bool | None = None,
    reason: str = "",
    by: User,
    at: datetime,
) -> GateCheck:
    """Check somebody at a door, and record it, whether or not a code was found.

    Without a temperature nothing is looked up, and no check goes unrecorded: that is what keeps a gate from
    answering whose code is red.
    """
    require(by, "gate.check", at=at)
    require_possible(temperature)
    number = number_of(presented)
    looked = door.look(door.Asked(at, user=by.pk, venue=venue.pk, number=number))
    seen = Observed(temperature, mask, reason.strip())
    if presented.issuer is not None:
        code = looked_at(presented.issuer, presented.colour)
        return _record(_open(looked, at), code, seen, by=by, at=at)
    return settle(looked, number, seen, by=by, at=at)


def settle(
    looked: door.Look | None,
    number: Number,
    seen: Observed,
    *,
    by: User,
    at: datetime,
    remember: Remember | None = None,
) -> GateCheck:
    """Decide and record a check of which everything was looked up; `remember` makes what is kept with it."""
    require_possible(seen.temperature)
    looked = _open(looked, at)
    return _record(looked, _found(looked, number, at), seen, by=by, at=at, remember=remember)


def _found(looked: door.Look, number: Number, at: datetime) -> Code:
    """Return the code that was found under a number or by a pass."""
    on_pass = ""
    if isinstance(number, door.Scanned):
        against, on_pass = against_pass(looked, number, at), on_pass_of(number)
        if against is not None:
            return Code(looked.person, None, Colour.NONE, against, on_pass)
    if looked.person is not None:
        checking = passing.Why.CHECKING if looked.checking else None
        return Code(looked.person, None, looked.colour, checking, on_pass)
    under_check = isinstance(number, set) and numbers.is_under_check(number)
    return Code(None, None, Colour.NONE, passing.Why.CHECKING if under_check else None)


def on_pass_of(scanned: door.Scanned) -> str:
    """Return what a pass of this house says itself; nothing, where it is none."""
    if scanned.body is None:
        return ""
    return scanned.body.colour.value if scanned.body.colour else GateCheck.Shown.PAPER.value


def against_pass(looked: door.Look, scanned: door.Scanned, at: datetime) -> passing.Why | None:
    """Return why a scanned pass tells no colour; None where it counts."""
    if scanned.body is None or looked.handed_out is None or looked.person is None:
        return passing.Why.NOT_OURS
    if looked.handed_out.revoked_at is not None:
        return passing.Why.REVOKED
    return None if scanned.body.lasts(at) else passing.Why.STALE


def again(earlier: GateCheck, *, mask: bool = False, reason: str = "", by: User, at: datetime) -> GateCheck:
    """Go on with a check that asked for a mask or a reason (clauses 2.2a, 2.2b)."""
    require(by, "gate.check", at=at)
    if earlier.by_id != by.pk or at > earlier.at + AGAIN:
        raise CheckIsOver()
    asks = verdict(earlier).asks
    if not asks:
        raise NothingAsked()
    if asks == "REASON" and not says(reason):
        raise AdmittedWithoutReason()
    looked = door.look(door.Asked(at, user=by.pk, venue=earlier.venue_id, person=earlier.person_id))
    looked = _open(looked, at)
    code = Code(earlier.person, earlier.issuer, Colour(earlier.colour), on_pass=earlier.on_pass)
    if looked.person is not None:
        checking = passing.Why.CHECKING if looked.checking else None
        code = replace(code, person=looked.person, colour=looked.colour, untold=checking)
    seen = Observed(
        earlier.temperature,
        True if mask else earlier.mask,
        reason.strip() or earlier.reason,
        follows=earlier,
    )
    return _record(looked, code, seen, by=by, at=at)


def verdict(made: GateCheck) -> passing.Verdict:
    """Return what the rule book of its moment says of a check."""
    return passing.decide(
        made.rule_book.policy,
        made.venue.kind,
        colour=Colour(made.colour),
        temperature=made.temperature,
        mask=bool(made.mask),
        reason=bool(made.reason),
        untold=passing.Why(made.why) if made.why in passing.UNTOLD else None,
    )


def readable(number: str) -> Number:
    """Return the pass or opaque number that a text is, or the document indexes it can be; refuse what is neither."""
    if digits := signed.digits_of(number):
        return door.Scanned(keys.opened(digits))
    try:
        return uuid.UUID(number.strip())
    except ValueError:
        found = documents.indices_as_typed(number)
    typed = "".join(char for char in number if char.isalnum())
    digit_lost = typed.isdecimal() and len(typed) > LONGEST_PASSPORT and len(typed) not in RESIDENT_LENGTHS
    if digit_lost or (not found and len(typed) in RESIDENT_LENGTHS):
        documents.read(DocumentType.RESIDENT_ID, number)  # says which part is mistyped
    if not found:
        raise UnreadableNumber()
    return found


def number_of(presented: PresentedCode) -> Number:
    """Return by what somebody is looked up; nothing, where a code from elsewhere is looked at."""
    if presented.number and (presented.issuer or presented.colour):
        raise NumberAndIssuer()
    if presented.issuer is not None:
        return set()
    if not presented.number.strip():
        raise NumberNotGiven()
    return readable(presented.number)


def _open(looked: door.Look | None, at: datetime) -> door.Look:
    """Refuse at a door that is not this keeper's, or closed, and where more was checked than one door can."""
    if looked is None or looked.venue is None:
        raise NotAllowed()
    if looked.full_since is not None:
        raise TooFast(retry_after=math.ceil((looked.full_since + door.PACE - at).total_seconds()))
    return looked


def looked_at(issuer: Division, colour: str) -> Code:
    """Accept a code from elsewhere with the colour it displays (clause 4.2): nobody has to apply for one here."""
    if issuer.code == settings.HOME_CITY:
        raise LookedUpHere()
    home_province = settings.HOME_CITY[:2]
    of_this_province = scope.covers(home_province, issuer.code)
    if issuer.level != ("city" if of_this_province else "province"):
        raise NotAnIssuer()
    if colour not in (Colour.GREEN, Colour.YELLOW, Colour.RED):
        raise ColourMissing()
    return Code(None, issuer, Colour(colour))


def _record(
    looked: door.Look,
    code: Code,
    seen: Observed,
    *,
    by: User,
    at: datetime,
    remember: Remember | None = None,
) -> GateCheck:
    made = unsaved(looked, code, seen, by=by, at=at)
    if looked.next_check is None:
        with transaction.atomic():
            prepare(made)
            made.save(force_insert=True)
            if remember is not None:
                remember(made).save()
    else:
        prepare(made)
        insert_together([made, *([remember(made)] if remember else [])])
    return made


def unsaved(looked: door.Look, code: Code, seen: Observed, *, by: User, at: datetime) -> GateCheck:
    """Return a check with its verdict, not yet written."""
    assert looked.venue is not None
    made = GateCheck(
        pk=looked.next_check,
        venue=looked.venue,
        person=code.person,
        issuer=code.issuer,
        colour=code.colour.value,
        temperature=seen.temperature,
        mask=seen.mask,
        reason=seen.reason,
        why=code.untold.value if code.untold else "",
        rule_book=looked.book,
        follows=seen.follows,
        by=by,
        via=by.via,
        at=at,
        on_pass=code.on_pass,
    )
    decided = verdict(made)
    made.passed, made.why = decided.passes, decided.why.value
    return made
