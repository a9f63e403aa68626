"""A directory of its own for the tests: OpenID Connect over real HTTP, with real keys, codes and PKCE."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT, SECRET = "health-code", "a secret of forty characters and some more"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return plain(value.to_bytes((value.bit_length() + 7) // 8))


def public(key: Any = RSA_KEY, kid: str = "one") -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        halves = {"x": plain(numbers.x.to_bytes(32)), "y": plain(numbers.y.to_bytes(32))}
        return {"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", **halves}
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}


def signed(claims: dict[str, Any], *, key: Any = RSA_KEY, **header: Any) -> str:
    """Return a token; `alg` "none" has no signature, "HS256" takes the public key for a shared secret."""
    head = {"alg": "RS256", "kid": "one", "typ": "JWT", **header}
    text = ".".join(plain(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{plain(_signature(head['alg'], key, text.encode()))}"


def _signature(alg: str, key: Any, text: bytes) -> bytes:
    match alg:
        case "none":
            return b""
        case "HS256":
            return hashlib.sha256(json.dumps(public(key)).encode() + text).digest()
        case "ES256":
            halves = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
            return b"".join(half.to_bytes(32) for half in halves)
        case "PS256":
            return key.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return key.sign(text, padding.PKCS1v15(), hashes.SHA256())


class Directory:
    """What the directory knows, and what a test bends about it."""

    def __init__(self) -> None:
        self.keys: list[dict[str, str]] = [public()]
        self.codes: dict[str, dict[str, str]] = {}  # each is good once
        self.asked: list[str] = []
        self.who, self.claims, self.header = "cdc.city", dict[str, Any](), dict[str, Any]()
        self.key: Any = RSA_KEY
        self.described: dict[str, Any] = {}
        self.status = 200
        self.issuer = ""

    def description(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        own = {name: f"{self.issuer}/{place}" for name, place in places.items()}
        return {"issuer": self.issuer, **own, **self.described}

    def code_for(self, query: dict[str, str]) -> str:
        """Let somebody log in at the directory; return where it sends them back."""
        assert query["response_type"] == "code" and query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256" and "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        challenge = plain(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        fits = asked is not None and asked["code_challenge"] == challenge and authorization == f"Basic {pair}"
        if asked is None or not fits or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "7",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        claims |= {"employee_number": self.who, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.status, {"id_token": signed(claims, key=self.key, **self.header), "token_type": "Bearer"}


@contextmanager
def running() -> Iterator[Directory]:
    """Serve a directory on this machine while the block runs."""
    directory = Directory()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            directory.asked.append(url.path)
            if url.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                self.send_response(302)
                self.send_header("Location", directory.code_for(query))
                self.end_headers()
            elif url.path == "/keys":
                self._answer(200, {"keys": directory.keys})
            else:
                self._answer(200, directory.description())

        def do_POST(self) -> None:
            directory.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*directory.exchange(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    directory.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield directory
    finally:
        server.shutdown()
        server.server_close()
