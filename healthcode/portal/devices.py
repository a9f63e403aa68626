"""Which browser somebody logs in from, as an opaque mark: two seats at one device are a sign (ADR 135)."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "device"
DAYS = 400  # the longest that browsers keep a cookie
LENGTH = 16


def mark(request: HttpRequest, response: HttpResponse) -> str:
    """Return the mark of a browser, which keeps it from its first log-in on; who it is cannot be read out of it."""
    secret = request.COOKIES.get(COOKIE, "")
    if len(secret) != 2 * LENGTH:
        secret = secrets.token_hex(LENGTH)
        response.set_cookie(
            COOKIE,
            secret,
            max_age=DAYS * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    # The ledger is read by many: what it holds lets nobody pass for that browser.
    return hashlib.sha256(secret.encode()).hexdigest()[:LENGTH]
