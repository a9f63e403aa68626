"""Rule books: proposed by the policy editor, decided by a duty lead, adopted when their instant has come."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook
from cases.models.proposals import Decision
from cases.models.rulebooks import NUMBER_LENGTH, VERSION_LENGTH, parsed
from cases.policy import days
from cases.policy.rulebook import Policy, RuleBookError
from cases.services.book import adoption
from cases.services.engine import in_force, second_person
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import User

FURTHEST = 366  # days ahead that a version may wait for its instant
LONGEST = 500_000  # characters; the shipped ones have 50,000


class BooksCityOnly(NotAllowed):
    code = "book.city_only"
    message = _("Rule books are proposed and decided at city level.")


class BookUnreadable(Refusal):
    """The text is no rule book; the message is the reader's own, with line and key."""

    code = "book.unreadable"
    field = "file"


class BookTooLong(Refusal):
    code = "book.too_long"
    message = _("A rule book has at most %(limit)s characters.")
    field = "file"


class NamesTooLong(Refusal):
    code = "book.names_too_long"
    message = _("`version` has at most %(version)s characters, `document_number` at most %(number)s.")
    field = "file"


class VersionTaken(Refusal):
    code = "book.version_taken"
    message = _("There is a rule book “%(version)s” already: give this one another `version`.")
    field = "file"


class InstantMissing(Refusal):
    code = "book.effective.missing"
    message = _("Say from when the rule book counts.")
    field = "effective_from"


class BeforeTheOneInForce(Refusal):
    code = "book.effective.before_the_one_in_force"
    message = _("This lies before the rule book in force took effect (%(since)s).")
    field = "effective_from"


class TooFarAhead(Refusal):
    code = "book.effective.too_far_ahead"
    message = _("This lies more than %(days)s days ahead.")
    field = "effective_from"


class AlteredSinceDecided(Refusal):
    code = "book.altered_since_decided"
    message = _(
        "Rule book “%(version)s” is not what was decided, and is not adopted: verify the ledger (verify_audit)."
    )


@transaction.atomic
def propose(text: str, *, effective_from: datetime, reason: str = "", by: User, at: datetime) -> RuleBook:
    """Propose a version; nothing rests on it before a duty lead approves and its instant has come."""
    _require_city(by, "rulebook.propose", at)
    policy = read(text)
    if RuleBook.objects.filter(version=policy.version).exclude(decision=Decision.REFUSED).exists():
        raise VersionTaken(version=policy.version)
    _check_instant(effective_from, at)
    try:
        with transaction.atomic():
            book = RuleBook.objects.create(
                **_fields_of(text, policy),
                effective_from=effective_from,
                reason=reason,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:  # somebody else proposed it at this very moment
        raise VersionTaken(version=policy.version) from error
    _record("rulebook.proposed", book, by=by, at=at, reason=reason)
    return book


@transaction.atomic
def decide(
    book: RuleBook,
    *,
    approve: bool,
    effective_from: datetime | None = None,
    answer: str = "",
    by: User,
    at: datetime,
) -> None:
    """Approve a version from an instant on, or send it back: another person of another office."""
    _require_city(by, "rulebook.decide", at)
    if approve:
        if effective_from is None:
            raise InstantMissing()
        _check_instant(effective_from, at)
        RuleBook.objects.filter(pk=book.pk, decision=Decision.PENDING).update(effective_from=effective_from)
    second_person.decide(book, act="rulebook.decide", approve=approve, answer=answer, by=by, at=at)
    action = "rulebook.approved" if approve else "rulebook.refused"
    instant = book.effective_from if approve else None
    _record(action, book, by=by, at=at, reason=answer, effective=instant)


def adopt_due(*, by: User, at: datetime) -> int:
    """Adopt every approved version whose instant has come, in the order of their instants. Return how many.

    Raises AlteredSinceDecided afterwards, where one is not what was decided: the timer reports it.
    """
    adopted = 0
    while adoption.adopt_next(at=at) is not None:
        adopted += 1
    if (passed_over := RuleBook.objects.due(at).first()) is not None:
        raise AlteredSinceDecided(version=passed_over.version)
    return adopted


@transaction.atomic
def adopt_first(text: str, *, effective_from: datetime, proposer: User, by: User, at: datetime) -> RuleBook:
    """Put the first rule book in force; one that was adopted stays, though a later release ships another text of it."""
    policy = parsed(text)
    existing = RuleBook.objects.filter(version=policy.version).exclude(adopted_at=None).first()
    if existing is not None:
        return existing
    book = RuleBook.objects.create(
        **_fields_of(text, policy), effective_from=effective_from, proposed_by=proposer, proposed_at=at
    )
    # Three steps, as with any other: the database lets no book begin decided.
    second_person.write(book, approve=True, by=by, at=at)
    book.adopted_at = effective_from
    book.save(update_fields=["adopted_at"])
    _record("rulebook.adopted", book, by=by, at=at, also=in_force.admit(book))
    return book


def read(text: str) -> Policy:
    """Return a text as a rule book; refuse it with the line and the key of the first fault."""
    if len(text) > LONGEST:
        raise BookTooLong(limit=LONGEST)
    try:
        policy = parsed(text)
    except RuleBookError as error:
        raise BookUnreadable(error.words) from error
    if len(policy.version) > VERSION_LENGTH or len(policy.document_number) > NUMBER_LENGTH:
        raise NamesTooLong(version=VERSION_LENGTH, number=NUMBER_LENGTH)
    return policy


def _check_instant(effective_from: datetime, at: datetime) -> None:
    since = RuleBook.objects.in_force(at).effective_from
    if effective_from < since:
        raise BeforeTheOneInForce(since=days.moment(since))
    if effective_from > at + FURTHEST * days.ONE_DAY:
        raise TooFarAhead(days=FURTHEST)


def _fields_of(text: str, policy: Policy) -> dict[str, str]:
    return {
        "version": policy.version,
        "document_number": policy.document_number,
        "text": text,
        "sha256": _digest(text),
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _require_city(by: User, act: str, at: datetime) -> None:
    require(by, act, at=at)
    if by.jurisdiction != settings.HOME_CITY:
        raise BooksCityOnly()


def _record(
    action: str,
    book: RuleBook,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    effective: datetime | None = None,
    also: Iterable[Recorded] = (),
) -> None:
    ledger.record(
        action,
        by=by,
        at=at,
        about=book,
        sha256=book.sha256,
        effective=effective,
        also=also,
        notes={"reason": reason},
    )
