"""ID tokens of a directory (OpenID Connect): signed by its key, for us, now, and for the log-in that was begun here.

PyJWT reads and verifies; here stands what an ID token has to say beside that.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.types import Options

LEEWAY = timedelta(seconds=60)  # between the directory's clock and ours
OLDEST = timedelta(minutes=10)  # a token is made for one log-in and used at once
LONGEST = 20_000  # characters
SMALLEST_RSA = 2048  # bits
KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}  # with a public key, all of them
OPTIONS: Options = {
    "require": ["iss", "aud", "sub", "exp", "iat", "nonce"],
    # Judged below, by the instant of the log-in.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
Key = Mapping[str, Any]


class Untrusted(Exception):
    """A token that lets nobody in; `reason` is for the log, and names nobody."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class UnknownKey(Untrusted):
    """Signed by a key that is not among those at hand: the directory may have a new one."""


def verified(
    token: str, *, keys: Sequence[Key], issuer: str, client: str, nonce: str, at: datetime
) -> dict[str, Any]:
    """Return the claims of a token. Raises Untrusted where it is not the directory's word to us about this log-in."""
    if len(token) > LONGEST:
        raise Untrusted("length")
    try:
        header = jwt.get_unverified_header(token)
        key = _key_of(header, keys)
        claims = jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            issuer=issuer,
            audience=client,
            options=OPTIONS,
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted(type(error).__name__) from error
    _require_for_us(claims, client=client, nonce=nonce)
    _require_now(claims, at)
    return claims


def _key_of(header: Mapping[str, Any], keys: Sequence[Key]) -> jwt.PyJWK:
    """Return the one key that fits: a token names it, or the directory has a single one of this kind."""
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in KINDS:
        raise Untrusted("algorithm")
    fits = [
        key
        for key in keys
        if key.get("kty") == KINDS[alg]
        and key.get("use", "sig") == "sig"
        and key.get("alg", alg) == alg
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fits) != 1:
        raise UnknownKey("key")
    found = jwt.PyJWK({**fits[0]}, algorithm=alg)
    if isinstance(found.key, rsa.RSAPublicKey) and found.key.key_size >= SMALLEST_RSA:
        return found
    if isinstance(found.key, ec.EllipticCurvePublicKey) and isinstance(found.key.curve, ec.SECP256R1):
        return found
    raise Untrusted("strength of the key")


def _require_for_us(claims: Mapping[str, Any], *, client: str, nonce: str) -> None:
    """Refuse a token made for somebody else as well and not through us, or for another log-in."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client:
        raise Untrusted("authorized party")
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise Untrusted("nonce")
    if not claims["sub"]:
        raise Untrusted("subject")


def _require_now(claims: Mapping[str, Any], at: datetime) -> None:
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    if _seconds(claims, "exp") <= now - leeway:
        raise Untrusted("expired")
    made = _seconds(claims, "iat")
    if not now - OLDEST.total_seconds() - leeway <= made <= now + leeway:
        raise Untrusted("made at another time")
    if "nbf" in claims and _seconds(claims, "nbf") > now + leeway:
        raise Untrusted("not valid yet")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Untrusted(name)
    return float(value)
