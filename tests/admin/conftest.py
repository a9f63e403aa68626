"""A red person in Xinchang, the staff around them, and a browser's client for each."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Person
from cases.services import control
from healthcode.core.offices.models import User
from tests.browsers import Browser
from tests.factories import Cast, contact, register, sampled
from tests.many import area as area

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.I)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def at_desk() -> Callable[[User], Client]:
    """Return the client of a user who is logged in, in English."""

    def log_in(user: User, language: str = "en") -> Client:
        User.objects.filter(pk=user.pk).update(language=language)
        client = Browser()
        client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
        return client

    return log_in


@pytest.fixture
def red(cast: Cast, now: datetime) -> Callable[..., Person]:
    """Return a function: somebody red since some days, under the officer of Yulin."""

    def make(*, days_ago: int = 3, **fields: Any) -> Person:
        then = now - timedelta(days=days_ago)
        person = register(by=cast.service_xinchang, at=then - timedelta(hours=1), **fields)
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then)
        control.hand_over(
            person,
            officer=cast.officer_yulin,
            reason="指定",
            by=cast.group_xinchang,
            at=then + timedelta(minutes=5),
        )
        return person

    return make


@pytest.fixture
def due(cast: Cast, red: Callable[..., Person], now: datetime) -> Callable[..., Person]:
    """Return a function: somebody whose days are over and whose negative is there; only the act is missing."""

    def make(**fields: Any) -> Person:
        person = red(days_ago=15, **fields)
        sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=20))
        return person

    return make


@pytest.fixture
def typed() -> Callable[..., dict[str, str]]:
    """Return a function: what the browser posts from a test result's form."""

    def result(now: datetime, **fields: str) -> dict[str, str]:
        return {
            "outcome": "NEGATIVE",
            "sampled_at": f"{timezone.localtime(now - timedelta(hours=2)):%Y-%m-%dT%H:%M}",
            "reported_at": "",
            "laboratory": "County laboratory",
            "report_number": "N-1",
            **fields,
        }

    return result


def texts(response: Any) -> SimpleNamespace:
    """Return the page's text, and every inline script or style in it."""
    body = response.content.decode()
    return SimpleNamespace(body=body, inline=INLINE.findall(body))
