"""Passkeys (W3C Web Authentication): a second factor that answers no false page, beside an authenticator's codes."""

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import webauthn
from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.translation import gettext_lazy as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, second_factor
from healthcode.core.offices.models import Passkey, SecondFactor, User
from healthcode.core.offices.refusals import Refusal

MOST = 10  # of one account
CHALLENGE = 32  # bytes
LONGEST = 20_000  # signs of what a browser answers with
TIMEOUT = 5 * 60 * 1000  # milliseconds that the browser's dialog stays open


class PasskeyWrong(Refusal):
    code = "passkeys.wrong"
    message = _("This passkey was not accepted: it is not yours, was removed, or the page was open too long.")
    field = "code"


class PasskeyNotMade(Refusal):
    code = "passkeys.not_made"
    message = _("The device answered with nothing that could be kept: try once more, or take another device.")
    field = "name"


class PasskeyKnown(Refusal):
    code = "passkeys.known"
    message = _("This device is registered already.")
    field = "name"


class PasskeyNameTaken(Refusal):
    code = "passkeys.name_taken"
    message = _("Another passkey of yours has this name.")
    field = "name"


class TooManyPasskeys(Refusal):
    code = "passkeys.too_many"
    message = _("You have %(most)s passkeys: remove one first.")
    field = "name"


class NoSuchPasskey(Refusal):
    code = "passkeys.unknown"
    message = _("You have no such passkey: it was removed meanwhile.")


@dataclass(frozen=True)
class Site:
    """Where a passkey is good: the host name, and the origin that the browser has to name."""

    host: str
    origin: str


def site_of(request: HttpRequest) -> Site | None:
    """Return where a request came to; None where browsers have no passkeys: at an address, and without TLS."""
    host = split_domain_port(request.get_host())[0]
    if _is_address(host) or not (request.is_secure() or host == "localhost"):
        return None
    return Site(host, f"{request.scheme}://{request.get_host().lower()}")


def new_challenge() -> str:
    """Return what a device has to sign: drawn for one page, used once."""
    return bytes_to_base64url(secrets.token_bytes(CHALLENGE))


def of(user: User) -> list[Passkey]:
    """Return the passkeys of an account, the oldest first."""
    return list(Passkey.objects.filter(user_id=user.pk, removed_at=None).order_by("added_at", "pk"))


def registration(user: User, challenge: str, *, site: Site) -> dict[str, Any]:
    """Return what a browser needs to make a passkey for an account."""
    selection = AuthenticatorSelectionCriteria(
        resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
    )
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=str(_("Health-code portal")),
        user_id=_handle(user),
        user_name=user.username,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT,
        authenticator_selection=selection,
        exclude_credentials=_descriptors(user, site),
    )
    return options_to_json_dict(options)


def authentication(user: User, challenge: str, *, site: Site | None) -> dict[str, Any] | None:
    """Return what a browser needs to ask a device of this account; None where none is good here."""
    known = [] if site is None else _descriptors(user, site)
    if site is None or not known:
        return None
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT,
        allow_credentials=known,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json_dict(options)


@transaction.atomic
def add(user: User, answer: str, challenge: str, *, name: str, site: Site, at: datetime) -> Passkey:
    """Register what a device made. Raises PasskeyNotMade, PasskeyKnown, TooManyPasskeys, NoSecondFactor."""
    user = accounts.locked(user)
    if second_factor.factor_of(user) is None:
        raise second_factor.NoSecondFactor()
    if len(of(user)) >= MOST:
        raise TooManyPasskeys(most=MOST)
    _require_free(user, name)
    made = _verified(
        webauthn.verify_registration_response,
        answer,
        PasskeyNotMade,
        expected_challenge=base64url_to_bytes(challenge),
        expected_rp_id=site.host,
        expected_origin=site.origin,
    )
    digest = hashlib.sha256(made.credential_id).hexdigest()
    if Passkey.objects.filter(digest=digest).exists():
        raise PasskeyKnown()
    passkey = Passkey.objects.create(
        user=user,
        host=site.host,
        name=name,
        credential=bytes_to_base64url(made.credential_id),
        digest=digest,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        is_copied=made.credential_backed_up,
        added_at=at,
    )
    _record("account.passkey_added", passkey, user, at=at)
    return passkey


def verify(user: User, answer: str, challenge: str, *, site: Site, at: datetime) -> SecondFactor:
    """Return the second factor beside which this passkey stands. Raises PasskeyWrong, TooManyCodes."""
    with transaction.atomic():
        user = accounts.locked(user)
        factor = second_factor.factor_of(user)
        if factor is None:
            raise second_factor.NoSecondFactor()
        second_factor.require_tries_left(user, at)
        if (passkey := _answered(user, answer, challenge, site=site)) is not None:
            passkey.last_used_at = at
            passkey.save(update_fields=["sign_count", "is_copied", "last_used_at"])
            _record("session.passkey_used", passkey, user, at=at)
            return factor
        ledger.record("session.passkey_refused", about=user, by=user, at=at)
    raise PasskeyWrong()


@transaction.atomic
def rename(user: User, key: int, name: str, *, at: datetime) -> Passkey:
    """Give a passkey of one's own another name."""
    passkey = _own(user, key)
    if passkey.name != name:
        _require_free(user, name)
        passkey.name = name
        passkey.save(update_fields=["name"])
        _record("account.passkey_named", passkey, passkey.user, at=at)
    return passkey


@transaction.atomic
def remove(user: User, key: int, *, at: datetime) -> Passkey:
    """Take a passkey of one's own away; it is asked for nowhere from now on."""
    passkey = _own(user, key)
    passkey.removed_by, passkey.removed_at = passkey.user, at
    passkey.save(update_fields=["removed_by", "removed_at"])
    _record("account.passkey_removed", passkey, passkey.user, at=at)
    return passkey


def _answered(user: User, answer: str, challenge: str, *, site: Site) -> Passkey | None:
    """Return the passkey that gave an answer, with what the device says of itself; None where it does not count."""
    rows = Passkey.objects.select_for_update().filter(user=user, host=site.host, removed_at=None)
    passkey = rows.filter(digest=_digest(answer)).first()
    if passkey is None:
        return None
    try:
        found = _verified(
            webauthn.verify_authentication_response,
            answer,
            PasskeyWrong,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
        )
    except PasskeyWrong:
        return None
    passkey.sign_count, passkey.is_copied = found.new_sign_count, found.credential_backed_up
    return passkey


def _verified(verify: Callable[..., Any], answer: str, refusal: type[Refusal], **expected: Any) -> Any:
    if len(answer) > LONGEST:
        raise refusal()
    try:
        return verify(credential=answer, **expected)
    except (
        Exception
    ) as error:  # whatever a stranger sends: CBOR, certificates and JSON each fail in their own way
        raise refusal() from error


def _digest(answer: str) -> str:
    """Return under which digest the credential is kept that an answer names; "" where it names none."""
    try:
        return hashlib.sha256(base64url_to_bytes(json.loads(answer[:LONGEST])["rawId"])).hexdigest()
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _own(user: User, key: int) -> Passkey:
    user = accounts.locked(user)
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("user")
    passkey = rows.filter(pk=key, user=user, removed_at=None).first()
    if passkey is None:
        raise NoSuchPasskey()
    return passkey


def _require_free(user: User, name: str) -> None:
    if Passkey.objects.filter(user_id=user.pk, removed_at=None, name=name).exists():
        raise PasskeyNameTaken()


def _descriptors(user: User, site: Site) -> list[PublicKeyCredentialDescriptor]:
    keys = [passkey.credential for passkey in of(user) if passkey.host == site.host]
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key)) for key in keys]


def _handle(user: User) -> bytes:
    """Return what a device calls the account: nobody reads from it whose it is."""
    return bytes.fromhex(vault.blind_index(str(user.pk), kind="passkey-owner"))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return not host
    return True


def _record(action: str, passkey: Passkey, user: User, *, at: datetime) -> None:
    ledger.record(
        action, about=user, by=user, at=at, user=user.username, passkey=passkey.audit_key, also=[passkey]
    )
