"""Checks that a door took without a network and sends later: each once, with the answer that it gave (clause 4.1).

The signature of a pass bounds what a wrong clock can claim: it counts at the door's instant or it is out of date.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import GateCheck, RuleBook, Venue
from cases.passes import signed
from cases.policy.colours import Colour
from cases.policy.passing import Why
from cases.selectors import door
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.engine.temperatures import require_possible
from cases.services.gates import checks
from healthcode.core.audit.batched import prepare
from healthcode.core.offices.models import User

LATEST = timedelta(hours=24)  # how long a check may wait, and how old the book may be by which a door decides
MOST = 100  # checks that are sent at once


class TooLate(Refusal):
    code = "gates.late.too_old"
    message = _(
        "This check is older than a day, or of a time that has not come yet: it is not taken any more."
    )
    field = "taken_at"


class NumberNeedsNetwork(Refusal):
    code = "gates.late.number"
    message = _("A number cannot be checked without a network: check the person anew.")
    field = "number"


class OldBook(Refusal):
    code = "gates.late.old_book"
    message = _("The door decided by a rule book that was not in force any more for a day.")
    field = "rule_book"


class NotSaid(Refusal):
    code = "gates.late.not_said"
    message = _("Say whether the person was let through: nobody could verify the code.")
    field = "let_through"


@dataclass(frozen=True)
class Taken:
    """A check as a door took it; `by_telephone`: the colour that the service point named for paper."""

    device_id: uuid.UUID
    taken_at: datetime
    presented: checks.PresentedCode
    temperature: Decimal
    venue: Venue
    rule_book: int
    mask: bool | None = None
    reason: str = ""
    by_telephone: str = ""
    let_through: bool | None = None  # what the keeper did, where the code could not be verified


def take(taken: Taken, *, by: User, at: datetime) -> tuple[GateCheck, bool]:
    """Record a check that was taken before, and tell whether it is new. What was sent already is not taken again."""
    require(by, "gate.check", at=at)
    if (before := _sent(taken, by)) is not None:
        return before, False
    made = _decided(taken, by=by, at=at)
    try:
        with transaction.atomic():
            prepare(made)
            made.save(force_insert=True)
    except IntegrityError:  # its twin came first
        if (before := _sent(taken, by)) is None:
            raise
        return before, False
    return made, True


def _sent(taken: Taken, by: User) -> GateCheck | None:
    return GateCheck.objects.filter(by=by, device_id=taken.device_id).select_related("rule_book").first()


def _decided(taken: Taken, *, by: User, at: datetime) -> GateCheck:
    """Return the check as the door decided it, beside what the code was at that moment."""
    if not at - LATEST <= taken.taken_at <= at + signed.SKEW:
        raise TooLate()
    require_possible(taken.temperature)
    then = min(taken.taken_at, at)
    number = checks.number_of(taken.presented)
    if number and not isinstance(number, door.Scanned):
        raise NumberNeedsNetwork()
    looked = door.look(door.Asked(then, user=by.pk, venue=taken.venue.pk, number=number))
    if looked is None or looked.venue is None:
        raise NotAllowed()
    looked = replace(looked, book=_book(taken.rule_book, then), next_check=None)
    if isinstance(number, door.Scanned):
        code = _of_pass(looked, number, taken, then)
    else:
        assert taken.presented.issuer is not None
        code = checks.looked_at(taken.presented.issuer, taken.presented.colour)
    seen = checks.Observed(taken.temperature, taken.mask, taken.reason.strip())
    made = checks.unsaved(looked, code, seen, by=by, at=then)
    if made.why == Why.UNVERIFIED:
        if taken.let_through is None:
            raise NotSaid()
        made.passed = taken.let_through
    made.sent_at, made.device_id = at, taken.device_id
    made.colour_then = looked.colour.value if code.person else ""
    return made


def _of_pass(looked: door.Look, scanned: door.Scanned, taken: Taken, then: datetime) -> checks.Code:
    """Return what a door knows of a pass without a network: a phone's colour, and of paper what it was told."""
    against = checks.against_pass(looked, scanned, then)
    on_pass = checks.on_pass_of(scanned)
    # That a pass was revoked no door without a network can know.
    if against is not None and against != Why.REVOKED:
        return checks.Code(looked.person, None, Colour.NONE, against, on_pass)
    on_paper = on_pass == GateCheck.Shown.PAPER
    colour = taken.by_telephone if on_paper else on_pass
    untold = None if colour else Why.UNVERIFIED
    return checks.Code(looked.person, None, Colour(colour or Colour.NONE), untold, on_pass)


def _book(key: int, then: datetime) -> RuleBook:
    """Return the book by which a door decided; one that was in force within the day before."""
    book = RuleBook.objects.filter(pk=key, adopted_at__lte=then).first()
    followed = RuleBook.objects.filter(adopted_at__lte=then - LATEST)
    if book is None or followed.filter(adopted_at__gt=book.adopted_at).exists():
        raise OldBook()
    return book
