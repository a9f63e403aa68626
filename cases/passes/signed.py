"""The format of a pass: 17 bytes and their Ed25519 signature, written as 196 decimal digits.

It names nobody: a handle leads whoever may ask to the person. `docs/passes.md` has the format and known answers.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cases.policy.colours import Colour

VERSION = 1
PREFIX = b"pass v1\0"  # keeps the signature apart from whatever else is signed
MARK = b"\x01"  # the first byte of the number, so that no zero in front is lost
BODY, SIGNATURE, HANDLE = 17, 64, 8  # bytes
DIGITS = 196
OF_A_PASS = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)
SKEW = timedelta(seconds=30)  # between two clocks
COLOURS = (None, Colour.GREEN, Colour.YELLOW, Colour.RED)


class PassKind(IntEnum):
    """Where a pass is shown: its lifetime is counted in seconds on a phone, in hours on paper."""

    PHONE = 0
    PAPER = 1

    @property
    def unit(self) -> timedelta:
        return timedelta(seconds=1) if self == PassKind.PHONE else timedelta(hours=1)


@dataclass(frozen=True)
class PassBody:
    """What is signed. `lifetime` is in the kind's unit, `age` the seconds for which the colour stood already."""

    kind: PassKind
    key: int
    valid_from: datetime
    lifetime: int
    handle: bytes
    colour: Colour | None = None  # None: not told, as on paper
    age: int = 0

    def lasts(self, at: datetime) -> bool:
        """Tell whether a pass counts at an instant, by clocks that are half a minute apart at most."""
        return self.valid_from - SKEW <= at <= self.valid_from + self.lifetime * self.kind.unit + SKEW

    def to_bytes(self) -> bytes:
        """Return the 17 bytes. Raises OverflowError where a number does not fit its place."""
        first = VERSION << 4 | self.kind << 2 | COLOURS.index(self.colour)
        seconds = int(self.valid_from.timestamp())
        numbers = ((first, 1), (self.key, 1), (seconds, 4), (self.lifetime, 2), (self.age, 1))
        return b"".join(number.to_bytes(size, "big") for number, size in numbers) + self.handle

    @classmethod
    def from_bytes(cls, data: bytes) -> "PassBody | None":
        """Read the 17 bytes; None where they are of another version."""
        first, key = data[0], data[1]
        if first >> 4 != VERSION or first >> 2 & 3 > max(PassKind):
            return None
        return cls(
            kind=PassKind(first >> 2 & 3),
            colour=COLOURS[first & 3],
            key=key,
            valid_from=datetime.fromtimestamp(int.from_bytes(data[2:6], "big"), UTC),
            lifetime=int.from_bytes(data[6:8], "big"),
            age=data[8],
            handle=data[9:],
        )


def digits_of(text: str) -> str:
    """Return the digits of what was scanned or typed if it can be a pass, else ""; full width and blanks are alike."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain if OF_A_PASS.fullmatch(plain) else ""


def sign(body: PassBody, key: Ed25519PrivateKey) -> str:
    """Return the 196 digits of a signed body."""
    data = body.to_bytes()
    return str(int.from_bytes(MARK + data + key.sign(PREFIX + data), "big"))


def parts(digits: str) -> tuple[PassBody, bytes, bytes] | None:
    """Return body, signed text and signature of 196 digits; None where they are no pass of this version."""
    number = int(digits)
    size = len(MARK) + BODY + SIGNATURE
    if number.bit_length() > size * 8:
        return None
    data = number.to_bytes(size, "big")
    body = PassBody.from_bytes(data[1 : 1 + BODY]) if data[:1] == MARK else None
    return None if body is None else (body, PREFIX + data[1 : 1 + BODY], data[1 + BODY :])


def is_signed(text: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Tell whether a key signed a text."""
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
