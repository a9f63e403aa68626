"""Which browser somebody logs in from, as an opaque mark: two seats at one device are a sign (ADR 135)."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from healthcode.core.audit.bodies import BodyText
from healthcode.core.audit.models import Event

COOKIE = "__Host-device" if settings.PRODUCTION else "device"
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
    return _mark_of(secret)


def is_known(request: HttpRequest, username: str) -> bool:
    """Tell whether somebody logged in under this name in this browser before."""
    mine = Event.objects.filter(actor=username, action="session.opened").annotate(device=BodyText("device"))
    return mine.filter(device=_mark_of(request.COOKIES.get(COOKIE, ""))).exists()


def _mark_of(secret: str) -> str:
    # The ledger is read by many: what it holds lets nobody pass for that browser.
    return hashlib.sha256(secret.encode()).hexdigest()[:LENGTH]
