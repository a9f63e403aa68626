"""One line in the log for each request: its id, who by role and office, and how long it took."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from healthcode.core.offices.models import User
from healthcode.portal.operation.json_lines import request_id

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")

log = logging.getLogger("healthcode.requests")


class RequestLogMiddleware:
    """Give each request an id, return it, and write one line when it was answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        mark = request_id.set(_id_of(request))
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id.get()
            fields = {"status": response.status_code, "ms": round((time.monotonic() - began) * 1000, 1)}
            log.info("request", extra={"fields": {**_of(request), **fields}})
        finally:
            request_id.reset(mark)
        return response


def _id_of(request: HttpRequest) -> str:
    """Return the proxy's id of a request; where nobody stands in front, one of our own."""
    given = request.headers.get(HEADER, "") if settings.PROXY_COUNT else ""
    return given if GIVEN.fullmatch(given) else secrets.token_hex(16)


def _of(request: HttpRequest) -> dict[str, str]:
    """Say what was asked and by which role: the pattern of the address, as a row's key or a mark may stand in it."""
    match, user = request.resolver_match, getattr(request, "_cached_user", None)
    asked = {"method": request.method or "", "path": f"/{match.route}" if match else ""}
    known = getattr(request, "user", None) if not isinstance(user, User) else user
    # No look-up for the log's sake: of whom nobody looked up, nothing is said.
    if type(known) is User:
        office = known._state.fields_cache.get("office")
        asked |= {"role": known.role, "office": office.code if office else ""}
    return asked
