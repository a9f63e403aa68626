"""ID tokens of a directory (OpenID Connect): signed by its key, for us, now, and for the log-in that was begun here.

One compact form, three algorithms with a public key, and nothing that a token could choose for itself: neither where
its key lies nor that it needs none.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

LEEWAY = timedelta(seconds=60)  # between the directory's clock and ours
OLDEST = timedelta(minutes=10)  # a token is made for one log-in and used at once
LONGEST = 20_000  # characters
SMALLEST_RSA = 2048  # bits
OF_P256 = 32  # bytes of a coordinate, and of each half of a signature
KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
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
    if len(token) > LONGEST or token.count(".") != 2:
        raise Untrusted("shape")
    head, body, signature = token.split(".")
    header = _object(head)
    if header.get("alg") not in KINDS or "crit" in header:
        raise Untrusted("algorithm")
    key = _key_of(header, keys)
    if not _is_signed(header["alg"], key, f"{head}.{body}".encode(), _bytes(signature)):
        raise Untrusted("signature")
    claims = _object(body)
    _require_ours(claims, issuer=issuer, client=client, nonce=nonce)
    _require_now(claims, at)
    return claims


def _require_ours(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str) -> None:
    if claims.get("iss") != issuer:
        raise Untrusted("issuer")
    audience = claims.get("aud")
    whom = audience if isinstance(audience, list) else [audience]
    if client not in whom:
        raise Untrusted("audience")
    if (len(whom) > 1 or "azp" in claims) and claims.get("azp") != client:
        raise Untrusted("authorized party")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise Untrusted("nonce")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
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
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Untrusted(name)
    return float(value)


def _key_of(header: Mapping[str, Any], keys: Sequence[Key]) -> Key:
    """Return the one key that fits: a token names it, or the directory has a single one of this kind."""
    alg, kid = header["alg"], header.get("kid")
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
    return fits[0]


def _is_signed(alg: str, key: Key, signed: bytes, signature: bytes) -> bool:
    try:
        if alg == "ES256":
            _curve_key(key).verify(_of_halves(signature), signed, ec.ECDSA(hashes.SHA256()))
        else:
            pad = padding.PKCS1v15() if alg == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            _rsa_key(key).verify(signature, signed, pad, hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _rsa_key(key: Key) -> rsa.RSAPublicKey:
    made = rsa.RSAPublicNumbers(_number(key.get("e")), _number(key.get("n"))).public_key()
    if made.key_size < SMALLEST_RSA:
        raise Untrusted("key too short")
    return made


def _curve_key(key: Key) -> ec.EllipticCurvePublicKey:
    if key.get("crv") != "P-256":
        raise Untrusted("curve")
    return ec.EllipticCurvePublicNumbers(
        _number(key.get("x")), _number(key.get("y")), ec.SECP256R1()
    ).public_key()


def _of_halves(signature: bytes) -> bytes:
    if len(signature) != 2 * OF_P256:
        raise InvalidSignature
    halves = (signature[:OF_P256], signature[OF_P256:])
    return encode_dss_signature(*(int.from_bytes(half) for half in halves))


def _number(text: Any) -> int:
    return int.from_bytes(_bytes(text))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(text))
    except (ValueError, RecursionError) as error:
        raise Untrusted("no JSON") from error
    if not isinstance(found, dict):
        raise Untrusted("no object")
    return found


def _bytes(text: Any) -> bytes:
    """Return what base64url without padding says; nothing else is taken for it."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise Untrusted("encoding") from error
