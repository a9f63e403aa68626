"""Tokens of machine clients: shown once, stored as a hash, expiring, revocable."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import staff
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


class AlreadyRevoked(Refusal):
    code = "tokens.already_revoked"
    message = _("This token has already been revoked.")


@transaction.atomic
def issue(user: User, *, label: str, expires_at: datetime, by: User, at: datetime) -> tuple[Token, str]:
    """Make a token and return it with its secret, which is never shown again."""
    if not by.may("account.manage"):
        raise NotAllowed()
    if user.role not in staff.TOKEN_HOLDERS:
        raise NotAMachine()
    if not user.is_active:
        raise NotGranted()
    if expires_at <= at:
        raise AlreadyExpired()
    secret = secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=user, label=label, digest=digest(secret), created_at=at, created_by=by, expires_at=expires_at
    )
    ledger.record("token.issued", about=token, by=by, at=at, user=user.username, expires=expires_at)
    return token, secret


@transaction.atomic
def revoke(token: Token, *, by: User, at: datetime) -> None:
    """Make a token useless from now on."""
    if not by.may("account.manage"):
        raise NotAllowed()
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise AlreadyRevoked()
    token.refresh_from_db()
    ledger.record("token.revoked", about=token, by=by, at=at, user=token.user.username)


def holder(secret: str, *, at: datetime) -> User | None:
    """Return the active user a valid token speaks for."""
    token = (
        Token.objects.filter(digest=digest(secret), revoked_at=None, expires_at__gt=at, user__is_active=True)
        .select_related("user__office__division")
        .first()
    )
    return token.user if token else None


def digest(secret: str) -> str:
    """Return what is stored of a token's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
