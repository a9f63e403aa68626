"""A jurisdiction is a prefix cut by level: 2, 4, 6 or 9 digits, never by stripping zeros."""

import pytest

from cases.models import Person
from cases.policy.colours import Colour
from healthcode.core.offices import scope

from .scenes import Scene, colour, later

HOMES = ("330624001", "330624002", "330602001", "330681001", "330106001", "310101002")


def reached(prefix: str) -> set[str]:
    return set(Person.objects.filter(scope.within(prefix, "present")).values_list("present", flat=True))


@pytest.fixture
def everywhere(scene: Scene):
    for home in HOMES:
        scene.person(present=home)


@pytest.mark.parametrize(
    ("prefix", "homes"),
    [
        ("33", set(HOMES[:5])),
        ("3306", set(HOMES[:4])),
        ("330624", set(HOMES[:2])),
        ("330624001", {"330624001"}),
        ("31", {"310101002"}),
        ("330699", set()),
        ("99", set()),
    ],
)
def test_a_jurisdiction_covers_what_begins_with_it(everywhere, prefix, homes):
    assert reached(prefix) == homes
    assert {home for home in HOMES if scope.covers(prefix, home)} == homes


@pytest.mark.parametrize("prefix", ["", "3", "330", "33062", "3306240", "33062400"])
def test_a_prefix_between_the_levels_covers_nothing(everywhere, prefix):
    assert reached(prefix) == set()


def test_a_prefix_that_ends_in_nine_carries(scene: Scene):
    scene.person(present="330109001")
    scene.person(present="330110001")
    assert reached("330109") == {"330109001"}


def test_a_county_reaches_its_own_people_and_no_others(scene: Scene, everywhere):
    own = Person.objects.reachable_by(scene.cast.group_xinchang, "order.change", later(days=9))
    assert {person.present_id for person in own} == {"330624001", "330624002"}


def test_an_account_that_is_closed_reaches_nobody(scene: Scene, everywhere):
    clerk = scene.cast.group_xinchang
    clerk.is_active = False
    assert not Person.objects.reachable_by(clerk, "person.view", later(days=9)).exists()


def test_everybody_is_green_where_nothing_is_open(scene: Scene, everywhere):
    assert {colour(person, later(days=1)) for person in Person.objects.all()} == {Colour.GREEN}
