"""One act by the page of an office or by the API: the same fields, the same instant, the same answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import time_machine
from django.urls import reverse
from django.utils import timezone

from cases.models import Person
from healthcode.core.offices.models import User
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import fresh

BACKEND = "healthcode.core.offices.backends.RoleBackend"


@dataclass(frozen=True)
class Answer:
    """What came back: whether the act was done, and the fields that a refusal is about."""

    done: bool
    about: frozenset[str]
    text: str


Way = Callable[..., Answer]


def by_page(user: User, operation: str, person: Person | None, at: datetime, **typed: Any) -> Answer:
    """Fill the form of an act in as a browser does, and confirm what its effect's page says."""
    with time_machine.travel(at, tick=False):
        browser = Browser()
        browser.force_login(user, backend=BACKEND)
        if person is None:
            path, seen = reverse("admin:do", args=(operation,)), {}
        else:
            path = reverse("admin:cases_person_do", args=(person.pk, operation))
            seen = {"seen": Person.objects.get(pk=fresh(person).root_id).version}
        response = browser.post(path, {**_as_typed(typed), **seen, "_confirm": "1"})
    assert response.status_code in (200, 302, 403, 409), response.status_code
    context = getattr(response, "context", None) or {}
    form = context.get("form")
    faults = frozenset(form.errors if form is not None else ())
    return Answer(response.status_code == 302, faults, response.content.decode())


def by_api(user: User, operation: str, person: Person | None, at: datetime, **typed: Any) -> Answer:
    """Send the same act as a machine or a program of an office does."""
    with time_machine.travel(at, tick=False):
        response = Caller(user).do(operation, person, **{name: _as_json(one) for name, one in typed.items()})
    body = response.json()
    about = frozenset(fault["field"] for fault in body.get("errors", ()))
    return Answer(response.status_code == 200, about, response.content.decode())


def _as_typed(typed: dict[str, Any]) -> dict[str, str]:
    return {name: _typed(one) for name, one in typed.items() if one is not None and one is not False}


def _typed(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
    return "on" if value is True else str(value)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
