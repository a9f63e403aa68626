"""Checkpoints: the size and root of the ledger as a signed text (C2SP `tlog-checkpoint` and `signed-note`).

    healthcode/3306
    1024
    nbQ8Fyz2VFX8Tg8lN0zUvc2nKWzQ6kZqS2bM6vI1h2A=
    previous 5f0c…        SHA-256 of the text of the seal before it
    time 1606291200000000

    — healthcode/3306 <base64 of the key's four bytes and the signature>

The key comes from the environment and is never in the database: whoever holds only the database cannot sign.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ED25519 = b"\1"
KEY_BYTES = 32
KEY_ID = 4
DASH = "—"
FIRST = "0" * 64  # what the first seal follows
TEXT = re.compile(
    r"(?P<text>[^\s+]+\n\d+\n[A-Za-z0-9+/]{43}=\nprevious [0-9a-f]{64}\ntime \d+\n)"
    r"\n— [^\s+]+ (?P<signature>[A-Za-z0-9+/]+=*)\n?"
)


class NotACheckpoint(Exception):
    """A text without a checkpoint in it."""


@dataclass(frozen=True)
class Checkpoint:
    """What a seal says, and its signature: enough to be checked far from the database."""

    origin: str
    size: int
    root: str  # hex
    previous: str  # hex
    at_us: int
    key_id: str = ""  # hex
    signature: str = ""  # base64

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return f"{self.origin}\n{self.size}\n{root}\nprevious {self.previous}\ntime {self.at_us}\n"

    @property
    def note(self) -> str:
        """Return the signed note: the text, an empty line, the signature."""
        signed = bytes.fromhex(self.key_id) + base64.b64decode(self.signature)
        return f"{self.text}\n{DASH} {self.origin} {base64.b64encode(signed).decode()}\n"

    @property
    def digest(self) -> str:
        """Return what the next seal names as its previous one."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Tell whether a key this house trusts signed exactly this."""
        key = trusted().get((self.origin, self.key_id))
        if key is None:
            return False
        try:
            key.verify(base64.b64decode(self.signature, validate=True), self.text.encode())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def signed(self) -> "Checkpoint":
        """Return this checkpoint under the key of the environment."""
        key = signing_key()
        signature = base64.b64encode(key.sign(self.text.encode())).decode()
        return Checkpoint(
            self.origin,
            self.size,
            self.root,
            self.previous,
            self.at_us,
            key_id(self.origin, key.public_key()),
            signature,
        )


def parse(text: str) -> list[Checkpoint]:
    """Return every checkpoint in a text: a file, a mail, several of them. Raises NotACheckpoint."""
    found = [_parsed(match) for match in TEXT.finditer(text.replace("\r\n", "\n"))]
    if not found:
        raise NotACheckpoint("No checkpoint was found in this text.")
    return found


def signing_key() -> Ed25519PrivateKey:
    """Return the key that seals."""
    return Ed25519PrivateKey.from_private_bytes(raw(settings.SEAL_KEY))


def public_key() -> str:
    """Return the sealing key's public half as it is given to others (`name+id+key`)."""
    key, origin = signing_key().public_key(), settings.SEAL_ORIGIN
    return f"{origin}+{key_id(origin, key)}+{base64.b64encode(ED25519 + _bytes(key)).decode()}"


def key_id(origin: str, key: Ed25519PublicKey) -> str:
    """Return the four bytes (hex) by which a signature names its key."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + _bytes(key)).digest()[:KEY_ID].hex()


def raw(key: str) -> bytes:
    """Return a key's 32 bytes from base64. Raises ValueError."""
    plain = base64.b64decode(key, altchars=b"-_", validate=True)
    if len(plain) != KEY_BYTES:
        raise ValueError("A sealing key has 32 bytes.")
    return plain


def retired(text: str) -> tuple[str, str, Ed25519PublicKey]:
    """Return origin, key id and key of a retired public key. Raises ValueError."""
    origin, identity, encoded = text.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    public = Ed25519PublicKey.from_public_bytes(key[1:])
    if key[:1] != ED25519 or key_id(origin, public) != identity:
        raise ValueError("Not a public key of a sealing key.")
    return origin, identity, public


def trusted() -> dict[tuple[str, str], Ed25519PublicKey]:
    """Return the keys whose seals count: the present one, and the retired ones that the environment names."""
    return _trusted(settings.SEAL_ORIGIN, settings.SEAL_KEY, tuple(settings.SEAL_RETIRED_KEYS))


@lru_cache(maxsize=8)
def _trusted(origin: str, key: str, others: tuple[str, ...]) -> dict[tuple[str, str], Ed25519PublicKey]:
    present = Ed25519PrivateKey.from_private_bytes(raw(key)).public_key()
    known = {(origin, key_id(origin, present)): present}
    return known | {(name, identity): public for name, identity, public in map(retired, others)}


def _bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _parsed(match: re.Match[str]) -> Checkpoint:
    origin, size, root, previous, time = match["text"].splitlines()
    signed = base64.b64decode(match["signature"])
    return Checkpoint(
        origin,
        int(size),
        base64.b64decode(root).hex(),
        previous.removeprefix("previous "),
        int(time.removeprefix("time ")),
        signed[:KEY_ID].hex(),
        base64.b64encode(signed[KEY_ID:]).decode(),
    )
