"""Log-in through a directory of the government (OpenID Connect): a code, exchanged with our secret, for an ID token.

The directory says who somebody is, and no more: which account is theirs, what it may do and whether it is in use says
the portal. An account is found, never made.
"""

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices import id_tokens, refused_access, tries
from healthcode.core.offices.addresses import is_private_way
from healthcode.core.offices.backends import has_run_out
from healthcode.core.offices.id_tokens import Untrusted
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

TIMEOUT = 5  # seconds
LARGEST = 256 * 1024  # bytes of an answer
KEPT = timedelta(hours=1)  # what the directory says of itself
LASTS = timedelta(minutes=10)  # from the way there to the way back


class DirectoryAway(Refusal):
    code = "directory.away"
    message = _("The directory does not answer: log in with username and password, or try again later.")


class DirectoryRefused(Refusal):
    code = "directory.refused"
    message = _("The directory did not confirm the log-in: begin anew.")


class AnswerUntrusted(Refusal):
    code = "directory.untrusted"
    message = _("What came back from the directory is not trusted: begin anew, in the same browser.")


class NoAccount(Refusal):
    code = "directory.no_account"
    message = _("You have no account in use here: an administrator prepares it, another grants it.")
    account: User | None = None  # that bears the name, and is not in use


@dataclass(frozen=True)
class Begun:
    """A log-in on its way: what has to come back unchanged, and the secret behind what was sent along."""

    state: str
    nonce: str
    verifier: str
    at: float
    next: str


@dataclass(frozen=True)
class Provider:
    """Where the directory is asked, and its keys."""

    authorize: str
    token: str
    jwks: str
    keys: tuple[Mapping[str, Any], ...]


_known: dict[str, tuple[datetime, Provider]] = {}  # by issuer, of this process


def is_on() -> bool:
    """Tell whether this portal has a directory."""
    return bool(settings.OIDC_ISSUER)


def begin(*, back: str, next_page: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """Return the directory's address to go to, and what the session has to keep meanwhile."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _one in range(3))
    begun = Begun(state, nonce, verifier, at.timestamp(), next_page)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": back,
        "scope": settings.OIDC_SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = _provider(at).authorize
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}", asdict(begun)


def finish(kept: Mapping[str, Any] | None, answer: Mapping[str, str], *, back: str, at: datetime) -> User:
    """Return whose log-in the directory confirmed. Raises a Refusal; `kept` is of the session, and used once.

    A log-in that is refused is counted in the ledger; of an account that is not in use it is an event.
    """
    try:
        return _account(_confirmed(kept, answer, back=back, at=at))
    except NoAccount as error:
        if error.account is None:
            refused_access.count_log_in(error.code, at=at)
        else:
            tries.directory_refused(error.account, at=at)
        raise
    except (AnswerUntrusted, DirectoryRefused) as error:
        refused_access.count_log_in(error.code, at=at)
        raise


def _confirmed(
    kept: Mapping[str, Any] | None, answer: Mapping[str, str], *, back: str, at: datetime
) -> Mapping[str, Any]:
    try:
        begun = _begun(kept, answer, at)
        if "error" in answer or not answer.get("code"):
            raise DirectoryRefused()
        return _claims(begun, answer["code"], back=back, at=at)
    except Untrusted as error:
        raise AnswerUntrusted() from error


def _begun(kept: Mapping[str, Any] | None, answer: Mapping[str, str], at: datetime) -> Begun:
    if not kept:
        raise Untrusted("nothing was begun")
    begun = Begun(**kept)
    if not constant_time_compare(begun.state, answer.get("state", "")):
        raise Untrusted("state")
    if not 0 <= at.timestamp() - begun.at <= LASTS.total_seconds():
        raise Untrusted("too late")
    if (
        answer.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER
    ):  # RFC 9207: another directory's answer
        raise Untrusted("another issuer")
    return begun


def _claims(begun: Begun, code: str, *, back: str, at: datetime) -> dict[str, Any]:
    provider = _provider(at)
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": begun.verifier,
    }
    token = _json(provider.token, data=sent).get("id_token")
    if not isinstance(token, str):
        raise DirectoryRefused()
    expected = {
        "issuer": settings.OIDC_ISSUER,
        "client": settings.OIDC_CLIENT_ID,
        "nonce": begun.nonce,
        "at": at,
    }
    try:
        return id_tokens.verified(token, keys=provider.keys, **expected)
    except id_tokens.UnknownKey:  # it may have a new one
        return id_tokens.verified(token, keys=_provider(at, afresh=True).keys, **expected)


def _account(claims: Mapping[str, Any]) -> User:
    """Return the account in use that bears what the directory calls somebody."""
    name = claims.get(settings.OIDC_CLAIM)
    if not isinstance(name, str) or not name:
        raise NoAccount()
    user = User.objects.select_related("office__division").filter(username=name).first()
    if user is None or not (user.is_active and user.is_staff) or has_run_out(user):
        refusal = NoAccount()
        refusal.account = user
        raise refusal
    return user


def _provider(at: datetime, *, afresh: bool = False) -> Provider:
    """Return what the directory says of itself, asked once an hour; its keys anew where one is unknown."""
    issuer = settings.OIDC_ISSUER
    since, known = _known.get(issuer, (at, None))
    if known is not None and not afresh and timedelta(0) <= at - since < KEPT:
        return known
    described = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if described.get("issuer") != issuer:
        raise Untrusted("issuer of the description")
    places = [described.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(place, str) and is_private_way(place) for place in places):
        raise Untrusted("addresses of the directory")
    keys = _json(str(places[2])).get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Untrusted("keys of the directory")
    authorize, token, jwks = map(str, places)
    found = Provider(authorize, token, jwks, tuple(keys))
    _known[issuer] = (at, found)
    return found


def _json(address: str, *, data: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Ask the directory; what is sent goes with our secret."""
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - https
    if data is not None:
        request.data = urlencode(data).encode()
        pair = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(settings.OIDC_CLIENT_SECRET, safe='')}"
        request.add_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        raise (DirectoryRefused() if error.code < 500 and data is not None else DirectoryAway()) from error
    except (OSError, ValueError) as error:
        raise DirectoryAway() from error
    if not isinstance(found, dict):
        raise DirectoryAway()
    return found


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: our secret is for one address."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None
