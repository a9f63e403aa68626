"""What every request of a user passes: a password of their own first, and their language."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from healthcode.core.offices import accounts

MEANWHILE = ("admin:password_change", "admin:logout", "admin:set_language")


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


class OwnPasswordMiddleware:
    """Let nobody act under a password that somebody else knows: the ledger names one person as the actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not (user.is_authenticated and user.password_is_temporary) or _open_meanwhile(request.path):
            return self.get_response(request)
        messages.info(request, _("Choose a password of your own first: this one is known to whoever set it."))
        if (givers := accounts.givers_of(user)) is not None:
            who = dict(zip(("one", "other"), givers, strict=True))
            messages.info(request, _("%(one)s had asked for it, %(other)s granted it.") % who)
        return HttpResponseRedirect(reverse("admin:password_change"))


def _open_meanwhile(path: str) -> bool:
    return path in [reverse(name) for name in MEANWHILE]
