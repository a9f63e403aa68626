"""A number that no key opens is marked; it hides nothing else."""

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Person
from cases.services.persons import lookups
from healthcode.core import vault
from healthcode.core.audit.models import Event
from tests.factories import Cast, register

pytestmark = pytest.mark.any_database


@pytest.fixture
def person(cast: Cast) -> Person:
    """Return a person whose numbers were sealed under a key that is gone; a second one is readable."""
    register(by=cast.service_xinchang)
    person = register(by=cast.service_xinchang)
    lost = vault.encrypt("330624199001010018", owner="somebody else")
    Person.objects.filter(pk=person.pk).update(document_sealed=lost, phone_sealed=lost)
    person.refresh_from_db()
    return person


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    return client


@pytest.mark.parametrize("path", ["/cases/person/", "/cases/person/{pk}/change/", "/api/v1/persons"])
def test_lists_and_pages_show_a_mark_in_its_place(browser: Client, person: Person, path: str):
    answer = browser.get(path.format(pk=person.pk))
    assert answer.status_code == 200
    assert "无法读取" in answer.content.decode()


def test_a_full_number_that_cannot_be_read_is_refused_and_no_event_tells_of_it(cast: Cast, person: Person):
    before = Event.objects.count()
    with pytest.raises(lookups.NumberUnreadable):
        lookups.unmask(person, reason="复核", by=cast.cdc_xinchang, at=timezone.now())
    assert Event.objects.count() == before
