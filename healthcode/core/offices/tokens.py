"""Tokens of machines: prepared by one, granted by another, shown once, stored as a hash, expiring, revocable."""

import hashlib
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.db.models import QuerySet
from django.db.models.expressions import Expression
from django.utils.translation import gettext_lazy as _

from healthcode.core import outages
from healthcode.core.audit import ledger
from healthcode.core.offices import roles, seats, staff
from healthcode.core.offices.models import Token, User
from healthcode.core.offices.refusals import NotAllowed, Refusal

NOTED_EVERY = timedelta(minutes=10)
PARTED = re.compile(r"[\s,;、]+")
MOST_ADDRESSES = 11  # each of at most 43 characters, and one between

# A kind of file is sent through the one address for files: whoever may send the one is let in at the other.
KINDS = ("line_list", "grounds", "results", "areas", "codes", "presences", "declarations")
THROUGH = {f"batch.{kind}": "batch.deliver" for kind in KINDS}


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


class OpensNothing(Refusal):
    code = "tokens.opens_nothing"
    message = _("Say what the token is for: at least one act, and only acts of this machine.")
    field = "acts"


class NotAnAddress(Refusal):
    code = "tokens.not_an_address"
    message = _("“%(text)s” is no address and no network, such as 10.1.2.3 or 10.1.2.0/24.")
    field = "addresses"


class TooManyAddresses(Refusal):
    code = "tokens.too_many_addresses"
    message = _("These are more than %(limit)s addresses: name the networks that they are in.")
    field = "addresses"


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
def prepare(
    user: User,
    *,
    label: str,
    acts: Collection[str],
    addresses: str = "",
    expires_at: datetime,
    by: User,
    at: datetime,
) -> Token:
    """Prepare a token of a machine for some of its acts. It opens nothing until another administrator grants it.

    A kind of file opens with it the address through which files are sent.
    `addresses`: from which alone it is taken, addresses or networks with spaces between; from anywhere if empty.
    """
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
    if not acts or set(acts) - set(roles.acts_of(user.role)):
        raise OpensNothing()
    acts = {*acts, *(THROUGH[act] for act in acts if act in THROUGH)}
    fields = {"acts": " ".join(sorted(acts)), "addresses": _networks(addresses), "expires_at": expires_at}
    token = Token.objects.create(user=user, label=label, created_at=at, created_by=by, **fields)
    ledger.record("token.prepared", about=token, by=by, at=at, user=user.username, **_scope(token))
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
    ledger.record("token.issued", about=token, by=by, at=at, user=user, **_scope(token))
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


def holder(secret: str, *, at: datetime, address: str = "") -> User | None:
    """Return the active user a valid token speaks for, narrowed to it; None from an address that is not its own."""
    token = valid(digest(secret), at).select_related("user__office__division").first()
    if token is None or not _is_from(token, address):
        return None
    token.user.bearer = token
    return token.user


def note_use(token: Token, *, at: datetime) -> None:
    """Write when a token was last used, once in a while: each request would write a row else."""
    if token.last_used_at is not None and at - token.last_used_at <= NOTED_EVERY:
        return
    try:
        with transaction.atomic():
            Token.objects.filter(pk=token.pk).update(last_used_at=at)
    except Error as error:  # what can be read while nothing can be written is read
        if not outages.cannot_write(error):
            raise


def _is_from(token: Token, address: str) -> bool:
    if not token.addresses:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A server that listens on both kinds of address calls 10.1.2.3 `::ffff:10.1.2.3`.
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(one) for one in token.addresses.split())


def _networks(text: str) -> str:
    """Return addresses and networks in one spelling, one space between."""
    found = []
    for one in PARTED.split(unicodedata.normalize("NFKC", text).strip()):
        if not one:
            continue
        try:
            found.append(str(ipaddress.ip_network(one, strict=False)))
        except ValueError as error:
            raise NotAnAddress(text=one) from error
    if len(set(found)) > MOST_ADDRESSES:
        raise TooManyAddresses(limit=MOST_ADDRESSES)
    return " ".join(dict.fromkeys(found))


def _scope(token: Token) -> dict[str, Any]:
    """Return what the ledger says of a token: what it opens, from where, and until when."""
    return {"acts": token.acts.split(), "addresses": token.addresses or None, "expires": token.expires_at}


def valid(kept: str | Expression, at: datetime | Expression) -> QuerySet[Token]:
    """Find the token of a digest, if at that instant an active user has it: not expired, not revoked."""
    return Token.objects.filter(digest=kept, revoked_at=None, expires_at__gt=at, user__is_active=True)


def digest(secret: str) -> str:
    """Return what is stored of a token's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
