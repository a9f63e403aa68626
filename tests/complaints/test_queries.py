"""What the desk's pages ask of the database: so many queries, for one case as for four, for one ticket as for ten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Person
from cases.policy import days
from complaints.models import Draft, Ticket
from complaints.services import handling
from tests.browsers import Browser
from tests.cases.scenes import Scene
from tests.complaints.desk import Desk
from tests.factories import Cast

pytestmark = pytest.mark.any_database
INTAKE = "/complaints/ticket/intake/"
PAGES = {
    "change": 40,
    "receipt": 5,
    "do/void": 50,  # a page of a finding looks the code up, which locks, explains and records
    "do/ask-for-end": 51,
    "do/decide": 47,
    "do/ask-office": 16,
    "do/ask-citizen": 15,
    "do/hand-over": 15,
    "do/note": 14,
    "do/reply": 15,
}


@pytest.fixture
def standing(desk):
    """Return a function: somebody of Yulin against whom so many grounds stand."""
    return against(desk)


@pytest.fixture(scope="module")
def two_tickets(kept):
    """Return the tickets of two persons, one with one case and one with four."""
    desk = Desk(Scene(Cast()))
    return [taken(desk, against(desk)(cases)) for cases in (1, 4)]


def against(desk: Desk) -> Callable[[int], Person]:
    def make(cases: int) -> Person:
        scene, at = desk.scene, timezone.now() - timedelta(hours=3)
        person = scene.person(at=at - timedelta(days=1))
        today = days.local_day(at)
        scene.clinical(person, at=at, began_on=today)
        if cases > 1:
            scene.ordered(person, at=at, began_on=today)
            scene.overseas(person, at=at, began_on=today)
            scene.fever(person, at=at)
        return person

    return make


def asked(client: Browser, page: str, *, data=None) -> int:
    """Return how many queries a page costs, once what is kept in memory is there."""
    client.get(page) if data is None else client.post(page, data)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page) if data is None else client.post(page, data)
    assert answer.status_code == 200, answer
    return len(queries)


def logged_in(user) -> Browser:
    client = Browser()
    client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
    return client


def taken(desk, person) -> Ticket:
    now = timezone.now()
    return handling.take(desk.routed(person, at=now), by=desk.cast.bureau_one, at=now)


@pytest.mark.parametrize("page", PAGES)
def test_a_tickets_pages_cost_the_same_with_one_case_and_with_four(desk, two_tickets, page):
    client = logged_in(desk.cast.bureau_one)
    found = [asked(client, f"/complaints/ticket/{ticket.pk}/{page}/") for ticket in two_tickets]
    assert found == [PAGES[page], PAGES[page]]


def test_the_intake_costs_the_same_with_one_case_and_with_four(desk, standing):
    client, found = logged_in(desk.cast.community_yulin), []
    for cases in (1, 4):
        Draft.objects.update(sealed=None)  # so that none is pushed out
        search = asked(client, INTAKE, data={"text": standing(cases).document})
        found.append((search, asked(client, f"{INTAKE}{Draft.objects.latest('pk').pk}/")))
    assert found == [(48, 34), (48, 34)]


def test_lists_and_figures_cost_the_same_with_one_ticket_and_with_ten(desk, standing):
    lists = (("bureau_one", "/complaints/ticket/"), ("supervisor_city", "/complaints/ticket/figures/"))
    home = ("bureau_one", "/")
    costs = []
    for count in (1, 9):
        for _ in range(count):
            taken(desk, standing(1))
        costs.append([asked(logged_in(getattr(desk.cast, name)), page) for name, page in (*lists, home)])
    assert costs == [[6, 31, 27], [6, 31, 28]]  # a list longer than the home page shows is counted
