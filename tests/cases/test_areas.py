"""Risk areas: a second person for every listing, two documents for a severe situation (1.4), lifting (1.2b)."""

import pytest

from cases.models import RiskArea
from cases.policy.colours import Colour
from cases.services import areas
from cases.services.areas import Listing
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import claims

from .scenes import Scene, T, colour, day, fresh, later, refused

BOTH = {"assessment_document": "评估1号", "consent_document": "同意1号"}


def propose(scene: Scene, by="duty.city", **fields):
    body = {"name": "某街道", "level": "HIGH", "source_document": "公告1号", "from_at": T, **fields}
    return areas.propose(Listing(**body), by=scene.cast[by], at=T)


@pytest.mark.parametrize("missing", BOTH)
def test_a_severe_situation_needs_both_documents(scene: Scene, missing):
    refusal = refused(areas.DocumentsMissing, propose, scene, severe=True, **{**BOTH, missing: " "})
    assert "1.4" in str(refusal)


def test_one_document_is_not_both(scene: Scene):
    same = {"assessment_document": "浙防控1号", "consent_document": "浙防控１号"}
    assert refused(areas.SameDocument, propose, scene, severe=True, **same).field == "consent_document"


@pytest.mark.parametrize("approved", [False, True])
def test_an_area_is_listed_once(scene: Scene, approved):
    area = propose(scene)
    if approved:
        areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=T)
    refused(areas.AreaAlreadyProposed, propose, scene, name=" 某街道 ")


def test_a_listed_area_can_become_severe_or_be_listed_again_once_it_was_lifted(scene: Scene):
    area = propose(scene, from_at=later(days=-1))
    areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=T)
    propose(scene, severe=True, **BOTH)
    lift(scene, area)
    areas.propose(
        Listing("某街道", "HIGH", "公告2号", later(hours=2)), by=scene.cast.duty_city, at=later(hours=2)
    )


def test_with_both_documents_it_is_listed(scene: Scene):
    area = propose(scene, severe=True, **BOTH)
    areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=T)
    assert RiskArea.objects.listed(later(seconds=1)).get().severe


def test_a_proposed_area_is_not_listed(scene: Scene):
    propose(scene)
    assert not RiskArea.objects.listed(later(days=1)).exists()


def test_an_area_sent_back_is_not_listed(scene: Scene):
    areas.decide(propose(scene), approve=False, answer="无公告", by=scene.cast.duty_deputy, at=T)
    assert not RiskArea.objects.listed(later(days=1)).exists()


def test_the_proposer_does_not_decide(scene: Scene):
    refused(
        second_person.SamePerson, areas.decide, propose(scene), approve=True, by=scene.cast.duty_city, at=T
    )


def test_an_area_is_decided_once(scene: Scene):
    area = scene.listed()
    refused(second_person.AlreadyDecided, areas.decide, area, approve=True, by=scene.cast.duty_deputy, at=T)


@pytest.mark.parametrize("by", ["cdc.city", "group.city", "policy.city", "bureau.one", "supervisor.city"])
def test_others_list_no_area(scene: Scene, by):
    refused(NotAllowed, propose, scene, by=by)


def lift(scene: Scene, area, still_due=False):
    return scene.changed(area, "LIFT", test_still_due=still_due, at=later(hours=1))


def test_lifting_without_a_test_due_ends_every_yellow_that_rests_on_it(scene: Scene):
    area, persons = scene.listed(), [scene.person() for _ in range(3)]
    for person in persons:
        scene.risk(person, area)
    assert lift(scene, area) == 3
    assert {colour(person, later(hours=2)) for person in persons} == {Colour.GREEN}


def test_lifting_with_the_test_still_due_ends_nothing(scene: Scene):
    area, person = scene.listed(), scene.person()
    scene.risk(person, area)
    assert lift(scene, area, still_due=True) == 0
    assert colour(person, later(hours=2)) == Colour.YELLOW


def test_a_stay_beyond_the_areas_look_back_is_no_ground(scene: Scene):
    person, area = scene.person(), scene.listed()
    scene.risk(person, area=area, began_on=day(-area.look_back_days))
    refusal = refused(
        claims.StayTooLongAgo, scene.risk, person, area=area, began_on=day(-area.look_back_days - 1)
    )
    assert refusal.field == "began_on"


def test_lifting_leaves_the_yellow_of_another_area(scene: Scene):
    area, person = scene.listed(), scene.person()
    scene.risk(person, area)
    scene.risk(person, scene.listed())
    lift(scene, area)
    assert colour(person, later(hours=2)) == Colour.YELLOW


def test_lifting_a_severe_area_does_not_end_red(scene: Scene):
    area, person = scene.severe(), scene.person()
    scene.opened(person, "SEVERE_AREA", risk_area=area)
    lift(scene, area)
    assert colour(person, later(hours=2)) == Colour.RED


def test_an_area_is_lifted_once(scene: Scene):
    area = scene.listed()
    lift(scene, area)
    refused(areas.NotListed, scene.change_proposed, area, "LIFT", at=later(hours=2))


def test_a_lifted_area_is_no_ground_any_more(scene: Scene):
    from cases.services.engine.admission import AreaNotListed

    area = scene.listed()
    lift(scene, area)
    refused(AreaNotListed, scene.risk, scene.person(), fresh(area), at=later(hours=2))
