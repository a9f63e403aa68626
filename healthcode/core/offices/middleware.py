"""What every request of a user passes: what lets them in first, and their language."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from healthcode.core.offices import accounts, second_factor, sessions
from healthcode.core.offices.api.problems import API, problem
from healthcode.core.offices.models import User

MEANWHILE = ("admin:logout", "admin:set_language")
CODE, OWN_PASSWORD, NEW_FACTOR = "admin:second_factor", "admin:password_change", "admin:second_factor_add"
VERIFIED = "second-factor"  # in the session: the second factor whose code was typed


class UserLanguageMiddleware:
    """Speak the user's language; before log-in the one last chosen here, else the default."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else kept_language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        if user.is_authenticated and language != kept_language(request):
            keep_language(response, language)
        return response


def kept_language(request: HttpRequest) -> str:
    """Return the language that this browser had last, else the house's own."""
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return kept if kept in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def keep_language(response: HttpResponse, language: str) -> None:
    """Let the browser remember a language: what is said while nobody can look up who asks."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class EntryMiddleware:
    """Let nobody act before all is there that lets them in: the code, a password of their own, a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and sessions.is_over(request, request.user, at=timezone.now()):
            logout(request)
            messages.info(
                request,
                _("You were logged out: nothing was done here for a while, or the day's work is over."),
            )
        page = _missing(request) if request.user.is_authenticated else ""
        if not page or request.path in [reverse(name) for name in (page, *MEANWHILE)]:
            return self.get_response(request)
        if request.path.startswith(API):
            return problem(
                "unauthenticated", _("Finish logging in on a page first: something is asked for there.")
            )
        if page == OWN_PASSWORD:
            _say_whose_password(request)
        asked = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return HttpResponseRedirect(f"{reverse(page)}{asked if page == CODE else ''}")


def _missing(request: HttpRequest) -> str:
    """Return the page of what is still missing; "" where nothing is."""
    user = request.user
    assert isinstance(user, User)
    if user.second_factor_id is not None and request.session.get(VERIFIED) != user.second_factor_id:
        return CODE
    if user.password_is_temporary:
        return OWN_PASSWORD
    return NEW_FACTOR if user.second_factor_id is None and second_factor.is_required(user) else ""


def _say_whose_password(request: HttpRequest) -> None:
    assert isinstance(request.user, User)
    messages.warning(request, _("Choose a password of your own first: this one is known to whoever set it."))
    if (givers := accounts.givers_of(request.user)) is not None:
        who = dict(zip(("one", "other"), givers, strict=True))
        messages.info(request, _("%(one)s had asked for it, %(other)s granted it.") % who)
