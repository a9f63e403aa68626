"""Passes: printed for who has no phone, revoked when the paper is lost (clause 4.1).

A pass decides nothing and says no colour: the door asks for the colour of the moment in which it is scanned.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Pass, Person
from cases.passes import signed
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class NoPass(Refusal):
    code = "passes.deceased"
    message = _("Nobody shows a code for this person any more.")


class NothingToRevoke(Refusal):
    code = "passes.nothing_to_revoke"
    message = _("No pass of this person counts: there is nothing to revoke.")


@transaction.atomic
def print_paper(person: Person, *, by: User, at: datetime, seen: int | None = None) -> Pass:
    """Make the pass that is printed for a person; it revokes the one that was printed before."""
    require(by, "pass.print", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if any(record.deceased_on is not None for record in Person.objects.filter(pk__in=person.group)):
        raise NoPass()
    for earlier in _not_revoked(person):
        _revoke(earlier, why="", by=by, at=at)
    made = Pass.objects.create(
        person_id=person.root_id,
        kind=Pass.Kind.PAPER,
        handle=secrets.token_hex(signed.HANDLE),
        issued_by=by,
        issued_at=at,
        ends_at=at + timedelta(days=settings.PASS_PAPER_DAYS),
    )
    ledger.record("pass.printed", about=made, by=by, at=at)
    return made


@transaction.atomic
def revoke(person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Pass:
    """Revoke the pass that was printed for a person: from now no door takes it."""
    require(by, "pass.revoke", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    standing = [one for one in _not_revoked(person) if one.ends_at > at]
    if not standing:
        raise NothingToRevoke()
    for one in standing:
        _revoke(one, why=reason, by=by, at=at)
    return standing[0]


def _not_revoked(person: Person) -> list[Pass]:
    return list(Pass.objects.filter(person__in=person.group, revoked_at=None).order_by("pk"))


def _revoke(one: Pass, *, why: str, by: User, at: datetime) -> None:
    one.revoked_by, one.revoked_at, one.why = by, at, why
    one.save(update_fields=["revoked_by", "revoked_at", "why"])
    ledger.record("pass.revoked", about=one, by=by, at=at, notes={"reason": why})
