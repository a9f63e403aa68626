"""The text of a rule book is read once for a process, and never comes along with rows that only name their book."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Person, Transition
from healthcode.portal.dossiers import matters
from tests.cases.scenes import Scene, later
from tests.factories import Cast, guarded

TEXT = '"cases_rulebook"."text"'


@pytest.fixture
def turned(cast: Cast) -> Person:
    """Turn a person's code, who then stands at a door."""
    scene = Scene(cast)
    person = scene.person()
    scene.overseas(person)
    return person


def with_text(client: Client, url: str) -> list[str]:
    """Return the statements that bring a book's text along with other rows."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [one["sql"] for one in asked if TEXT in one["sql"] and "JOIN" in one["sql"]]


def moment(person: Person) -> str:
    return f"{reverse('admin:audit_event_moment', args=(person.public_id,))}?at=2026-11-05T10:00"


@pytest.mark.parametrize(
    "page",
    [
        lambda person: reverse("admin:cases_person_change", args=(person.pk,)),
        lambda person: reverse("admin:cases_transition_changelist"),
        lambda person: reverse("admin:cases_transition_change", args=(Transition.objects.latest("pk").pk,)),
        moment,
    ],
    ids=["person", "conversions", "conversion", "moment"],
)
def test_no_page_brings_it_along(cast: Cast, turned: Person, client: Client, page: Any):
    client.force_login(cast.supervisor_city)
    assert with_text(client, page(turned)) == []


def test_the_answer_at_a_door_does_not(cast: Cast, turned: Person, client: Client):
    scene = Scene(cast)
    made = scene.checked(turned, guarded(), at=later(hours=1))
    client.force_login(made.by)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("gate:answer", args=(made.pk,)))
    assert [one["sql"] for one in asked if TEXT in one["sql"]] == []


def test_the_api_does_not(cast: Cast, turned: Person, client: Client):
    client.force_login(cast.supervisor_city)
    assert with_text(client, "/api/v1/transitions") == []


def test_a_dossier_does_not(turned: Person):
    with CaptureQueriesContext(connection) as asked:
        assert matters.find(str(Transition.objects.latest("pk").pk))
    assert [one["sql"] for one in asked if TEXT in one["sql"] and "JOIN" in one["sql"]] == []
