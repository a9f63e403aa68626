"""How long a session lasts: while somebody works, a day at most; and whether its owner proved themselves lately."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from healthcode.core.offices import open_sessions, second_factor
from healthcode.core.offices.models import User

OPENED, SEEN, PROVEN = "opened-at", "seen-at", "proven-at"  # in the session, as seconds since 1970
WRITTEN_EVERY = timedelta(minutes=1)  # each page would write a row else


def begin(*, request: HttpRequest, user: User, **_of_signal: Any) -> None:
    """Write into a session when it began. A receiver of Django's own log-in, so that no way in leaves it out."""
    now = timezone.now().timestamp()
    request.session.update({OPENED: now, SEEN: now, PROVEN: now})
    open_sessions.begin(request, user)


def idle_limit(user: User) -> timedelta:
    """Return how long nothing may be done at an open session: less where a second factor is needed."""
    minutes = settings.IDLE_MINUTES if user.role in second_factor.ROLES else settings.IDLE_MINUTES_OF_OTHERS
    return timedelta(minutes=minutes)


def is_over(request: HttpRequest, user: User, *, at: datetime) -> bool:
    """Tell whether a session was left alone for too long, or is as old as any may be; else note that it is used."""
    seen, opened = (_instant(request, key) for key in (SEEN, OPENED))
    if at - seen > idle_limit(user) or at - opened > timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return True
    if at - seen > WRITTEN_EVERY:
        request.session[SEEN] = at.timestamp()
        open_sessions.note_use(request, at=at)
    return False


def prove(request: HttpRequest) -> None:
    """Note that whoever sits here has just typed what only the owner knows."""
    open_sessions.change_key(request)
    request.session[PROVEN] = timezone.now().timestamp()


def is_proven(request: HttpRequest) -> bool:
    """Tell whether the owner logged in, or typed the password again, lately."""
    return timezone.now() - _instant(request, PROVEN) <= timedelta(minutes=settings.FRESH_LOG_IN_MINUTES)


def to_prove(request: HttpRequest, *, then: str = "") -> HttpResponseRedirect:
    """Lead to the page that asks for the password again, and back."""
    goes_to = urlencode({"next": then or request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('admin:prove')}?{goes_to}")


def _instant(request: HttpRequest, key: str) -> datetime:
    return datetime.fromtimestamp(request.session.get(key, 0), tz=timezone.get_current_timezone())
