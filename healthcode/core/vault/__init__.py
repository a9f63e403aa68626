"""Encryption of personal numbers and the blind index that finds them.

A plain hash of a county's ID numbers falls in a minute, so look-ups go through a keyed hash and the numbers
themselves are encrypted, bound to the row they belong to.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12
KEY_ID = 4


class Unreadable(Exception):
    """A ciphertext that none of the configured keys opens, or that belongs to another row."""


def encrypt(plain: str, *, owner: str) -> bytes:
    """Encrypt under the newest key, readable only together with the same `owner`."""
    return encrypt_bytes(plain.encode(), owner=owner)


def decrypt(sealed: bytes | memoryview, *, owner: str) -> str:
    """Return the plain text of what `encrypt` made for this owner. Raises Unreadable."""
    return decrypt_bytes(sealed, owner=owner).decode()


def encrypt_bytes(plain: bytes, *, owner: str) -> bytes:
    """Encrypt what is no text, as `encrypt` does."""
    key_id, cipher = _ciphers(tuple(settings.VAULT_KEYS))[0]
    nonce = os.urandom(NONCE)
    return key_id + nonce + cipher.encrypt(nonce, plain, owner.encode())


def decrypt_bytes(sealed: bytes | memoryview, *, owner: str) -> bytes:
    """Return what `encrypt_bytes` was given for this owner. Raises Unreadable."""
    sealed = bytes(sealed)
    key_id, nonce, body = sealed[:KEY_ID], sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :]
    for known, cipher in _ciphers(tuple(settings.VAULT_KEYS)):
        if known == key_id:
            try:
                return cipher.decrypt(nonce, body, owner.encode())
            except InvalidTag as error:
                raise Unreadable("The stored value does not belong to this row.") from error
    raise Unreadable("No configured key opens the stored value.")


def newest() -> bytes:
    """Return the mark of the key under which new values are sealed: the first bytes of each."""
    return _ciphers(tuple(settings.VAULT_KEYS))[0][0]


def is_known(sealed: bytes | memoryview) -> bool:
    """Tell whether one of the configured keys is the one that a value was sealed under."""
    return any(known == bytes(sealed[:KEY_ID]) for known, _cipher in _ciphers(tuple(settings.VAULT_KEYS)))


def blind_index(value: str, *, kind: str) -> str:
    """Return the keyed hash (64 hex digits) under which a value of this kind is found."""
    return hmac.new(
        settings.VAULT_INDEX_KEY.encode(), f"{kind}\0{value}".encode(), hashlib.sha256
    ).hexdigest()


@lru_cache(maxsize=4)
def _ciphers(keys: tuple[str, ...]) -> tuple[tuple[bytes, AESGCM], ...]:
    raw = [base64.urlsafe_b64decode(key) for key in keys]
    return tuple((hashlib.sha256(key).digest()[:KEY_ID], AESGCM(key)) for key in raw)
