"""What each page of the roof asks of the database: pinned, so that asking the same thing twice is noticed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from healthcode.core.audit import sealing
from healthcode.core.audit.models import Event

pytestmark = pytest.mark.every_row
PAGES = {
    "signs": 35,
    "seals": 7,
    "sheet": 4,
    "trail": 12,
    "trail of a person": 14,
    "event": 10,
    "moment": 15,
    "home": 15,
}


@pytest.fixture
def urls(scene, supervisor, now):
    """Return the address of each page, over three persons with a red code and a sealed ledger."""
    at = now - timedelta(days=2)
    persons = [scene.person(at=at - timedelta(days=1)) for _ in range(3)]
    for number, person in enumerate(persons):
        evidence = {"evidence_kind": "SCREENING", "evidence_ref": f"邻居{number}"}
        scene.overseas(person, at=at, began_on=at.date(), **evidence)
    sealing.seal(at=now)
    public_id = persons[0].public_id
    return {
        "signs": reverse("admin:signs"),
        "seals": reverse("admin:seals"),
        "sheet": reverse("admin:sheet"),
        "trail": reverse("admin:audit_event_changelist"),
        "trail of a person": f"{reverse('admin:audit_event_changelist')}?person={public_id}",
        "event": reverse("admin:audit_event_change", args=(Event.objects.earliest("pk").pk,)),
        "moment": reverse("admin:audit_event_moment", args=(public_id,)),
        "home": reverse("admin:index"),
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_roof_costs_its_pinned_queries(urls, supervisor, name, django_assert_num_queries):
    supervisor.get(urls[name])
    with django_assert_num_queries(PAGES[name]):
        assert supervisor.get(urls[name]).status_code == 200
