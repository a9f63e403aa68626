"""One list's own page asks for that list alone, and nothing is asked for twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case
from cases.selectors.worklists import KINDS, worklists
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from complaints.selectors.worklists import KINDS as DESK
from healthcode.core import spans
from healthcode.portal import home, waiting
from tests.cases.scenes import DUE, Scene, later
from tests.complaints.desk import Desk
from tests.factories import Cast, guarded, register


@pytest.fixture
def reports(cast: Cast, now):
    """Return a function: so many reports that wait for the group of Xinchang."""

    def make(number: int) -> None:
        for one in range(number):
            then = now - timedelta(hours=2)
            person = register(by=cast.cdc_xinchang, at=then)
            claim = Claim("CLOSE_CONTACT", now.date(), evidence_kind="LETTER", evidence_ref=f"函{one}")
            cases.report(person, claim, by=cast.cdc_xinchang, at=then)

    return make


def statements(ask) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return [one["sql"] for one in asked]


def test_a_page_of_one_list_asks_for_that_list_alone(cast: Cast, reports, now):
    reports(1)
    group = cast.group_xinchang
    waiting.card(group, "reports", at=now)
    # The list itself, who is on duty, which of its people this office may open, and the rule book for its words.
    assert len(statements(lambda: waiting.card(group, "reports", at=now))) == 4


def test_a_list_of_nobodys_costs_nothing_at_all(cast: Cast, db, now):
    group = cast.group_xinchang
    assert statements(lambda: waiting.card(group, "desk_own", at=now)) == []


@pytest.mark.parametrize("username", ["group_xinchang", "duty_xinchang", "cdc_xinchang", "officer_yulin"])
def test_no_list_of_the_home_page_is_asked_for_twice(cast: Cast, reports, now, username):
    reports(2)
    reader = cast[username.replace("_", ".")]
    asked = [one for one in statements(lambda: home.home(reader, at=now)) if "rulebook" not in one]
    assert len(asked) == len(set(asked))
    kinds = [kind for kind in (*KINDS, *DESK) if any(reader.may(act) for act in kind.acts)]
    lists = [one for one in statements(lambda: worklists(reader, now)) if "LIMIT 6" in one]
    assert len(lists) <= len(kinds)


def test_a_longer_list_costs_no_more_until_it_has_to_be_counted(cast: Cast, reports, now):
    group = cast.group_xinchang
    reports(1)
    few = len(statements(lambda: waiting.cards(group, at=now)))
    reports(4)
    assert len(statements(lambda: waiting.cards(group, at=now))) == few
    reports(1)
    assert len(statements(lambda: waiting.cards(group, at=now))) == few + 1
    (card,) = (one for one in waiting.cards(group, at=now) if one.key == "reports")
    assert (card.total, len(card.items), card.more) == (Case.objects.count(), 5, 1)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def unread(scene: Scene, now):
    """Return a function: so many held cases of people whose pages the duty lead may not open."""

    def make(number: int) -> None:
        for _one in range(number):
            scene.held(scene.person(at=now - timedelta(hours=2)), at=now - timedelta(hours=1))

    return make


def test_rows_whose_pages_are_closed_lead_to_the_act_and_cost_no_query_each(cast: Cast, unread, now):
    reader = cast.duty_xinchang
    unread(1)
    one = statements(lambda: waiting.cards(reader, at=now))
    unread(3)
    four = statements(lambda: waiting.cards(reader, at=now))
    items = [item for card in waiting.cards(reader, at=now) for item in card.items]
    assert len(items) == 4 and all(not item.opens and item.acts for item in items)
    assert {act.name for item in items for act in item.acts} == {"decide-case"}
    assert len(four) == len(one)


@pytest.fixture
def red_at_a_door(scene: Scene):
    """Return a function: so many people who stood red at a door, and whose pages the duty lead may not open."""
    venue = guarded()

    def make(number: int) -> None:
        for _one in range(number):
            person = scene.person()
            scene.clinical(person)
            scene.checked(person, venue, at=later(hours=1))

    return make


def test_what_waits_without_hours_asks_for_the_acts_that_settle_it_alone(cast: Cast, red_at_a_door):
    reader, at = cast.duty_city, later(hours=2)
    red_at_a_door(1)
    one = statements(lambda: waiting.card(reader, "red_at_a_door", at=at))
    red_at_a_door(3)
    four = statements(lambda: waiting.card(reader, "red_at_a_door", at=at))
    card = waiting.card(reader, "red_at_a_door", at=at)
    assert [[act.name for act in item.acts] for item in card.items] == [["answer-red-scan"]] * 4
    assert len(four) - len(one) <= 3 * 2


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=-90), "还剩1小时"),
        (timedelta(seconds=20), "超时1分钟"),
        (timedelta(hours=47), "超时47小时"),
        (timedelta(days=3, hours=5), "超时3天"),
    ],
)
def test_a_deadline_says_how_much_is_left_or_how_late_it_is(now, span, words):
    assert spans.left(now - span, now) == words


def test_what_waits_says_how_long_and_what_has_hours_how_late_it_is(cast: Cast, reports, now, at_desk):
    reports(1)
    card = waiting.card(cast.group_xinchang, "reports", at=now)
    assert card.items[0].clock.words == "已2小时"
    late = spans.left(card.items[0].wait.due, now)
    page = at_desk(cast.group_xinchang, "zh-hans").get(reverse("admin:work", args=("reports",)))
    assert late in page.content.decode()


NOON = DUE + timedelta(hours=12)
RELEASE = ("overdue", "late", "ready", "due_today")  # every list on which one that is due may stand


@pytest.mark.parametrize("ago", [timedelta(hours=-5), timedelta(minutes=1), timedelta(days=2, hours=1)])
def test_a_release_counts_to_noon_of_its_day_and_one_way_on_every_list(scene: Scene, ago):
    tested, untested = (scene.person() for _one in range(2))
    for person in (tested, untested):
        scene.clinical(person)
    scene.tested(tested, at=DUE - timedelta(hours=20))
    at, cast = NOON + ago, scene.cast
    found = [
        one
        for user in (cast.officer_yulin, cast.duty_xinchang)
        for one in waiting.cards(user, at=at)
        if one.key in RELEASE
    ]
    lists = {one.key for one in found}
    assert lists == ({"ready", "due_today"} if at < NOON else {"ready", "overdue", "late"})
    for item in (item for card in found for item in card.items):
        words = [item.clock.words if item.clock else "", spans.left(item.wait.due, at) if item.wait else ""]
        assert [one for one in words if one] == [spans.left(NOON, at)]
        assert item.late is (at >= NOON)


def test_a_ticket_nobody_signed_for_is_late_by_that_clock_for_the_lead_too(scene, at_desk, now):
    desk = Desk(scene)
    ticket = desk.routed(at=now - timedelta(hours=5))
    card = waiting.card(scene.cast.lead_city, "desk_late", at=now)
    assert card.items[0].clock.words == spans.left(ticket.sign_due, now)
    assert card.items[0].clock.words.startswith("超时")
