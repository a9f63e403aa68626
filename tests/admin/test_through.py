"""Working through a list: the act's form, confirm, the next one; what is settled meanwhile is left out."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import LabResult, Person
from cases.operations import PERSON_OPERATIONS
from cases.selectors.worklists import CHOOSE, KINDS, SECONDS
from complaints.operations import TICKET_OPERATIONS
from complaints.selectors.worklists import KINDS as DESK
from healthcode.core.offices.roles import ACTS
from tests.cases.scenes import Scene
from tests.factories import Cast, register, sampled

FLOORS = [*((one, PERSON_OPERATIONS) for one in KINDS), *((one, TICKET_OPERATIONS) for one in DESK)]
ROW = re.compile(r"/cases/person/(\d+)/do/([a-z-]+)/\?through=")


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def yellow(scene: Scene, now):
    """Return a function: so many people of Xinchang who are yellow and untested, the first first."""

    def make(number: int) -> list[Person]:
        day = timezone.localdate(now - timedelta(days=1))
        area = scene.listed(at=now - timedelta(days=2), from_at=now - timedelta(days=5))
        return [
            scene.risk(
                scene.person(at=now - timedelta(days=2)),
                area,
                began_on=day,
                at=now - timedelta(hours=20 - one),
            ).person
            for one in range(number)
        ]

    return make


def work(key: str) -> str:
    return reverse("admin:work", args=(key,))


def through(key: str) -> str:
    return reverse("admin:through_begin", args=(key,))


class Walk:
    """Somebody who works through a list in a browser."""

    def __init__(self, client, key: str) -> None:
        self.client = client
        self.page = client.post(through(key), follow=True)

    @property
    def address(self) -> str:
        return self.page.redirect_chain[-1][0] if self.page.redirect_chain else ""

    @property
    def person(self) -> int:
        found = ROW.search(self.address)
        return int(found[1]) if found else 0

    @property
    def text(self) -> str:
        return self.page.content.decode()

    def send(self, **fields: str) -> None:
        self.page = self.client.post(self.address, {**fields, "_next": "1"}, follow=True)

    def confirm(self) -> None:
        self.page = self.client.post(self.address, {"_confirm": "1"}, follow=True)

    def skip(self) -> None:
        self.page = self.client.get(re.search(r'href="([^"]+)" data-key="k"', self.text)[1], follow=True)


def test_one_row_after_the_other_opens_the_form_of_its_act(cast: Cast, at_desk, yellow, typed, now):
    first, second = yellow(2)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    assert (walk.person, "1 of 2" in walk.text) == (first.pk, True)
    walk.send(**typed(now))
    assert "1 of 2" in walk.text and "This will happen" in walk.text
    walk.confirm()
    assert (walk.person, "2 of 2" in walk.text) == (second.pk, True)
    assert "Result entered." in walk.text
    walk.send(**typed(now, report_number="N-2"))
    walk.confirm()
    assert "2 of 2 wait no more." in walk.text
    assert LabResult.objects.count() == 2


def test_what_is_wrong_stays_at_its_place_with_what_was_typed(cast: Cast, at_desk, yellow, typed, now):
    (person,) = yellow(1)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    walk.send(**typed(now, laboratory="", report_number="N-77"))
    assert walk.person == person.pk and "1 of 1" in walk.text and 'value="N-77"' in walk.text


def test_who_is_left_for_later_is_named_at_the_end(cast: Cast, at_desk, yellow):
    first, second = yellow(2)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    walk.skip()
    assert walk.person == second.pk
    walk.skip()
    assert "0 of 2 wait no more." in walk.text and first.name in walk.text and second.name in walk.text


def test_what_a_colleague_settled_meanwhile_is_left_out(cast: Cast, at_desk, yellow, now):
    _first, second, third = yellow(3)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    sampled(second, by=cast.service_xinchang, at=now)
    walk.skip()
    assert walk.person == third.pk and "3 of 3" in walk.text
    assert "1 was settled meanwhile, and is left out." in walk.text


def test_going_back_to_a_place_shows_it_again(cast: Cast, at_desk, yellow):
    _first, second = yellow(2)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    back = walk.address
    walk.skip()
    assert walk.person == second.pk
    page = walk.client.get(back)
    assert page.status_code == 200 and "1 of 2" in page.content.decode()


def test_an_act_done_a_second_time_from_a_page_gone_back_to_leads_on(cast: Cast, at_desk, yellow, typed, now):
    _first, second = yellow(2)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    walk.send(**typed(now))
    confirmed = walk.address
    walk.confirm()
    walk.page = walk.client.post(confirmed, {"_confirm": "1"}, follow=True)
    assert walk.person == second.pk and LabResult.objects.count() == 1


def test_a_role_without_the_first_act_has_the_form_of_its_own(cast: Cast, at_desk, yellow):
    yellow(1)
    walk = Walk(at_desk(cast.community_yulin), "untested")
    assert ROW.search(walk.address)[2] == "declare-proxy"


def test_what_has_no_form_of_its_own_stays_on_its_page_until_it_is_settled(cast: Cast, at_desk, red, now):
    person = red()
    sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=1), outcome="POSITIVE")
    walk = Walk(at_desk(cast.group_xinchang), "positives")
    assert walk.address.startswith(f"/cases/person/{person.pk}/change/?through=positives.")
    buttons = re.findall(r'class="btn[^"]*" href="(/cases/person/\d+/do/[^"]+)"', walk.text)
    assert buttons and all("?through=positives." in one for one in buttons)
    walk.page = walk.client.get(next(one for one in buttons if "/hand-over/" in one), follow=True)
    place = re.search(rf'href="({through("positives")}[\w-]+/)1/" data-key="k"', walk.text)[1]
    walk.page = walk.client.get(f"{place}0/?settled=1", follow=True)
    assert walk.address.startswith(f"/cases/person/{person.pk}/change/?through=positives.")


def test_a_list_of_another_role_and_one_of_second_decisions_are_not_there(cast: Cast, at_desk, yellow, scene):
    yellow(1)
    assert at_desk(cast.group_xinchang).post(through("untested")).status_code == 404
    assert at_desk(cast.group_xinchang).post(through("reports")).status_code == 404
    assert at_desk(cast.service_xinchang).post(through("nothing")).status_code == 404
    assert at_desk(cast.service_xinchang).get(through("untested")).status_code == 405


def test_a_walk_is_its_walkers_alone(cast: Cast, at_desk, yellow):
    yellow(1)
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    place = re.search(rf'href="({through("untested")}[\w-]+/)1/" data-key="k"', walk.text)[1]
    other = at_desk(cast.service_yuecheng).get(f"{place}0/", follow=True)
    assert other.redirect_chain == [(work("untested"), 302)]


def test_an_empty_list_says_so(cast: Cast, at_desk):
    walk = Walk(at_desk(cast.service_xinchang), "untested")
    assert walk.address == work("untested") and "Nothing waits for you now." in walk.text


def test_a_mark_that_nobody_made_shows_no_strip_and_breaks_nothing(cast: Cast, at_desk, yellow):
    (person,) = yellow(1)
    client = at_desk(cast.service_xinchang)
    for mark in ("untested.nobody.0", "untested", "x.y.99999", "untested.a.b.c", "../.."):
        page = client.get(f"/cases/person/{person.pk}/do/enter-result/", {"through": mark})
        assert page.status_code == 200 and 'class="strip"' not in page.content.decode()


def test_home_offers_it_where_acts_are_done_and_nowhere_over_second_decisions(cast: Cast, at_desk, yellow):
    yellow(1)
    page = at_desk(cast.service_xinchang).get("/").content.decode()
    assert f'action="{through("untested")}"' in page
    register(by=cast.cdc_xinchang)
    for kind in (*KINDS, *DESK):
        if kind.steps:
            assert any(act not in SECONDS for act in kind.acts), kind.key


@pytest.mark.any_database
def test_every_step_of_a_list_is_an_act_of_somebody_who_has_the_list():
    for kind, operations in FLOORS:
        acts = {one.name: one.act for one in operations}
        if kind.steps == CHOOSE:
            continue
        readers = {role for act in kind.acts if act in ACTS for role in ACTS[act].reach}
        for name in kind.steps:
            assert readers & set(ACTS[acts[name]].reach), (kind.key, name)


def test_a_long_list_costs_no_more_than_a_short_one(cast: Cast, at_desk, yellow):
    def cost() -> int:
        client = at_desk(cast.service_xinchang)
        with CaptureQueriesContext(connection) as asked:
            begun = client.post(through("untested"))
            client.get(begun.url)
        return len(asked)

    yellow(2)
    few = cost()
    yellow(6)
    assert cost() == few
