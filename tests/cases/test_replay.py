"""Replaying a past day: what the codes showed under the book then in force, and the corrected view."""

from datetime import timedelta

from cases.selectors.replay import replay
from healthcode.core.offices.models import Division

from . import books
from .books import PROVINCE, adopted
from .scenes import Scene, T, day, later
from .test_adoption import DAY_16, released

NOW = DAY_16 + timedelta(days=30)


def colours(number: int, division: str = "330624") -> dict[str, tuple[int, int]]:
    replayed = replay(day(number), division=Division.objects.get(code=division), at=NOW)
    return {row.key: (row.displayed, row.corrected) for row in replayed.colours}


def grounds(number: int) -> dict[str, tuple[int, int]]:
    replayed = replay(day(number), division=Division.objects.get(code="330624"), at=NOW)
    return {row.key: (row.displayed, row.corrected) for row in replayed.grounds}


def test_a_day_shows_the_colours_of_its_own_book(scene: Scene):
    released(scene)
    adopted(scene, PROVINCE, at=DAY_16)
    assert colours(15) == {"RED": (0, 0), "YELLOW": (0, 0), "GREEN": (1, 1)}
    assert colours(16) == {"RED": (1, 1), "YELLOW": (0, 0), "GREEN": (0, 0)}


def test_a_ground_counts_in_the_colour_that_the_book_then_gave_it(scene: Scene):
    scene.risk(scene.person())
    adopted(scene, books.with_red_risk_areas(), at=later(days=1))
    assert (colours(0)["YELLOW"], colours(1)["RED"]) == ((1, 1), (1, 1))
    replayed = [
        replay(day(n), division=Division.objects.get(code="3306"), at=NOW).book.version for n in (0, 1)
    ]
    assert replayed[0] == "shaoxing-2020-91" and replayed[1] != replayed[0]


def test_what_was_voided_later_is_left_out_of_the_corrected_view(scene: Scene):
    scene.voided(scene.clinical(scene.person()), at=later(days=2))
    assert colours(1) == {"RED": (1, 0), "YELLOW": (0, 0), "GREEN": (0, 1)}
    assert grounds(1) == {"CLOSE_CONTACT": (1, 0)}
    assert colours(2) == {"RED": (0, 0), "YELLOW": (0, 0), "GREEN": (1, 1)}


def test_somebody_with_two_grounds_is_one_person_and_counts_for_both(scene: Scene):
    person = scene.person()
    scene.risk(person)
    scene.clinical(person)
    assert colours(0) == {"RED": (1, 1), "YELLOW": (0, 0), "GREEN": (0, 0)}
    assert grounds(0) == {"CLOSE_CONTACT": (1, 1), "RISK_AREA": (1, 1)}


def test_records_count_as_they_were_merged_then(scene: Scene):
    one, two = scene.person(), scene.person()
    scene.clinical(one)
    scene.merged(one, two, at=later(days=2))
    assert colours(1) == {"RED": (1, 1), "YELLOW": (0, 0), "GREEN": (1, 1)}
    assert colours(2) == {"RED": (1, 1), "YELLOW": (0, 0), "GREEN": (0, 0)}


def test_the_dead_have_no_code_and_the_unborn_none_yet(scene: Scene):
    person = scene.person()
    scene.died(person, at=T)
    scene.person(at=later(days=3))
    assert colours(0)["GREEN"] == (0, 0)
    assert colours(-1)["GREEN"] == (1, 1)
    assert colours(3)["GREEN"] == (1, 1)


def test_whoever_was_recorded_as_dead_and_lives_counts_again_from_then(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.died(person, at=later(days=1))
    scene.death_taken_back(person, at=later(days=3))
    assert [colours(number)["RED"] for number in (0, 1, 2, 3)] == [(1, 1), (0, 0), (0, 0), (1, 1)]
    assert [colours(number)["GREEN"] for number in (1, 3)] == [(0, 0), (0, 0)]


def test_a_division_counts_those_who_live_there(scene: Scene):
    scene.clinical(scene.person())
    scene.person(present="330602001")
    assert colours(0, "330602") == {"RED": (0, 0), "YELLOW": (0, 0), "GREEN": (1, 1)}
    assert colours(0, "3306") == {"RED": (1, 1), "YELLOW": (0, 0), "GREEN": (1, 1)}
