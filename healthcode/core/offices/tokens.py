"""Tokens of machines: prepared by one, granted by another, shown once, stored as a hash, expiring, revocable."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import Expression
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import seats, staff
from healthcode.core.offices.models import Token, User
from healthcode.core.offices.refusals import NotAllowed, Refusal


class NotAMachine(Refusal):
    """A token for a clerk would let whoever issued it act in the clerk's name."""

    code = "tokens.not_a_machine"
    message = _("Only machines and gates have tokens; people log in with a password.")
    field = "user"


class NotGranted(Refusal):
    code = "tokens.account_not_granted"
    message = _("This account has not been granted yet.")
    field = "user"


class AlreadyExpired(Refusal):
    code = "tokens.already_expired"
    message = _("The day of expiry has to lie in the future.")
    field = "expires_at"


class LivesTooLong(Refusal):
    code = "tokens.lives_too_long"
    message = _("A token lives for %(days)s days at the longest.")
    field = "expires_at"


class PreparedYourself(Refusal):
    code = "tokens.same_administrator"
    message = _("You prepared this token yourself: another administrator has to grant it.")


class TokenGranted(Refusal):
    code = "tokens.already_granted"
    message = _("This token has already been granted.")


class AlreadyRevoked(Refusal):
    code = "tokens.already_revoked"
    message = _("This token has already been revoked.")


@transaction.atomic
def prepare(user: User, *, label: str, expires_at: datetime, by: User, at: datetime) -> Token:
    """Prepare a token of a machine. It opens nothing until another administrator grants it."""
    if not by.may("account.manage"):
        raise NotAllowed()
    if user.role not in staff.TOKEN_HOLDERS:
        raise NotAMachine()
    if not user.is_active:
        raise NotGranted()
    if expires_at <= at:
        raise AlreadyExpired()
    if expires_at > at + timedelta(days=settings.TOKEN_DAYS):
        raise LivesTooLong(days=settings.TOKEN_DAYS)
    token = Token.objects.create(user=user, label=label, created_at=at, created_by=by, expires_at=expires_at)
    ledger.record("token.prepared", about=token, by=by, at=at, user=user.username, expires=expires_at)
    return token


@transaction.atomic
def grant(token: Token, *, by: User, at: datetime) -> str:
    """Let a prepared token open what its machine may; return its secret, which is never shown again."""
    if not by.may("account.manage"):
        raise NotAllowed()
    token = Token.objects.select_for_update().select_related("user", "created_by").get(pk=token.pk)
    if token.granted_at is not None:
        raise TokenGranted()
    if token.revoked_at is not None:
        raise AlreadyRevoked()
    if seats.are_one_human(token.created_by, by):
        raise PreparedYourself()
    if not token.user.is_active:
        raise NotGranted()
    if token.expires_at <= at:
        raise AlreadyExpired()
    secret = secrets.token_urlsafe(32)
    token.digest, token.granted_by, token.granted_at = digest(secret), by, at
    token.save(update_fields=["digest", "granted_by", "granted_at"])
    user = token.user.username
    ledger.record("token.issued", about=token, by=by, at=at, user=user, expires=token.expires_at)
    return secret


@transaction.atomic
def revoke(token: Token, *, by: User, at: datetime) -> None:
    """Make a token useless from now on, granted or not."""
    if not by.may("account.manage"):
        raise NotAllowed()
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise AlreadyRevoked()
    token.refresh_from_db()
    ledger.record("token.revoked", about=token, by=by, at=at, user=token.user.username)


def holder(secret: str, *, at: datetime) -> User | None:
    """Return the active user a valid token speaks for."""
    token = valid(digest(secret), at).select_related("user__office__division").first()
    return token.user if token else None


def valid(kept: str | Expression, at: datetime | Expression) -> QuerySet[Token]:
    """Find the token of a digest, if at that instant an active user has it: not expired, not revoked."""
    return Token.objects.filter(digest=kept, revoked_at=None, expires_at__gt=at, user__is_active=True)


def digest(secret: str) -> str:
    """Return what is stored of a token's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
