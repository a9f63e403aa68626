"""A person's timeline: colours, grounds, control, tests and forms on one axis, with their table."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from cases.models import ControlOrder, RuleBook
from cases.selectors.story import story
from cases.services import control
from healthcode.core.audit.models import Event
from healthcode.portal.timelines.drawing import LABEL, ROOM, Lane, TimeSpan, draw
from healthcode.portal.timelines.stories import lanes
from tests.factories import sampled


@pytest.fixture
def red(scene, now):
    """Return somebody who turned red two days ago under an order, and was tested since."""
    person = scene.person(at=now - timedelta(days=3))
    scene.clinical(person, at=now - timedelta(days=2), began_on=timezone.localdate(now - timedelta(days=3)))
    sampled(person, by=scene.cast.officer_yulin, at=now - timedelta(hours=5))
    return person


def of(person, now):
    return lanes(person, story(person), RuleBook.objects.in_force(now).policy, at=now)


def test_a_stretch_begins_and_ends_where_its_moments_lie_on_the_axis(now):
    begin = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=4)
    end = begin + timedelta(days=4)
    lane = Lane(
        "one",
        (
            TimeSpan("a", begin, begin + timedelta(days=1), ""),
            TimeSpan("b", end - timedelta(days=2), None, ""),
        ),
    )
    first, second = draw([lane, Lane("none", ())], until=end).lanes[0].bars
    assert (first.x, first.width) == (LABEL, ROOM / 4)
    assert (second.x, second.width) == (LABEL + ROOM / 2, ROOM / 2)


def test_a_moment_is_a_dot_and_an_empty_lane_is_left_out(now):
    drawn = draw(
        [Lane("none", ()), Lane("one", (TimeSpan("a", now, now, ""),))], until=now + timedelta(days=1)
    )
    assert len(drawn.lanes) == 1 and drawn.lanes[0].bars[0].is_moment


@pytest.mark.parametrize("number", [1, 9, 40, 400, 4000])
def test_the_axis_has_ten_marks_at_most(now, number):
    since = now - timedelta(days=number)
    marks = draw([Lane("one", (TimeSpan("a", since, None, ""),))], until=now).marks
    assert 1 <= len(marks) <= 13 and marks[0][0] == LABEL


def test_a_story_has_its_colour_its_ground_its_order_and_its_test(red, now):
    there = [lane for lane in of(red, now) if lane.spans]
    styles = [[one.style for one in lane.spans] for lane in there]
    assert styles == [["bar-red"], ["bar-red"], ["part"], ["dot-green"]]


def test_the_table_says_until_when_control_goes_and_what_the_clinic_found(scene, now, red):
    feverish = scene.person(at=now - timedelta(days=2))
    scene.fever(feverish, at=now - timedelta(hours=20), onset_on=timezone.localdate(now - timedelta(days=1)))
    scene.visit(feverish, at=now - timedelta(hours=10), ruled_out=False)
    order = ControlOrder.objects.of(red).get()
    with translation.override("en"):
        orders = [one.words for lane in of(red, now) for one in lane.spans if one.style == "part"]
        forms = [one.words for lane in of(feverish, now) for one in lane.spans if one.style.startswith("dot")]
    assert orders == [f"{order.place} · due {timezone.localtime(order.until):%Y-%m-%d %H:%M}"]
    assert any(one.endswith("infection not ruled out") for one in forms)


def test_the_table_says_that_control_went_to_another_province(scene, now, red):
    letter = {"letter": "3号", "destination": "江苏"}
    control.transfer_out(red, **letter, by=scene.cast.group_xinchang, at=now - timedelta(hours=1))
    with translation.override("en"):
        spans = [one for lane in of(red, now) for one in lane.spans if one.style == "part"]
    assert [one.words.endswith("handed to another province") for one in spans] == [True]


def test_the_page_has_picture_and_table_and_is_recorded(supervisor, red):
    page = supervisor.get(reverse("admin:person_timeline", args=(red.pk,)))
    body = page.content.decode()
    assert "<svg" in body and len(page.context["rows"]) == 4
    event = Event.objects.latest("pk")
    assert (event.action, event.person) == ("person.viewed", str(red.public_id))


def test_whoever_may_not_open_the_person_finds_no_timeline(red, cast, at_desk):
    address = reverse("admin:person_timeline", args=(red.pk,))
    assert at_desk(cast.community_yulin).get(address).status_code == 200
    for stranger in (cast.community_yuecheng, cast.admin_one, cast.duty_city):
        assert at_desk(stranger).get(address).status_code == 404, stranger
    assert (
        at_desk(cast.supervisor_city).get(reverse("admin:person_timeline", args=(987654321,))).status_code
        == 404
    )


def test_a_longer_story_costs_no_more_queries(supervisor, scene, red, now):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            supervisor.get(reverse("admin:person_timeline", args=(red.pk,)))
        return len(asked)

    cost()
    few = cost()
    for hours in (4, 3, 2):
        sampled(red, by=scene.cast.officer_yulin, at=now - timedelta(hours=hours))
    assert cost() == few
