import pytest
from django.test import Client
from django.utils import timezone

from healthcode.core.offices.models import User
from tests.browsers import Browser
from tests.cases.scenes import Scene
from tests.factories import Cast, contact, register

from .desk import Desk


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return Desk(scene)


@pytest.fixture
def at_desk():
    """Return the client of a user who is logged in, in English."""

    def log_in(user: User) -> Client:
        User.objects.filter(pk=user.pk).update(language="en")
        client = Browser()
        client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
        return client

    return log_in


@pytest.fixture
def red(cast):
    """Return a function: somebody of Yulin who is red now."""

    def make():
        now = timezone.now()
        person = register(by=cast.service_xinchang, at=now - timezone.timedelta(days=2))
        contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timezone.timedelta(days=1))
        return person

    return make


@pytest.fixture
def ticket(desk, red):
    """Return a ticket that was registered just now and waits at the bureau."""
    return desk.routed(red(), at=timezone.now())
