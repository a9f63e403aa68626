"""The keys of passes: phone and paper have their own, so that one that leaks costs no more than its kind."""

import base64
import binascii
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from cases.passes import signed
from cases.passes.signed import PassBody, PassKind

KEY_BYTES = 32
NUMBERS = range(256)


class BadKey(ValueError):
    """A key that is written wrongly, or named twice."""


class Key(NamedTuple):
    """A key: its number in the pass, the kinds it signs, its halves. A retired one has no private half."""

    number: int
    kinds: frozenset[PassKind]
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None


def present() -> list[Key]:
    """Return the keys that sign, newest first."""
    return _all()[0]


def signing(kind: PassKind) -> Key:
    """Return the newest key that signs this kind."""
    return next(key for key in present() if kind in key.kinds)


def opened(digits: str) -> PassBody | None:
    """Return what is in 196 digits that a key of this house signed for their kind; None where none did."""
    found = signed.parts(digits)
    if found is None:
        return None
    body, text, signature = found
    key = _all()[1].get(body.key)
    known = key is not None and body.kind in key.kinds
    return body if known and key and signed.is_signed(text, signature, key.public) else None


def faults() -> list[str]:
    """Return what is wrong with the keys of the settings, in words for whoever set them."""
    try:
        signing = present()
    except BadKey as fault:
        return [str(fault)]
    missing = [kind.name.lower() for kind in PassKind if not any(kind in key.kinds for key in signing)]
    shared = [str(key.number) for key in signing if key.private and _raw(key.private) == settings.SEAL_KEY]
    return [
        *(f"No key signs {kind}." for kind in missing),
        *(f"Key {number} is the one that seals the ledger." for number in shared),
    ]


def public_of(key: Key) -> str:
    """Return a key's public half as PASS_RETIRED_KEYS takes it."""
    half = _published(key)
    return f"{key.number}:{'+'.join(half['kinds'])}:{half['public']}"


def published() -> list[dict[str, Any]]:
    """Return the public half of each key by which a pass counts, retired ones too."""
    return [_published(key) for key in _all()[1].values()]


def _published(key: Key) -> dict[str, Any]:
    data = key.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    kinds = [kind.name.lower() for kind in sorted(key.kinds)]
    return {"number": key.number, "kinds": kinds, "public": base64.urlsafe_b64encode(data).decode()}


def _raw(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.private_bytes_raw()).decode()


def _all() -> tuple[list[Key], dict[int, Key]]:
    return _read(tuple(settings.PASS_KEYS), tuple(settings.PASS_RETIRED_KEYS))


@lru_cache(maxsize=8)
def _read(present: tuple[str, ...], retired: tuple[str, ...]) -> tuple[list[Key], dict[int, Key]]:
    signing = [_key(text, signs=True) for text in present]
    known: dict[int, Key] = {}
    for key in (*signing, *(_key(text, signs=False) for text in retired)):
        if key.number in known:
            raise BadKey(f"The number {key.number} is used by two keys.")
        known[key.number] = key
    return signing, known


def _key(text: str, *, signs: bool) -> Key:
    """Read `number:kinds:key`, the kinds joined by a plus."""
    try:
        number, kinds, encoded = text.split(":")
        data = base64.b64decode(encoded, altchars=b"-_", validate=True)
        of = frozenset(PassKind[kind.upper()] for kind in kinds.split("+"))
        if int(number) not in NUMBERS or len(data) != KEY_BYTES:
            raise ValueError(text)
        private = Ed25519PrivateKey.from_private_bytes(data) if signs else None
        public = private.public_key() if private else Ed25519PublicKey.from_public_bytes(data)
    except (ValueError, KeyError, binascii.Error) as error:
        # The text itself is never named: it holds the private half.
        raise BadKey("A key is not written as number:kinds:key, with 32 bytes in URL-safe base64.") from error
    return Key(int(number), of, public, private)
