"""The answer to what no view caught: a database that is away is no fault of the program, and never a 500."""

import sys

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils import translation
from django.views import defaults

from healthcode.core import languages, outages
from healthcode.core.audit.restorations import Restored
from healthcode.core.audit.skew import ClocksApart
from healthcode.core.offices.api.problems import API, problem
from healthcode.core.offices.bodies import BrokenForm, FormEndMissing, FormLengthMissing
from healthcode.core.offices.middleware import kept_language


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After where the database is lost or busy, else 500; a page, or a problem of the API."""
    error = sys.exc_info()[1]
    if error is not None and outages.is_lost(error):
        return unavailable(request)
    if error is not None and outages.is_busy(error):
        return _answer(request, "busy", 503)
    if isinstance(error, ClocksApart):
        return _answer(request, "clock_wrong", 503)
    if isinstance(error, Restored):
        return restored(request)
    return _answer(request, "internal", 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what no server of ours would send, such as a strange host name; a page, or a problem of the API."""
    refusal = exception.args[0] if isinstance(exception, BrokenForm) else None
    if request.path.startswith(API):
        return _answer(
            request, "length_missing" if isinstance(refusal, FormLengthMissing) else "malformed", 400
        )
    if isinstance(exception, BrokenForm | MultiPartParserError):
        return _answer(request, "broken_form", 400, refusal=refusal or FormEndMissing())
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that no pattern takes, not even the one for all others: a line break is in none."""
    return (
        problem("no_such_path")
        if request.path.startswith(API)
        else defaults.page_not_found(request, exception)
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer that the portal cannot work just now, and when to ask again."""
    return _answer(request, "unavailable", 503)


def restored(request: HttpRequest) -> HttpResponse:
    """Answer that the portal is closed, since its database was restored from a backup."""
    return _answer(request, "restored", 503)


def _answer(request: HttpRequest, code: str, status: int, **context: object) -> HttpResponse:
    with translation.override(_language(request)):
        if request.path.startswith(API):
            response: HttpResponse = problem(code)
        else:
            response = HttpResponse(
                render_to_string(f"{status}.html", {"code": code, **context}), status=status
            )
        response.headers["Content-Language"] = languages.current()
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = str(outages.RETRY_AFTER)
    return response


def _language(request: HttpRequest) -> str:
    """Return the language already spoken; where nobody could look up who asks, the one this browser had last."""
    if hasattr(request, "LANGUAGE_CODE"):
        return languages.current()
    asked = request.path.startswith(API) and "Accept-Language" in request.headers
    return translation.get_language_from_request(request) if asked else kept_language(request)
