"""A child without a document is told by guardian, name, birth date and order: whose code it is, the bureau corrects."""

from datetime import timedelta

import pytest

from cases.models import Person
from cases.policy.colours import Colour
from cases.services.persons import numbers, people
from cases.services.persons.identity import Identity
from tests.cases.scenes import Scene, T, colour, fresh, later, refused

BORN = T.date() - timedelta(days=30)
CHANGED = {
    "name": {"name": "王大明"},
    "birth_date": {"birth_date": BORN - timedelta(days=1)},
    "birth_order": {"birth_order": 2},
}


def child(scene: Scene) -> Person:
    said = {"document_type": "NONE", "name": "王小明", "birth_date": BORN}
    registered = people.register(
        Identity(**said),
        present=scene.person().present,
        guardian=scene.person(),
        guardian_relation="母亲",
        by=scene.cast.community_yulin,
        at=T,
    )
    return registered.person


def corrected(scene: Scene, one: Person, *, by: str = "service.xinchang", **said):
    told = {"document_type": "NONE", "name": one.name, "birth_date": one.birth_date, **said}
    identity = Identity(**told)
    return people.correct(
        fresh(one), identity, address="", reason="笔误", by=scene.cast[by], at=later(hours=2)
    )


@pytest.mark.parametrize("what", CHANGED)
def test_a_clerk_does_not_change_whose_code_a_childs_is(scene: Scene, what):
    one = child(scene)
    scene.clinical(one)
    said = refused(numbers.BureauFirst, corrected, scene, one, **CHANGED[what])
    assert said.field == "name"
    assert fresh(one).name == "王小明" and colour(one, later(hours=3)) == Colour.RED


@pytest.mark.parametrize("what", CHANGED)
def test_the_bureau_corrects_it_and_the_code_stays(scene: Scene, what):
    one = child(scene)
    scene.clinical(one)
    corrected(scene, one, by="bureau.one", **CHANGED[what])
    assert colour(one, later(hours=3)) == Colour.RED
    assert getattr(fresh(one), what) == CHANGED[what][what]


def test_an_ended_ground_is_enough_and_none_is_not(scene: Scene):
    one, other = child(scene), child(scene)
    scene.risk(one)
    scene.tested(one, at=later(hours=1), by=scene.cast.service_xinchang)
    refused(numbers.BureauFirst, corrected, scene, one, name="王大明")
    corrected(scene, other, name="王大明")
    assert fresh(other).name == "王大明"


def test_what_tells_nobody_apart_is_corrected_as_ever(scene: Scene):
    one = child(scene)
    scene.clinical(one)
    corrected(scene, one, phone="13900000001", sex="MALE")
    assert fresh(one).sex == "MALE"
