"""A school's door, its keeper's browser without a script, and people of each colour."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from cases.models import Person, Venue
from cases.models.declarations import Mode
from cases.policy import days
from cases.services.samples import declarations
from healthcode.core.offices.models import User
from tests.factories import Cast, contact, guarded, register

GATE = "/gate/"
NAME = "欧阳金丝雀"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def school(cast: Cast, now: datetime) -> Venue:
    return guarded("SCHOOL", at=now - timedelta(days=2))


class Keeper:
    """A gate keeper's phone."""

    def __init__(self, user: User, language: str = "en") -> None:
        User.objects.filter(pk=user.pk).update(language=language)
        self.client = Client()
        self.client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")

    def open(self, url: str = GATE, **query: Any) -> HttpResponse:
        return self.client.get(url, query)

    def press(self, url: str = GATE, /, **typed: Any) -> HttpResponse:
        """Post a form and go where the answer leads."""
        return self.client.post(url, {**typed, "_confirm": "1"}, follow=True)

    def check(self, person: Person, temperature: str = "36.5", **typed: Any) -> str:
        """Check somebody by the document number; return the answer's page."""
        answer = self.press(number=person.document, temperature=temperature, **typed)
        return str(answer.content.decode())


@pytest.fixture
def keeper(cast: Cast, school: Venue) -> Keeper:
    return Keeper(cast.gate_school)


@pytest.fixture
def people_of(cast: Cast, now: datetime) -> Callable[[str], Person]:
    """Return a function: somebody whose code has this colour since an hour."""

    def make(colour: str, **fields: Any) -> Person:
        then = now - timedelta(hours=1)
        person = register(by=cast.service_xinchang, at=then, **{"name": NAME, **fields})
        if colour == "RED":
            contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then + timedelta(minutes=1))
        if colour == "YELLOW":
            form = declarations.Form(fever=True, onset_on=days.local_day(then))
            at = then + timedelta(minutes=1)
            declarations.declare(person, form, mode=Mode.ALONE, by=cast.citizen, at=at)
        return person

    return make
