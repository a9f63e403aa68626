"""Errors as RFC 9457 problems with stable codes, in the reader's language."""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.signals import got_request_exception
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponseBase, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from healthcode.core import outages
from healthcode.core.audit.restorations import Restored
from healthcode.core.audit.skew import ClocksApart

MEDIA_TYPE = "application/problem+json"
WHOLE = ""  # the field of what concerns the request as a whole
log = logging.getLogger(__name__)

API = "/api/"  # under which every answer is a problem or a result, never a page
TITLES: dict[str, str | Promise] = {
    "malformed": _("The request cannot be read: it has to be one JSON object in UTF-8."),
    "length_missing": _(
        "Say with Content-Length how long the request is: else nobody knows whether it came whole."
    ),
    "too_large": _("The request is too large."),
    "invalid": _("Some fields need another value."),
    "unauthenticated": _("Log in, or send a valid token."),
    "forbidden": _("Your role may not do this."),
    "not_found": _("There is no such record within your reach."),
    "no_such_path": _("There is nothing under this address."),
    "method_not_allowed": _(
        "This address does not answer to this method: nothing is changed or deleted here."
    ),
    "not_acceptable": _("Answers are JSON."),
    "unsupported_media_type": _("Send JSON (Content-Type: application/json)."),
    "conflict": _("The record changed meanwhile: read it again, then repeat."),
    "refused": _("The act was refused."),
    "not_offered": _("Nothing waits here for this act now."),
    "not_rehearsable": _("This act discloses something, so it cannot be rehearsed."),
    "idempotency_key_missing": _(
        "Send a header Idempotency-Key (1 to 80 printable characters) with every POST."
    ),
    "idempotency_key_reused": _("This idempotency key was used for another request: make a new one."),
    "busy": _("The database is busy: repeat the request with the same idempotency key."),
    "unavailable": _("The database cannot be reached: repeat the request with the same idempotency key."),
    "clock_wrong": _("The clock of this server is wrong: nothing is done until it is set."),
    "restored": _(
        "The database was restored from a backup: nothing is answered until somebody has looked at it."
    ),
    "unrecorded": _(
        "No check can be recorded just now, so none is made: look at the code on the person's own phone, take the"
        " temperature, write both down, and admit nobody whom you are not sure of."
    ),
    "internal": _("Something went wrong on our side; nothing was written."),
}
STATUS = {
    "malformed": 400,
    "length_missing": 411,
    "too_large": 413,
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "no_such_path": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "unsupported_media_type": 415,
    "conflict": 409,
    "not_offered": 409,
    "not_rehearsable": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_reused": 422,
    "busy": 503,
    "unavailable": 503,
    "clock_wrong": 503,
    "restored": 503,
    "unrecorded": 503,
    "internal": 500,
}
FORBIDDEN = ("not_allowed", "tokens.outside_scope")  # refusals that no state of affairs could change
OF_FRAMEWORK: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "malformed",
    exceptions.AuthenticationFailed: "unauthenticated",
    exceptions.NotAuthenticated: "unauthenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
}


@dataclass(frozen=True)
class FieldFault:
    """One thing that is wrong: the field it concerns (WHOLE for none), its stable code, and words for people."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """Something an API view answers with instead of a result; `code` is one of TITLES."""

    def __init__(self, code: str, detail: str | Promise = "", *, faults: Iterable[FieldFault] = ()) -> None:
        self.code, self.detail, self.faults = code, str(detail), tuple(faults)
        super().__init__(code)


class Refused(Problem):
    """A service refused the act: the refusal's own code is the problem's.

    `retry_after`: in how many seconds the same would be done.
    """

    def __init__(self, *faults: FieldFault, retry_after: int | None = None) -> None:
        self.retry_after = retry_after
        super().__init__("refused", faults[0].detail, faults=faults)


def problem(code: str, detail: object = "", *, faults: Iterable[FieldFault] = ()) -> JsonResponse:
    """Return a problem of a known kind: its title is the same every time, the detail is about this request."""
    answer = _answer(code, TITLES[code], STATUS[code], str(detail), tuple(faults))
    if STATUS[code] == 503:
        answer.headers["Retry-After"] = str(outages.RETRY_AFTER)
    return answer


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal: what role or area forbid is no state of affairs that could change."""
    return 403 if code in FORBIDDEN else 409


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponseBase:
    """Turn whatever a view raised into a problem; what nobody foresaw is logged and says nothing of itself."""
    if isinstance(error, Refused):
        return refused(error)
    match error:
        case Problem():
            return problem(error.code, error.detail, faults=error.faults)
        case exceptions.ValidationError():
            return problem("invalid", faults=_faults(error.detail))
        case exceptions.APIException():
            return _of_framework(error)
        case PermissionDenied():
            return problem("forbidden", error)
        case Http404():
            return problem("not_found")
        case RequestDataTooBig():
            return problem("too_large")
        case SuspiciousOperation():
            return problem("malformed")
        case ObjectDoesNotExist():
            return problem("conflict")
        case _ if outages.is_lost(error):
            return problem("unavailable")
        case ClocksApart():
            return problem("clock_wrong")
        case Restored():
            return problem("restored")
        case OperationalError():
            return problem("busy")
        case IntegrityError():
            log.exception("A constraint of the database refused what no service had refused.", exc_info=error)
            return problem("conflict")
    log.exception("Unforeseen error in the API.", exc_info=error)
    got_request_exception.send(sender=None, request=context["request"]._request)
    return problem("internal")


def refused(error: Refused) -> JsonResponse:
    """Return the problem of a refusal; one that only comes too early says when to come again."""
    code = error.faults[0].code
    status = status_of(code) if error.retry_after is None else 429
    answer = _answer(code, TITLES["refused"], status, error.detail, error.faults)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _of_framework(error: exceptions.APIException) -> HttpResponseBase:
    code = next((code for kind, code in OF_FRAMEWORK.items() if isinstance(error, kind)), "invalid")
    detail = error.detail if code in ("unauthenticated", "forbidden", "not_found") else ""
    answer = problem(code, "" if str(detail) == str(error.default_detail) else detail)
    if code == "unauthenticated":
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _faults(detail: Any) -> list[FieldFault]:
    by_field = detail if isinstance(detail, dict) else {WHOLE: detail}
    return [
        FieldFault(
            WHOLE if name == "non_field_errors" else str(name), getattr(one, "code", "invalid"), str(one)
        )
        for name, errors in by_field.items()
        for one in (errors if isinstance(errors, list) else [errors])
    ]


def _answer(
    code: str, title: object, status: int, detail: str, faults: tuple[FieldFault, ...]
) -> JsonResponse:
    body: dict[str, Any] = {
        "type": f"urn:health-code:problem:{code}",
        "code": code,
        "title": str(title),
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if faults:
        body["errors"] = [asdict(fault) for fault in faults]
    return JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )
