"""Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, six digits, thirty seconds."""

import base64
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP = 30  # seconds
DIGITS = 6
KEY = 20  # bytes, as long as the hash
DRIFT = 1  # steps that a telephone's clock may be off


def code_of(key: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a key in a time step."""
    made = hmac.digest(key, struct.pack(">Q", step), "sha1")
    start = made[-1] & 15
    number = struct.unpack(">I", made[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_at(at: datetime) -> int:
    """Return the time step of an instant."""
    return int(at.timestamp()) // STEP


def step_of(key: bytes, code: str, *, at: datetime) -> int | None:
    """Return the time step about an instant whose code this is, the earliest first; None where it is of none."""
    now = step_at(at)
    steps = range(now - DRIFT, now + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(code_of(key, step), code)), None)


def text_of(key: bytes) -> str:
    """Return a key as it is typed into an app."""
    return base64.b32encode(key).decode().rstrip("=")


def address_of(key: bytes, *, issuer: str, name: str) -> str:
    """Return what an app reads from a QR code."""
    asked = urlencode({"secret": text_of(key), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{asked}"
