"""A request's body is believed once all of it came: as long as was announced, of the announced hash, with its end."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices.refusals import Refusal

HEADERS = ("Content-Digest", "Repr-Digest", "Digest")  # RFC 9530, and RFC 3230 before it
DIGEST = re.compile(r"\b(sha-256|sha-512)=:?([A-Za-z0-9+/=]*):?", re.IGNORECASE)
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
JSON = "application/json"
AFTER_END = 8  # bytes of line ends that may follow the mark that closes a form


class LengthMissing(Refusal):
    code = "deliveries.upload.length_missing"
    message = _("Say with Content-Length how long the file is: else nobody knows whether it came whole.")
    field = "file"


class UploadCutOff(Refusal):
    code = "deliveries.upload.cut_off"
    message = _("%(arrived)s of %(announced)s bytes arrived: send the file again.")
    field = "file"


class UploadChanged(Refusal):
    code = "deliveries.upload.digest_differs"
    message = _("What arrived is not what was sent: its hash is not the one in %(header)s. Send it again.")
    field = "file"


class FormLengthMissing(Refusal):
    code = "forms.length_missing"
    message = _(
        "What arrived does not say how long it is (Content-Length), so nobody knows whether it came whole. Send it"
        " again with its length; if you sent it from a page, go back, and tell the bureau."
    )


class FormEndMissing(Refusal):
    code = "forms.end_missing"
    message = _("The form arrived without its end: go back and send it again.")


class BrokenForm(BadRequest):
    """A form that did not arrive whole; the argument is the refusal that says so."""


class Announced:
    """What the headers of a request say of its body, compared with what comes."""

    def __init__(self, request: HttpRequest) -> None:
        length = request.META.get("CONTENT_LENGTH") or ""
        self.length = int(length) if length.isdecimal() else None
        self.arrived = 0
        self._digests = [
            (header, hashlib.new(name.replace("-", "").lower()), _bytes_of(value))
            for header in HEADERS
            for name, value in DIGEST.findall(request.headers.get(header, ""))
        ]

    def add(self, chunk: bytes) -> None:
        """Count what came."""
        self.arrived += len(chunk)
        for _header, digest, _announced in self._digests:
            digest.update(chunk)

    def require_whole(self) -> None:
        """Refuse a body that is shorter than its Content-Length, or not what a digest says."""
        if self.length is not None and self.arrived < self.length:
            raise UploadCutOff(arrived=self.arrived, announced=self.length)
        for header, digest, announced in self._digests:
            if digest.digest() != announced:
                raise UploadChanged(header=header)


def _bytes_of(value: str) -> bytes:
    """Return a digest as it is written in base64, or by hurried people in hexadecimal digits; b"" for neither."""
    try:
        if len(value) in (64, 128):
            return bytes.fromhex(value)
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return b""


class WholeForm:
    """The stream of a form's body: at its end it is compared with what was announced. Raises BrokenForm."""

    def __init__(self, request: HttpRequest) -> None:
        self._stream: Any = request._stream
        self._announced = Announced(request)
        boundary = (request.content_params or {}).get("boundary", "")
        self._end = f"--{boundary}--".encode() if request.content_type == FORMS[0] else b""
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all: fewer come at the end alone."""
        data = b""
        while (left := size - len(data)) and (more := self._more(left if size >= 0 else -1)):
            data += more
        return self._passed(data, is_end=size < 0 or len(data) < size)

    def readline(self, size: int = -1) -> bytes:
        """Read a line, or so many bytes of it."""
        line = bytes(self._stream.readline(size))
        return self._passed(line, is_end=not line and bool(size))

    def _passed(self, data: bytes, *, is_end: bool) -> bytes:
        self._announced.add(data)
        self._last = (self._last + data)[-len(self._end) - AFTER_END :]
        if is_end:
            self._require_whole()
        return data

    def _more(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except OSError:  # the line broke
            return b""

    def close(self) -> None:
        """Let go of what is left."""
        self._stream.close()

    def _require_whole(self) -> None:
        try:
            self._announced.require_whole()
        except Refusal as refusal:
            raise BrokenForm(refusal) from refusal
        if not self._last.rstrip().endswith(self._end):
            raise BrokenForm(FormEndMissing())


class WholeFormsMiddleware:
    """Let no view see a form of which a part is missing: a file cut short in it would look like a whole one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_of_no_length(request):
            raise BrokenForm(FormLengthMissing())
        if request.content_type in FORMS and hasattr(request, "_stream"):
            request._stream = WholeForm(request)  # type: ignore[assignment]
        return self.get_response(request)


def _is_of_no_length(request: HttpRequest) -> bool:
    """Tell whether a body comes of which Django reads nothing, as it has no length: it would look like an empty one.

    What a view reads by itself, as it streams in, is counted there.
    """
    is_read_whole = request.content_type in (*FORMS, JSON)
    return is_read_whole and "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH")
