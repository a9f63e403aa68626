"""Whoever is yellow by a fever stands on the list of whoever can do what is missing next."""

from datetime import datetime, timedelta

import pytest

from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.selectors.worklists import worklists
from tests.cases.scenes import Scene, fresh, later

pytestmark = pytest.mark.django_db
STEPS = ("fever_unexamined", "fever_unsampled", "fever_undeclared")


def fevers_for(scene: Scene, username: str, at: datetime) -> set[str]:
    return {one.key for one in worklists(scene.cast[username], at)} & set(STEPS)


def test_a_fever_waits_for_the_clinic_then_for_a_sample_then_for_the_form_and_then_for_nobody(scene: Scene):
    person = scene.person()
    scene.fever(person)
    assert fevers_for(scene, "clinic.xinchang", later(minutes=10)) == {"fever_unexamined"}
    assert not fevers_for(scene, "service.xinchang", later(minutes=10))
    scene.visit(person, at=later(hours=1))
    for username in ("clinic.xinchang", "service.xinchang"):
        assert fevers_for(scene, username, later(hours=1, minutes=10)) == {"fever_unsampled"}
    scene.tested(person, at=later(hours=2))
    for username in ("clinic.xinchang", "community.yulin", "service.xinchang"):
        assert fevers_for(scene, username, later(hours=2, minutes=10)) == {"fever_undeclared"}
    scene.well(fresh(person), at=later(hours=3))
    assert colour_at(fresh(person), later(hours=3, minutes=10)) == Colour.GREEN
    for username in ("clinic.xinchang", "community.yulin", "service.xinchang"):
        assert not fevers_for(scene, username, later(hours=3, minutes=10))


def test_a_visit_that_ruled_nothing_out_leaves_the_fever_with_the_clinic(scene: Scene):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1), ruled_out=False)
    assert fevers_for(scene, "clinic.xinchang", later(hours=2)) == {"fever_unexamined"}


def test_what_came_before_the_onset_says_nothing_of_the_fever(scene: Scene):
    person = scene.person(at=later(days=-3))
    scene.visit(person, at=later(days=-1))
    scene.tested(person, at=later(days=-1, hours=1))
    scene.fever(person)
    assert fevers_for(scene, "clinic.xinchang", later(minutes=10)) == {"fever_unexamined"}


def test_whoever_falls_ill_again_is_examined_again(scene: Scene):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    again = later(days=2)
    scene.fever(fresh(person), at=again)
    assert fevers_for(scene, "clinic.xinchang", again + timedelta(hours=1)) == {"fever_unexamined"}


def test_a_sample_that_is_at_the_laboratory_asks_for_nothing_yet(scene: Scene):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2), outcome="PENDING")
    assert not fevers_for(scene, "clinic.xinchang", later(hours=3))


def test_a_fever_of_another_county_is_not_listed(scene: Scene):
    scene.fever(scene.person(present="330602001"))
    assert not fevers_for(scene, "clinic.xinchang", later(hours=1))
