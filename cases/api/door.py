"""The way of a usual check: before session, forms and everything else that a device has no use for.

It knows no rule. What is not usual (another spelling, a refusal, a key that was used for something else) goes the full
way, which answers it; the same service decides here and there, by the same table.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import Error, IntegrityError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import ResolverMatch, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from cases.api import gate
from cases.models import GateCheck
from cases.selectors import door
from cases.services import gates
from cases.services.engine.refusals import Refusal
from healthcode.core import languages, outages
from healthcode.core.offices import tokens
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.problems import (
    WHOLE,
    FieldFault,
    Problem,
    Refused,
    problem,
    refused,
)
from healthcode.core.offices.models import IdempotencyKey
from healthcode.core.statements.compiled import asked_again

LONGEST = 1000  # bytes of a body: what is longer holds more than a check
BEARER = re.compile(r"bearer ([\x21-\x7e]+)", re.IGNORECASE | re.ASCII)
TEMPERATURE = re.compile(r"\d{2}(\.\d)?", re.ASCII)
USUAL = {"number", "temperature", "mask", "venue"}


class DoorMiddleware:
    """Answer a device's usual check at once; all else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = _answered(request) if request.method == "POST" and request.path == _path() else None
        return answer or self.get_response(request)


@dataclass(frozen=True)
class _Usual:
    """A request that the full way would take as it is."""

    token: str
    key: str
    fingerprint: str
    number: gates.Number
    temperature: Decimal
    mask: bool | None
    venue: int | None
    language: str
    at: datetime


@cache
def _path() -> str:
    return reverse("api:gate-checks")


@cache
def _match() -> ResolverMatch:
    return resolve(_path())


def _answered(request: HttpRequest) -> HttpResponse | None:
    asked = _usual(request)
    if asked is None:
        return None
    with translation.override(asked.language or settings.LANGUAGE_CODE):
        try:
            answer = _checked(asked, request)
        except gates.TooFast as refusal:
            answer = _too_fast(refusal)
        except Refusal:
            return None
        except Error as error:
            if not outages.cannot_write(error):
                raise
            answer = problem("unrecorded")
        return answer and _with_headers(answer)


def _usual(request: HttpRequest) -> _Usual | None:
    """Read a request; None where anything about it is not as nearly always."""
    bearer = BEARER.fullmatch(request.headers.get("Authorization", ""))
    try:
        request.get_host()
        short = int(request.headers.get("Content-Length") or LONGEST + 1) <= LONGEST
        if not bearer or not short or request.COOKIES or request.content_type != "application/json":
            return None
        key, body = idempotency.key_of(request), json.loads(request.body)
    except (DisallowedHost, Problem, ValueError, RecursionError, RequestDataTooBig, UnreadablePostError):
        return None
    if not isinstance(body, dict) or body.keys() - USUAL or not _plain(body):
        return None
    try:
        number = gates.number_of(gates.PresentedCode(body["number"]))
    except Refusal:
        return None
    asked = translation.get_language_from_request(request) if "Accept-Language" in request.headers else ""
    return _Usual(
        token=tokens.digest(bearer[1]),
        key=key,
        fingerprint=idempotency.fingerprint(request),
        number=number,
        temperature=Decimal(str(body["temperature"])),
        mask=body.get("mask"),
        venue=body.get("venue"),
        language=asked,
        at=timezone.now(),
    )


def _plain(body: dict[str, Any]) -> bool:
    """Tell whether every value has the type that the form's own reading would leave as it is."""
    number, temperature = body.get("number"), body.get("temperature")
    mask, venue = body.get("mask"), body.get("venue")
    return (
        isinstance(number, str)
        and number.isascii()
        and number.isprintable()
        and len(number) <= gates.LONGEST_NUMBER
        and isinstance(temperature, int | float | str)
        and TEMPERATURE.fullmatch(str(temperature)) is not None
        and (mask is None or isinstance(mask, bool))
        and (venue is None or (type(venue) is int and 0 < venue < 2**31))
    )


def _checked(asked: _Usual, request: HttpRequest) -> HttpResponse | None:
    """Look up, decide and record; None where the full way has to say what is in the way."""
    question = door.Asked(asked.at, token=asked.token, venue=asked.venue, number=asked.number, key=asked.key)
    looked = asked_again(lambda: door.look(question))  # nothing was written yet
    if looked is None or not looked.by.may("gate.check"):
        return None
    if looked.by.bearer is None or looked.by.bearer.addresses:
        return None  # the full way compares addresses
    request.user, request.resolver_match = looked.by, _match()  # for the log
    if not asked.language:
        translation.activate(looked.by.language)
    if looked.answered is not None:
        return _again(looked, asked)
    answer: dict[str, Any] = {}

    def remember(check: GateCheck) -> IdempotencyKey:
        answer.update(gate.content_of(check))
        return idempotency.row_of(looked.by, asked.key, asked.fingerprint, answer, at=asked.at)

    seen = gates.Observed(asked.temperature, asked.mask)
    try:
        gates.settle(looked, asked.number, seen, by=looked.by, at=asked.at, remember=remember)
    except IntegrityError:
        return None  # a twin of this request came first: the full way waits for its answer
    tokens.note_use(looked.by.bearer, at=asked.at)
    return _json(answer)


def _again(looked: door.Look, asked: _Usual) -> HttpResponse | None:
    """Answer a request that was answered before."""
    assert looked.answered is not None
    hashed, kept = looked.answered
    if hashed != asked.fingerprint or "sealed" not in kept:
        return None
    response = _json(idempotency.answer_kept(kept, looked.by, asked.key))
    response.headers[idempotency.REPLAY] = "true"
    return response


def _too_fast(refusal: Refusal) -> HttpResponse:
    fault = FieldFault(WHOLE, refusal.code, str(refusal))
    return refused(Refused(fault, retry_after=refusal.retry_after))


def _json(answer: dict[str, Any]) -> HttpResponse:
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"), "application/json")


def _with_headers(response: HttpResponse) -> HttpResponse:
    """Give an answer the headers that the full way gives every answer."""
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Allow"] = "POST"
    response.headers["Content-Language"] = languages.current()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Frame-Options"] = "DENY"
    patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
    return response
