"""Somebody red stood at a door: a matter of the prevention office, until it says what was done (2.0, 2.1f)."""

import pytest

from cases.models import RedScanAnswer
from cases.selectors.worklists import worklists
from cases.services.engine.refusals import NotAllowed
from cases.services.gates import red_scans
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, later, refused
from tests.factories import guarded


@pytest.fixture
def scanned(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.checked(person, guarded(), at=later(hours=1))
    return person


def waiting(scene: Scene, username: str, at) -> int:
    return {one.key: one.total for one in worklists(scene.cast[username], at)}.get("red_at_a_door", 0)


def answered(scene: Scene, person, by: str = "duty.xinchang", at=None):
    return red_scans.answer(person, words="已送回隔离点", by=scene.cast[by], at=at or later(hours=2))


@pytest.mark.parametrize("username", ["duty.xinchang", "duty.city"])
def test_a_red_scan_waits_for_the_prevention_office_until_it_is_answered(scene: Scene, scanned, username):
    assert waiting(scene, username, later(hours=1, minutes=1)) == 1
    assert answered(scene, scanned, by=username) == 1
    assert waiting(scene, username, later(hours=3)) == 0
    assert RedScanAnswer.objects.get().words == "已送回隔离点"
    assert Event.objects.filter(action="gate.answered").count() == 1


def test_one_answer_is_for_every_scan_until_then_and_for_none_after(scene: Scene, scanned):
    scene.checked(scanned, guarded(), at=later(hours=1, minutes=5))
    assert answered(scene, scanned) == 2
    scene.checked(scanned, guarded(), at=later(hours=3))
    assert waiting(scene, "duty.xinchang", later(hours=4)) == 1


@pytest.mark.parametrize("by", ["group.xinchang", "officer.yulin", "community.yulin", "gate.school"])
def test_nobody_else_answers(scene: Scene, scanned, by):
    assert waiting(scene, by, later(hours=2)) == 0
    refused(NotAllowed, answered, scene, scanned, by=by)


def test_yellow_and_green_at_a_door_are_no_matter_of_the_prevention_office(scene: Scene):
    green, yellow = scene.person(), scene.person()
    scene.fever(yellow)
    for person in (green, yellow):
        scene.checked(person, guarded(), at=later(hours=1))
    assert waiting(scene, "duty.xinchang", later(hours=2)) == 0
    refused(red_scans.NothingToAnswer, answered, scene, yellow)
