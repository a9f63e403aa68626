"""A child without a document is told by guardian, name, birth date and order: whose code it is, two people correct."""

from datetime import timedelta

import pytest
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.policy.colours import Colour
from cases.selectors.pending import pending
from cases.selectors.worklists import worklists
from cases.services.engine import second_person
from cases.services.persons import numbers, people
from cases.services.persons.identity import Identity
from healthcode.portal.reconciling import findings
from tests.cases.scenes import Scene, T, colour, fresh, later, refused

BORN = T.date() - timedelta(days=30)
CHANGED = {
    "name": {"name": "王大明"},
    "birth_date": {"birth_date": BORN - timedelta(days=1)},
    "birth_order": {"birth_order": 2},
}


def child(scene: Scene) -> Person:
    fields = {"document_type": "NONE", "name": "王小明", "birth_date": BORN}
    registered = people.register(
        Identity(**fields),
        present=scene.person().present,
        guardian=scene.person(),
        guardian_relation="母亲",
        by=scene.cast.community_yulin,
        at=T,
    )
    return registered.person


def corrected(scene: Scene, one: Person, *, by: str = "service.xinchang", **fields):
    body = {"document_type": "NONE", "name": one.name, "birth_date": one.birth_date, **fields}
    identity = Identity(**body)
    return people.correct(
        fresh(one), identity, address="", reason="笔误", by=scene.cast[by], at=later(hours=2)
    )


@pytest.mark.parametrize("what", CHANGED)
@pytest.mark.parametrize("by", ["service.xinchang", "bureau.one"])
def test_whose_code_a_childs_is_changes_by_two(scene: Scene, what, by):
    """What others correct the bureau decides, what the bureau corrects the prevention office (3.6)."""
    one, decider = child(scene), "duty.xinchang" if by == "bureau.one" else "bureau.one"
    scene.clinical(one)
    change = corrected(scene, one, by=by, **CHANGED[what]).change
    assert [getattr(fresh(one), name) for name in ("name", "birth_date", "birth_order")] == [
        "王小明",
        BORN,
        1,
    ]
    assert "numbers" in {one.key for one in worklists(scene.cast[decider], later(hours=3))}
    (waiting,) = pending(fresh(one), at=later(hours=3))
    after = next(value for title, value in waiting.facts if title == _("number after"))
    assert str(CHANGED[what][what]) in str(after)
    fields = {"approve": True, "at": later(hours=3)}
    refused(second_person.SamePerson, numbers.decide, fresh(change), by=scene.cast[by], **fields) if (
        by == "bureau.one"
    ) else None
    numbers.decide(fresh(change), by=scene.cast[decider], **fields)
    assert colour(one, later(hours=4)) == Colour.RED
    assert getattr(fresh(one), what) == CHANGED[what][what]
    assert (fresh(change).old_sealed, fresh(change).new_sealed) == (None, None)
    assert list(findings()) == []


def test_sent_back_the_child_is_who_it_was(scene: Scene):
    one = child(scene)
    scene.clinical(one)
    change = corrected(scene, one, **CHANGED["name"]).change
    fields = {"approve": False, "answer": "与出生证明不符", "by": scene.cast.bureau_one, "at": later(hours=3)}
    numbers.decide(fresh(change), **fields)
    assert fresh(one).name == "王小明"


@pytest.mark.parametrize("name", ["王大明", "王小明"])
def test_nobody_is_registered_meanwhile_under_what_the_child_would_be_known_by(scene: Scene, name):
    one = child(scene)
    scene.clinical(one)
    corrected(scene, one, name="王大明")
    fields = {"document_type": "NONE", "name": name, "birth_date": BORN}
    body = {"guardian": one.guardian, "guardian_relation": "母亲", "by": scene.cast.community_yulin}
    act = {"present": one.present, **body, "at": later(hours=3)}
    if name == one.name:
        assert people.register(Identity(**fields), **act).person == one
    else:
        refused(numbers.UnderCheck, people.register, Identity(**fields), **act)


def test_an_ended_ground_is_enough_and_none_is_not(scene: Scene):
    one, other = child(scene), child(scene)
    scene.risk(one)
    scene.tested(one, at=later(hours=1), by=scene.cast.service_xinchang)
    assert corrected(scene, one, name="王大明").change.decision == "PENDING"
    corrected(scene, other, name="王大明")
    assert fresh(other).name == "王大明"


def test_what_tells_nobody_apart_is_corrected_as_ever(scene: Scene):
    one = child(scene)
    scene.clinical(one)
    corrected(scene, one, phone="13900000001", sex="MALE")
    assert fresh(one).sex == "MALE"
