"""Heads of offices, who hand over a colleague's persons and tickets: named by two administrators, released by one."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, seats
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal


class HeadAlready(Refusal):
    code = "heads.already"
    message = _("This account heads its office already.")


class HeadAsked(Refusal):
    code = "heads.asked"
    message = _("This is asked for already: another administrator has to grant it.")


class HeadNotAsked(Refusal):
    code = "heads.not_asked"
    message = _("Nobody has asked that this account head its office.")


class HeadAskedYourself(Refusal):
    code = "heads.same_administrator"
    message = _("You asked for this yourself: another administrator has to grant it.")


class NoHead(Refusal):
    code = "heads.none"
    message = _("This account heads no office, and nobody asked that it should.")


@transaction.atomic
def ask(user: User, *, by: User, at: datetime) -> None:
    """Ask that an account head its office; another administrator grants it."""
    user = accounts.of_another(user, by)
    if not user.is_active:
        raise accounts.NotInUse()
    if user.is_head:
        raise HeadAlready()
    if user.head_asked_by_id is not None:
        raise HeadAsked()
    user.head_asked_by, user.head_asked_at = by, at
    _save("account.head_asked", user, by=by, at=at)


@transaction.atomic
def grant(user: User, *, by: User, at: datetime) -> None:
    """Name the head of an office as another administrator asked."""
    user = accounts.of_another(user, by)
    if user.head_asked_by is None:
        raise HeadNotAsked()
    if seats.are_one_human(user.head_asked_by, by):
        raise HeadAskedYourself()
    user.is_head, user.head_asked_by, user.head_asked_at = True, None, None
    _save("account.head_set", user, by=by, at=at, head=True)


@transaction.atomic
def release(user: User, *, by: User, at: datetime) -> None:
    """Take the head of an office that part away, or what was asked: whoever loses power needs no second person."""
    user = accounts.of_another(user, by)
    if not user.is_head and user.head_asked_by_id is None:
        raise NoHead()
    user.is_head, user.head_asked_by, user.head_asked_at = False, None, None
    _save("account.head_set", user, by=by, at=at, head=False)


def _save(action: str, user: User, *, by: User, at: datetime, **body: Any) -> None:
    user.save(update_fields=["is_head", "head_asked_by", "head_asked_at"])
    ledger.record(action, about=user, by=by, at=at, user=user.username, **body)
