"""Checks at a door: always both the code and the temperature (clause 4.1)."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import GateCheck, Person, RuleBook, Venue
from cases.models.people import DocumentType
from cases.policy import passing
from cases.policy.colours import Colour
from cases.selectors import deaths
from cases.selectors.colours import colours_of
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.engine.temperatures import require_possible
from cases.services.persons import documents, numbers
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, User

PACE = timedelta(minutes=1)
RESIDENT_LENGTHS = (15, 18)
LONGEST_PASSPORT = 10  # of digits alone: what is longer is a resident number that lost one
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
class _Code:
    """A code as found: its person where known here, its issuer where issued elsewhere, and its colour."""

    person: Person | None
    issuer: Division | None
    colour: Colour
    checking: bool = False  # whose code it is, or whether they live, is being checked


@dataclass(frozen=True)
class _Door:
    """What was seen of the person at the door."""

    venue: Venue
    temperature: Decimal
    mask: bool | None
    reason: str
    follows: GateCheck | None = None


@transaction.atomic
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
    _require_keeper(venue, by=by, at=at)
    require_possible(temperature)
    book = RuleBook.objects.in_force(at)
    return _record(
        _code(presented, book, at), _Door(venue, temperature, mask, reason.strip()), book, by=by, at=at
    )


@transaction.atomic
def again(earlier: GateCheck, *, mask: bool = False, reason: str = "", by: User, at: datetime) -> GateCheck:
    """Go on with a check that asked for a mask or a reason (clauses 2.2a, 2.2b)."""
    _require_keeper(earlier.venue, by=by, at=at)
    if earlier.by_id != by.pk or at > earlier.at + AGAIN:
        raise CheckIsOver()
    asks = verdict(earlier).asks
    if not asks:
        raise NothingAsked()
    if asks == "REASON" and not says(reason):
        raise AdmittedWithoutReason()
    book = RuleBook.objects.in_force(at)
    code = _Code(earlier.person, earlier.issuer, Colour(earlier.colour))
    if earlier.person is not None:
        code = _of(earlier.person.merged_into or earlier.person, book, at)
    door = _Door(
        earlier.venue,
        earlier.temperature,
        True if mask else earlier.mask,
        reason.strip() or earlier.reason,
        follows=earlier,
    )
    return _record(code, door, book, by=by, at=at)


def verdict(made: GateCheck) -> passing.Verdict:
    """Return what the rule book of its moment says of a check."""
    return passing.decide(
        made.rule_book.policy,
        made.venue.kind,
        colour=Colour(made.colour),
        temperature=made.temperature,
        mask=bool(made.mask),
        reason=bool(made.reason),
        checking=made.why == passing.Why.CHECKING,
    )


def readable(number: str) -> set[str] | uuid.UUID:
    """Return the opaque number that a text is, or the document indexes it can be; refuse what is neither."""
    try:
        return uuid.UUID(number.strip())
    except ValueError:
        found = documents.indices_as_typed(number)
    typed = "".join(char for char in number if char.isalnum())
    digit_lost = typed.isdecimal() and len(typed) > LONGEST_PASSPORT and len(typed) not in RESIDENT_LENGTHS
    if digit_lost or (not found and len(typed) in RESIDENT_LENGTHS):
        documents.normalise(DocumentType.RESIDENT_ID, number)  # says which part is mistyped
    if not found:
        raise UnreadableNumber()
    return found


def _require_keeper(venue: Venue, *, by: User, at: datetime) -> None:
    require(by, "gate.check", at=at)
    if venue.office_id != by.office_id or venue.closed_at is not None:
        raise NotAllowed()
    if GateCheck.objects.since(by, at - PACE).count() >= settings.GATE_CHECKS_PER_MINUTE:
        raise TooFast()


def _code(presented: PresentedCode, book: RuleBook, at: datetime) -> _Code:
    if presented.number and (presented.issuer or presented.colour):
        raise NumberAndIssuer()
    if presented.issuer is not None:
        return _looked_at(presented.issuer, presented.colour)
    if not presented.number.strip():
        raise NumberNotGiven()
    number = readable(presented.number)
    by_number = {"public_id": number} if isinstance(number, uuid.UUID) else {"document_index__in": number}
    found = Person.objects.filter(**by_number).select_related("merged_into").order_by("pk").first()
    if found is not None:
        return _of(found.merged_into or found, book, at)
    checking = not isinstance(number, uuid.UUID) and numbers.is_under_check(number)
    return _Code(None, None, Colour.NONE, checking)


def _of(person: Person, book: RuleBook, at: datetime) -> _Code:
    if deaths.being_checked(person.pk) is not None:
        return _Code(person, None, Colour.NONE, checking=True)
    return _Code(person, None, colours_of([person.pk], at=at, book=book)[person.pk])


def _looked_at(issuer: Division, colour: str) -> _Code:
    """Accept a code from elsewhere with the colour it displays (clause 4.2): nobody has to apply for one here."""
    if issuer.code == settings.HOME_CITY:
        raise LookedUpHere()
    home_province = settings.HOME_CITY[:2]
    of_this_province = scope.covers(home_province, issuer.code)
    if issuer.level != ("city" if of_this_province else "province"):
        raise NotAnIssuer()
    if colour not in (Colour.GREEN, Colour.YELLOW, Colour.RED):
        raise ColourMissing()
    return _Code(None, issuer, Colour(colour))


def _record(code: _Code, door: _Door, book: RuleBook, *, by: User, at: datetime) -> GateCheck:
    made = GateCheck(
        venue=door.venue,
        person=code.person,
        issuer=code.issuer,
        colour=code.colour.value,
        temperature=door.temperature,
        mask=door.mask,
        reason=door.reason,
        why=passing.Why.CHECKING.value if code.checking else "",
        rule_book=book,
        follows=door.follows,
        by=by,
        at=at,
    )
    made.why = passing.Why.CHECKING.value if code.checking else ""
    decided = verdict(made)
    made.passed, made.why = decided.passes, decided.why.value
    made.save()
    ledger.record(
        "gate.checked",
        about=made,
        by=by,
        at=at,
        venue=door.venue.pk,
        colour=made.colour,
        passed=made.passed,
        why=made.why,
        city=code.issuer.code if code.issuer else None,
        notes={"reason": door.reason},
    )
    return made
