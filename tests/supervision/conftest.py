"""A story under supervision, and the supervisor's browser."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from healthcode.core.offices.models import User
from tests.cases.scenes import Scene


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def scene(cast: Any) -> Scene:
    return Scene(cast)


@pytest.fixture
def at_desk() -> Callable[..., Client]:
    """Return the client of a user who is logged in, in English."""

    def log_in(user: User, language: str = "en") -> Client:
        User.objects.filter(pk=user.pk).update(language=language)
        client = Client()
        client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
        return client

    return log_in


@pytest.fixture
def supervisor(cast: Any, at_desk: Callable[..., Client]) -> Client:
    return at_desk(cast.supervisor_city)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
