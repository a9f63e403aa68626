"""What one page asks again and again is asked once, and by the next page afresh."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import RuleBook
from cases.models.reading import reading
from cases.selectors.facts import governing_order
from healthcode.portal import home
from tests.cases.scenes import Scene, later
from tests.factories import Cast


def statements(ask) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return [one["sql"] for one in asked]


def test_a_persons_page_asks_for_the_standing_order_once(cast: Cast, client: Client):
    scene = Scene(cast)
    person = scene.person()
    scene.overseas(person)
    client.force_login(cast.group_xinchang)
    url = reverse("admin:cases_person_change", args=(person.pk,))
    sent = [one for one in statements(lambda: client.get(url)) if 'FROM "cases_controlorder"' in one]
    assert len(sent) == len(set(sent))


def test_a_home_asks_for_the_rule_book_once(cast: Cast):
    sent = statements(lambda: home.home(cast.group_xinchang, at=later(days=1)))
    assert len([one for one in sent if "FROM cases_rulebook" in one]) == 1


def test_outside_a_page_nothing_is_kept(cast: Cast):
    at = later(days=1)
    assert len(statements(lambda: [RuleBook.objects.in_force(at) for _ in range(2)])) == 2


def test_a_page_after_the_other_asks_afresh(cast: Cast):
    scene = Scene(cast)
    person = scene.person()
    scene.overseas(person)
    with reading():
        order = governing_order(person)
        with reading():  # a part of the page
            assert statements(lambda: governing_order(person)) == []
    assert order is not None
    with reading():
        assert len(statements(lambda: governing_order(person))) == 1


def test_a_page_that_breaks_keeps_nothing(cast: Cast):
    at = later(days=1)
    try:
        with reading():
            RuleBook.objects.in_force(at)
            raise KeyError
    except KeyError:
        pass
    assert len(statements(lambda: RuleBook.objects.in_force(at))) == 1
