"""A death that was recorded of the wrong one: two take it back, and what it ended stands again."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, Transition
from cases.policy.colours import Colour
from cases.services.engine import second_person
from cases.services.grounds import cases
from cases.services.persons import deaths
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, refused, sound
from tests.facts.dying import GROUNDS, asked_back, coded


@pytest.mark.parametrize("ground", GROUNDS)
def test_taken_back_by_two_everything_stands_again_with_its_order(scene: Scene, ground):
    person, case = coded(scene, ground)
    colour_before = colour(person, later(hours=0.5))
    before = ControlOrder.objects.filter(served__case=case).first()
    scene.died(person, at=later(hours=1))
    scene.death_taken_back(person, at=later(hours=5))
    again = Case.objects.of(fresh(person)).open().get()
    assert (again.resumes_id, fresh(person).deceased_on) == (case.pk, None)
    moments = [colour(person, later(hours=hours)) for hours in (0.5, 2, 6)]
    assert moments == [colour_before, Colour.NONE, colour_before]
    if before is not None:
        now = order_of(person)
        names = ("kind", "day0", "until", "place", "officer_id")
        assert [getattr(now, name) for name in names] == [getattr(before, name) for name in names]
    sound()


def test_somebody_green_is_green_again(scene: Scene):
    person = scene.person()
    scene.died(person, at=later(hours=1))
    scene.death_taken_back(person, at=later(hours=5))
    assert [colour(person, later(hours=one)) for one in (2, 6)] == [Colour.NONE, Colour.GREEN]
    assert [(one.from_colour, one.to_colour) for one in Transition.objects.order_by("at")] == [
        ("GREEN", "NONE"),
        ("NONE", "GREEN"),
    ]
    scene.overseas(fresh(person), at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.RED


def test_monitoring_that_the_death_broke_off_goes_on(scene: Scene):
    person, _case = coded(scene, "OVERSEAS")
    scene.ended(person, at=DUE)
    until = order_of(person).until
    scene.died(person, at=DUE + timedelta(days=1))
    scene.death_taken_back(person, at=DUE + timedelta(days=2))
    assert (order_of(person).kind, order_of(person).until) == ("COMMUNITY_MONITORING", until)


def test_a_second_death_ends_it_again(scene: Scene):
    person, _case = coded(scene, "CLOSE_CONTACT")
    scene.died(person, at=later(hours=1))
    scene.death_taken_back(person, at=later(hours=2))
    scene.died(person, at=later(hours=3))
    assert [colour(person, later(hours=one)) for one in (1.5, 2.5, 3.5)] == [
        Colour.NONE,
        Colour.RED,
        Colour.NONE,
    ]


def test_the_taking_back_needs_another_office(scene: Scene):
    person = scene.person()
    refused(deaths.NotDead, asked_back, scene, person)
    scene.died(person, at=later(hours=1))
    asked = asked_back(scene, person)
    refused(deaths.WithdrawalAlreadyProposed, asked_back, scene, person, by="cdc.xinchang")
    refused(
        second_person.SamePerson, deaths.withdraw, asked, by=scene.cast.community_yulin, at=later(hours=4)
    )
    deaths.refuse_withdrawal(asked, answer="已核实死亡", by=scene.cast.cdc_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.NONE
    again = asked_back(scene, person, at=later(hours=6))
    deaths.withdraw(again, by=scene.cast.cdc_xinchang, at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.GREEN


def test_a_death_that_both_halves_of_a_merge_had_is_taken_back_for_the_human(scene: Scene):
    pair = scene.person(), scene.person()
    cases = [scene.overseas(one) for one in pair]
    for hours, one in enumerate(pair, 1):
        scene.died(one, at=later(hours=hours))
    merge = scene.merged(*pair, at=later(hours=3))
    scene.death_taken_back(pair[1], at=later(hours=4))
    assert {case.resumed_by.get().state for case in map(fresh, cases)} == {"OPEN"}
    scene.parted(merge, at=later(hours=5))
    assert [colour(one, later(hours=6)) for one in pair] == [Colour.RED, Colour.RED]


def test_long_after_a_death_is_taken_back_no_code_turns_but_it_is_written_down(scene: Scene):
    person, _case = coded(scene, "CLOSE_CONTACT")
    scene.died(person, at=later(hours=1))
    at = later(days=60)
    scene.death_taken_back(person, at=at)
    assert colour(person, at + timedelta(hours=1)) == Colour.GREEN
    assert Event.objects.filter(action="case.fell").count() == 1


def test_what_the_death_had_sent_back_waits_again_when_it_is_taken_back(scene: Scene):
    person = scene.person()
    reported = scene.reported(person)
    held = scene.held(person)
    scene.died(person, at=later(hours=1))
    assert {fresh(one).state for one in (reported, held)} == {"REFUSED"}
    scene.death_taken_back(person, at=later(hours=3))
    waiting = Case.objects.of(person).filter(state__in=("REPORTED", "HELD")).order_by("pk")
    assert [(one.ground, one.state) for one in waiting] == [
        ("CLOSE_CONTACT", "REPORTED"),
        ("OTHER_YELLOW", "HELD"),
    ]
    cases.enter(waiting[0], by=scene.cast.group_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.RED
    assert list(findings()) == []
