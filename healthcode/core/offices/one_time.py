"""One-time codes: what lets an account be opened once, to choose a password; typed from paper, drawn by the portal."""

import hashlib
import re
import secrets
import unicodedata
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, get_hasher, make_password
from django.utils.crypto import constant_time_compare

# No letter that is read as another one or as a digit.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LENGTH = 6, 4  # 24 characters, 118 bits


def new_code() -> str:
    """Draw a code, in groups as it is printed and typed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))


def as_printed(typed: str) -> str:
    """Return what somebody typed as a code is printed: its width, its case and what stands between its groups aside."""
    letters = re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", typed).lower())
    return "-".join(letters[start : start + LENGTH] for start in range(0, len(letters), LENGTH))


def is_same(code: str, typed: str) -> bool:
    """Compare a drawn code with what somebody typed from paper."""
    return constant_time_compare(code, as_printed(typed))


def is_of(kept: str, typed: str) -> bool:
    """Tell whether a code is the one that an account keeps, in no time: only where another hash was made before."""
    hasher = CodeHasher()
    of_code = kept.startswith(f"{hasher.algorithm}$")
    return of_code and constant_time_compare(hasher.encode(typed, hasher.decode(kept)["salt"]), kept)


def hashed(code: str) -> str:
    """Return a drawn code as an account keeps it. Of what a human chose use the default hasher."""
    return make_password(code, hasher=CodeHasher.algorithm)


class CodeHasher(BasePasswordHasher):
    """A salted SHA-256: a code of 118 random bits cannot be guessed, and five thousand are made in one request."""

    algorithm = "code_sha256"

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}\0{as_printed(password)}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        fits = is_of(encoded, password)
        # As slow as for a name that nobody bears: no clock tells which account is still unopened.
        if not fits:
            slow = get_hasher("default")
            slow.encode(password, slow.salt())
        return fits

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: see `verify`."""
