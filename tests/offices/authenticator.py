"""A device with passkeys, as far as the portal sees one: it makes keys and signs (ES256, attestation "none")."""

import hashlib
import json
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Authenticator:
    """One device with one key; `origin` is the page on which its owner believes to be."""

    origin: str = "http://localhost"
    host: str = "localhost"
    count: int = 0
    credential: bytes = b"a-credential-of-this-device"
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, challenge: str) -> str:
        """Return what the browser answers after the device made a key."""
        public = self.key.public_key().public_numbers()
        point = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        key = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(point)
        data = self._data(self.flags | ATTESTED) + key
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(challenge, "webauthn.create", {"attestationObject": bytes_to_base64url(attested)})

    def sign(self, challenge: str) -> str:
        """Return what the browser answers after the device signed."""
        self.count += 1
        data = self._data(self.flags)
        client = self._client(challenge, "webauthn.get")
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        signed = {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}
        return self._answer(challenge, "webauthn.get", signed)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, challenge: str, kind: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, challenge: str, kind: str, response: dict[str, str]) -> str:
        key = bytes_to_base64url(self.credential)
        response = {"clientDataJSON": bytes_to_base64url(self._client(challenge, kind)), **response}
        return json.dumps({"id": key, "rawId": key, "type": "public-key", "response": response})
