"""Which sessions of an account are open, from where and since when; and ending one elsewhere, which leaves a line."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from healthcode.core.audit import ledger
from healthcode.core.offices.addresses import client_address
from healthcode.core.offices.models import OpenSession, User
from healthcode.core.offices.refusals import NotAllowed

# As their headers call them; the first that is found counts, for most also call themselves another.
BROWSERS = (
    *(("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("OPR", "Opera")),
    *(("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Mac OS X", "macOS"), ("HarmonyOS", "HarmonyOS"), ("Linux", "Linux")),
)


def begin(request: HttpRequest, user: User) -> None:
    """Keep that a session was opened; those of the user that are over by their age are dropped."""
    now = timezone.now()
    user.open_sessions.filter(opened_at__lt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()
    if request.session.session_key is None:
        request.session.save()
    # Whoever logs in once more, in a second tab say, keeps the session they have.
    OpenSession.objects.update_or_create(
        key=request.session.session_key or "",
        defaults={
            "user": user,
            "opened_at": now,
            "seen_at": now,
            "address": client_address(request)[:45],
            "browser": request.headers.get("User-Agent", "")[:200],
        },
    )


def change_key(request: HttpRequest) -> None:
    """Give a session a new key, as whenever its owner proved more of themselves."""
    before = request.session.session_key
    request.session.cycle_key()
    follow(request, before)


def follow(request: HttpRequest, before: str | None) -> None:
    """Keep the key that a session has now."""
    OpenSession.objects.filter(key=before).update(key=request.session.session_key)


def note_use(request: HttpRequest, *, at: datetime) -> None:
    """Keep when a session was last used."""
    OpenSession.objects.filter(key=request.session.session_key).update(seen_at=at)


def of(user: User) -> QuerySet[OpenSession]:
    """Return the open sessions of an account, the one last used first."""
    youngest = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return user.open_sessions.filter(opened_at__gte=youngest).order_by("-seen_at", "-pk")


@transaction.atomic
def end(user: User, *, keys: list[int] | None = None, but: str | None = "", by: User, at: datetime) -> int:
    """End sessions of an account, all or those of these keys, but for the one in hand; return how many ended."""
    if by.pk != user.pk and not by.may("account.manage"):
        raise NotAllowed()
    rows = user.open_sessions.exclude(key=but or "").select_for_update()
    ended = list(rows if keys is None else rows.filter(pk__in=keys))
    Session.objects.filter(session_key__in=[row.key for row in ended]).delete()
    OpenSession.objects.filter(pk__in=[row.pk for row in ended]).delete()
    owner = User.objects.get(pk=user.pk)  # a request's user is a promise of one, which no event can be about
    for row in ended:
        ledger.record("session.ended", about=owner, by=by, at=at, user=owner.username, opened=row.opened_at)
    return len(ended)


def closed(*, request: HttpRequest, user: User | None, **_of_signal: Any) -> None:
    """Keep that a session was closed by its own log-out, or because it was over. A receiver of Django's log-out."""
    if isinstance(user, User) and request.session.session_key:
        keys = list(user.open_sessions.filter(key=request.session.session_key).values_list("pk", flat=True))
        end(user, keys=keys, by=user, at=timezone.now())


def device_of(session: OpenSession) -> str:
    """Return in words with what a session was opened."""
    found = [next((name for sign, name in of if sign in session.browser), "") for of in (BROWSERS, SYSTEMS)]
    if not all(found):
        return found[0] or found[1] or gettext("a browser that does not say which it is")
    return gettext("%(browser)s on %(system)s") % {"browser": found[0], "system": found[1]}


NOTHING_ENDED = gettext_lazy("No other session is open.")
