"""Passes: printed for who has no phone, handed to a phone by a link, revoked when either is lost (clause 4.1).

A pass decides nothing and says no colour: the door asks for the colour of the moment in which it is scanned.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Pass, Person
from cases.models.passes import SHOWN
from cases.passes import signed
from cases.selectors.passes import digest, of_session, unopened, wards_of
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

PAPER, PHONE = Pass.Kind.PAPER, Pass.Kind.PHONE
SECRET = 24  # bytes of what is in a link or a cookie
HOUR = timedelta(hours=1)


class NoPass(Refusal):
    code = "passes.deceased"
    message = _("Nobody shows a code for this person any more.")


class TooManyLinks(Refusal):
    code = "passes.too_many_links"
    message = _("That is more links for one person than an hour needs: wait, and ask again.")


class LinkOver(Refusal):
    code = "passes.link_over"
    message = _("This link was used, or its two minutes are over: ask for a new one where you got it.")


class NotAWard(Refusal):
    code = "passes.not_a_ward"
    message = _("This phone shows no code of somebody whose guardian its owner is.")


class NothingToRevoke(Refusal):
    code = "passes.nothing_to_revoke"
    message = _("No pass of this person counts: there is nothing to revoke.")


@transaction.atomic
def print_paper(person: Person, *, by: User, at: datetime, seen: int | None = None) -> Pass:
    """Make the pass that is printed for a person; it revokes the one that was printed before."""
    require(by, "pass.print", at=at, person=person)
    return _print(person, by=by, at=at, seen=seen)


@transaction.atomic
def print_own(session: str, *, at: datetime) -> Pass:
    """Make the pass that the phone of this session prints, in the name of the channel that handed the code over."""
    phone = of_session(session, at)
    if phone is None:
        raise LinkOver()
    return _print(phone.person, by=phone.issued_by, at=at)


@transaction.atomic
def revoke(person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None) -> list[Pass]:
    """Revoke what shows this person's code, the paper and the phone: from now no door takes either."""
    require(by, "pass.revoke", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    standing = [one for kind in (PAPER, PHONE) for one in _not_revoked(person, kind) if one.ends_at > at]
    if not standing:
        raise NothingToRevoke()
    _revoke(standing, why=reason, by=by, at=at)
    return standing


@transaction.atomic
def hand_off(person: Person, *, by: User, at: datetime, seen: int | None = None) -> tuple[Pass, str]:
    """Make a link by which one phone shows this person's code; return its row and the link's secret part."""
    require(by, "pass.hand_off", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    _require_living(person)
    lately = Pass.objects.filter(person__among=person.group, kind=PHONE, issued_at__gt=at - HOUR)
    if lately.count() >= settings.PASS_LINKS_PER_HOUR:
        raise TooManyLinks(retry_after=int(HOUR.total_seconds()))
    secret = secrets.token_urlsafe(SECRET)
    link = {"link": digest(secret), "link_ends_at": at + timedelta(seconds=settings.PASS_LINK_SECONDS)}
    made = _made(person, PHONE, timedelta(hours=settings.PASS_PHONE_HOURS), by=by, at=at, **link)
    ledger.record("pass.handed_off", about=made, by=by, at=at)
    return made, secret


@transaction.atomic
def use_up(secret: str, *, at: datetime) -> str:
    """Use a link up; return the secret of the session that it opens. It revokes the phone that showed the code before.

    Of any number of attempts at once one comes through: the row is written where it was not used yet.
    """
    found = unopened(secret, at)
    if found is None:
        raise LinkOver()
    at = lock([found.person], at=at)
    session = secrets.token_urlsafe(SECRET)
    _revoke(_not_revoked(found.person, PHONE), by=found.issued_by, at=at)
    waiting = Pass.objects.filter(pk=found.pk, opened_at=None, revoked_at=None, link_ends_at__gte=at)
    if not waiting.update(opened_at=at, session=digest(session)):
        raise LinkOver()
    found.refresh_from_db()
    ledger.record("pass.opened", about=found, by=found.issued_by, at=at)
    return session


@transaction.atomic
def open_ward(session: str, ward: Person, *, at: datetime) -> str:
    """Let a guardian's phone show a ward's code too, until it ends; return the secret of that session.

    Whoever was identified as the guardian needs no link: the channel that handed their code over answers for it.
    """
    phone = of_session(session, at)
    if phone is None:
        raise LinkOver()
    at = lock([phone.person, ward], at=at)
    if not wards_of(phone.person).filter(pk=ward.pk).exists():
        raise NotAWard()
    opened = secrets.token_urlsafe(SECRET)
    _revoke(_not_revoked(ward, PHONE), by=phone.issued_by, at=at)
    link = {"link": digest(secrets.token_urlsafe(SECRET)), "link_ends_at": at}
    own = {"opened_at": at, "session": digest(opened)}
    made = _made(ward, PHONE, phone.ends_at - at, by=phone.issued_by, at=at, **link, **own)
    ledger.record("pass.opened", about=made, by=phone.issued_by, at=at, phone=phone.audit_target)
    return opened


@transaction.atomic
def leave(session: str, *, at: datetime) -> None:
    """Let the phone itself end that it shows the code; nothing where it does not any more."""
    found = of_session(session, at)
    if found is not None:
        at = lock([found.person], at=at)
        found.refresh_from_db()
        if found.revoked_at is None:
            _revoke([found], by=found.issued_by, at=at)


def _print(person: Person, *, by: User, at: datetime, seen: int | None = None) -> Pass:
    at = lock([person], at=at, seen=seen)
    _require_living(person)
    _revoke(_not_revoked(person, PAPER), by=by, at=at)
    made = _made(person, PAPER, timedelta(days=settings.PASS_PAPER_DAYS), by=by, at=at)
    ledger.record("pass.printed", about=made, by=by, at=at)
    return made


def _require_living(person: Person) -> None:
    if any(record.deceased_on is not None for record in person.group):
        raise NoPass()


def _not_revoked(person: Person, kind: str) -> list[Pass]:
    found = Pass.objects.filter(SHOWN, person__among=person.group, kind=kind, revoked_at=None)
    return list(found.order_by("pk"))


def _made(person: Person, kind: str, lasts: timedelta, *, by: User, at: datetime, **link: object) -> Pass:
    handle = secrets.token_hex(signed.HANDLE)
    of_whom = {"person_id": person.root_id, "kind": kind, "handle": handle}
    return Pass.objects.create(**of_whom, issued_by=by, issued_at=at, ends_at=at + lasts, **link)


def _revoke(found: Iterable[Pass], *, why: str = "", by: User, at: datetime) -> None:
    for one in found:
        one.revoked_by, one.revoked_at, one.why = by, at, why
        one.save(update_fields=["revoked_by", "revoked_at", "why"])
        ledger.record("pass.revoked", about=one, by=by, at=at, notes={"reason": why})
