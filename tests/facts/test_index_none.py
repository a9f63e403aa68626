"""An index case that turns out to be none, in whichever way: nobody stays red on it, or CDC has them on its list."""

from datetime import timedelta

import pytest

from cases.models import Case, LabResult
from cases.models.cases import BASIS_GONE
from cases.policy.colours import Colour
from cases.selectors import chains
from cases.selectors.worklists import worklists
from cases.services.deliveries import batches
from cases.services.engine.admission import IndexCaseExcluded
from cases.services.engine.orders import Plan
from cases.services.grounds import cases, late_falls
from cases.services.samples import corrections
from tests.cases.scenes import DUE, TODAY, Scene, colour, fresh, later, refused, sample, sound
from tests.factories import delivered, sealed

AT = later(hours=5)
LATE = later(days=23)


def excluded(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    return index, lambda: scene.exited(fresh(index), "EXCLUDED", at=AT)


def voided(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    return index, lambda: scene.voided(fresh(index), at=AT, frees=True)


def sent_back(scene: Scene):
    index = scene.reported(scene.person(), "SUSPECTED")
    common = {"reason": "不符合病例定义", "by": scene.cast.group_xinchang, "at": AT}
    return index, lambda: cases.send_back(fresh(index), **common)


def refused_by_a_second_person(scene: Scene):
    person = scene.person()
    scene.voided(scene.clinical(person, "CONFIRMED", evidence_ref="检验1号"), at=later(minutes=10))
    index = scene.reported(fresh(person), "CONFIRMED", at=later(minutes=20), evidence_ref="检验1号")
    site = scene.cast.office("hospital-city")
    plan = Plan(officer=scene.cast.officer_yulin, site=site)

    def refuse() -> None:
        waits = cases.enter(fresh(index), plan=plan, by=scene.cast.group_xinchang, at=AT)
        assert waits.state == "HELD"
        cases.decide(waits, approve=False, answer="同一检验已作废", by=scene.cast.duty_xinchang, at=AT)

    return index, refuse


def taken_back_with_its_delivery(scene: Scene):
    person, by = scene.person(), scene.cast.province
    heading = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"
    row = f"S1,{person.name},{person.document},{person.present_id},赋码,确诊病人,{TODAY},LAB_REPORT,检验1号"
    batch = delivered(sealed(f"{heading}\n{row}"), kind="GROUNDS", by=by, at=later(minutes=5), at_once=True)

    def undo() -> None:
        asked = batches.propose_undo(batch, reason="整批错发", by=by, at=AT)
        batches.decide_undo(asked, approve=True, by=scene.cast.duty_city, at=AT)

    return Case.objects.get(person=person), undo


WAYS = (excluded, voided, sent_back, refused_by_a_second_person, taken_back_with_its_delivery)


@pytest.mark.parametrize("way", WAYS)
def test_its_contacts_go_free_and_reports_of_contacts_are_sent_back(scene: Scene, way):
    index, turns_out_to_be_none = way(scene)
    well, ill = scene.person(), scene.person()
    contact, _kept = (scene.clinical(one, index_case=index, at=later(hours=1)) for one in (well, ill))
    waiting = scene.reported(scene.person(), index_case=index, at=later(hours=1))
    scene.tested(ill, at=later(hours=2), outcome="INCONCLUSIVE")
    assert not chains.is_none(fresh(index))
    turns_out_to_be_none()
    assert chains.is_none(fresh(index))
    at = AT + timedelta(hours=1)
    assert (colour(well, at), colour(ill, at)) == (Colour.GREEN, Colour.RED)
    assert fresh(contact).exit in (BASIS_GONE, "INDEX_EXCLUDED") and fresh(waiting).state == "REFUSED"
    lists = {one.key: one for one in worklists(scene.cast.cdc_xinchang, at)}
    assert [row.person for row in lists["contacts_of_nobody"].rows] == [ill]
    sound()


@pytest.mark.parametrize("way", WAYS)
def test_a_contact_that_waits_for_a_second_person_is_sent_back_too(scene: Scene, way):
    index, turns_out_to_be_none = way(scene)
    person = scene.person()
    scene.voided(scene.clinical(person, index_case=index, at=later(hours=1)), at=later(hours=2))
    again = scene.reported(fresh(person), index_case=fresh(index), at=later(hours=3))
    waits = cases.enter(again, by=scene.cast.group_xinchang, at=later(hours=4))
    assert waits.state == "HELD"
    turns_out_to_be_none()
    assert fresh(waits).state == "REFUSED"


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_entered_on_it_afterwards(scene: Scene, way):
    index, turns_out_to_be_none = way(scene)
    turns_out_to_be_none()
    at = AT + timedelta(hours=1)
    refused(IndexCaseExcluded, scene.reported, scene.person(), index_case=fresh(index), at=at)


def test_a_report_that_gives_way_to_a_case_that_stands_again_leaves_its_contacts_to_that(scene: Scene):
    """The discharge is taken back while CDC's second report on the same evidence waits, with contacts on it."""
    person, contact = scene.person(), scene.person()
    ill = scene.clinical(person, "CONFIRMED", evidence_ref="检验1号")
    scene.exited(ill, "DISCHARGED", at=later(days=5))
    again = scene.reported(
        fresh(person), "CONFIRMED", at=later(days=6), began_on=later(days=6).date(), evidence_ref="检验1号"
    )
    rests = scene.clinical(contact, index_case=again, at=later(days=6, hours=1))
    scene.exit_taken_back(fresh(ill), at=later(days=7))
    assert fresh(again).state == "REFUSED"
    assert fresh(rests).index_case_id == ill.pk and not chains.is_none(fresh(rests).index_case)
    assert colour(contact, later(days=8)) == Colour.RED
    sound()


def answered_late(scene: Scene):
    """Return a confirmed case that ended by a death, and a contact of it; the death was taken back too late."""
    ill, contact = scene.person(), scene.person()
    index = scene.clinical(ill, "CONFIRMED")
    scene.clinical(contact, index_case=index, at=later(hours=1))
    scene.died(ill, at=later(days=1))
    scene.ended(contact, at=DUE + timedelta(hours=9))
    scene.death_taken_back(ill, at=LATE)
    row, common = Case.objects.get(person=ill, state="HELD"), {"by": scene.cast.cdc_xinchang}
    late_falls.answer(row, reason="已治愈，无需处理", at=LATE + timedelta(hours=1), **common)
    return index, contact


def test_one_whose_late_fall_cdc_answered_is_an_infection_still(scene: Scene):
    index, _contact = answered_late(scene)
    assert not chains.is_none(fresh(index))
    at, other = LATE + timedelta(hours=2), scene.person()
    scene.clinical(other, index_case=fresh(index), at=at, began_on=at.date())
    assert colour(other, at + timedelta(hours=1)) == Colour.RED


def test_a_contact_of_such_a_case_stands_again_when_its_negative_is_taken_back(scene: Scene):
    _index, contact = answered_late(scene)
    row, at = LabResult.objects.get(person=contact), LATE + timedelta(hours=2)
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="更正", by=scene.cast.officer_yulin, at=at)
    assert colour(contact, at + timedelta(hours=1)) == Colour.RED


def test_wrong_all_along_it_is_voided_after_its_late_fall_was_answered(scene: Scene):
    index, _contact = answered_late(scene)
    scene.voided(fresh(index), at=LATE + timedelta(hours=2), frees=True)
    assert fresh(index).state == "VOIDED" and chains.is_none(fresh(index))
