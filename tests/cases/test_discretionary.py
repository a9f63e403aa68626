"""Grounds at the discretion of a group (clauses 1.1g, 1.2c): they wait for the duty lead."""

import pytest

from cases.models.cases import State
from cases.policy.colours import Colour
from cases.services.engine import second_person
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import cases

from .scenes import Scene, T, colour, fresh, later, refused


@pytest.mark.parametrize("ground", ["OTHER_RED", "OTHER_YELLOW"])
def test_a_discretionary_ground_waits_for_the_duty_lead(scene: Scene, ground):
    person = scene.person()
    case = scene.held(person, ground, plan=Plan(kind="CENTRAL_ISOLATION"))
    assert (case.state, colour(person, later(days=1))) == (State.HELD, Colour.GREEN)


@pytest.mark.parametrize(("ground", "expected"), [("OTHER_RED", Colour.RED), ("OTHER_YELLOW", Colour.YELLOW)])
def test_a_discretionary_ground_counts_once_approved(scene: Scene, ground, expected):
    person = scene.person()
    case = scene.held(person, ground, plan=Plan(kind="CENTRAL_ISOLATION", days=10))
    cases.decide(case, approve=True, by=scene.cast.duty_xinchang, at=T)
    assert colour(person, later(seconds=1)) == expected


def test_a_duty_lead_of_the_city_decides_too_but_a_colleague_of_the_group_does_not(scene: Scene):
    case = scene.held(scene.person())
    refused(NotAllowed, cases.decide, case, approve=True, by=scene.cast.group_city, at=T)
    cases.decide(case, approve=True, by=scene.cast.duty_city, at=T)
    assert fresh(case).state == State.OPEN


def test_a_duty_lead_does_not_decide_on_somebody_who_lives_elsewhere(scene: Scene):
    person = scene.person(present="330602001", by=scene.cast.group_xinchang, at=T)
    case = scene.held(person)
    refused(NotAllowed, cases.decide, case, approve=True, by=scene.cast.duty_xinchang, at=T)


def test_a_held_case_sent_back_never_counts(scene: Scene):
    person = scene.person()
    case = scene.held(person)
    cases.decide(case, approve=False, answer="依据不足", by=scene.cast.duty_xinchang, at=T)
    assert (fresh(case).state, colour(person, later(days=1))) == (State.REFUSED, Colour.GREEN)


def test_a_held_case_is_not_sent_back_without_saying_why(scene: Scene):
    case = scene.held(scene.person())
    refused(
        second_person.SentBackWithoutReason,
        cases.decide,
        case,
        approve=False,
        by=scene.cast.duty_xinchang,
        at=T,
    )
