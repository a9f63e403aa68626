"""What an ending had opened falls with the delivery of the ended case, and each discharge has days of its own."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, LabResult
from cases.policy.colours import Colour
from cases.services import control
from cases.services.deliveries import batches
from cases.services.engine.orders import Plan
from cases.services.grounds import exits
from cases.services.samples import corrections
from healthcode.core.offices.models import User
from tests.cases.scenes import DUE, TODAY, Scene, T, colour, day, fresh, later, order_of, sample, sound
from tests.factories import delivered, sealed

HEADING = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"


def brought(scene: Scene, person, ground: str):
    row = f"S1,{person.name},{person.document},{person.present_id},赋码,{ground},{TODAY},DOCUMENT,文1号"
    content = sealed(f"{HEADING}\n{row}")
    return delivered(content, kind="GROUNDS", by=scene.cast.province, at=T, at_once=True)


def undone(scene: Scene, batch, at) -> None:
    undo = batches.propose_undo(batch, reason="整批错发", by=scene.cast.province, at=at)
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=at)


@pytest.fixture
def monitored(scene: Scene):
    """Return somebody under monitoring after an overseas stay that the province's file brought, and the file."""
    person = scene.person()
    batch = brought(scene, person, "近14天内有境外旅居史")
    common = {"officer": scene.cast.officer_yulin, "reason": "接收", "by": scene.cast.group_xinchang}
    control.hand_over(fresh(person), at=later(hours=1), **common)
    scene.ended(person, at=DUE + timedelta(hours=9))
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    return person, batch


@pytest.fixture
def convalescent(scene: Scene):
    """Return somebody red after the discharge of an illness that the province's file brought, and the file."""
    person = scene.person()
    batch = brought(scene, person, "确诊病人")
    report = scene.exit_reported(Case.objects.get(person=person), "DISCHARGED", at=later(days=5))
    by = User.objects.get(role="group", office=report.addressed_to)
    exits.enter(report, by=by, at=later(days=5, hours=1))
    assert colour(person, later(days=6)) == Colour.RED
    return person, batch


def test_monitoring_ends_with_the_delivery(scene: Scene, monitored):
    person, batch = monitored
    undone(scene, batch, DUE + timedelta(days=1))
    assert not ControlOrder.objects.of(fresh(person)).standing().exists()
    sound()


def test_monitoring_that_was_interrupted_does_not_go_on_after_it(scene: Scene, monitored):
    person, batch = monitored
    at = DUE + timedelta(days=1)
    suspected = scene.clinical(fresh(person), "SUSPECTED", at=at, began_on=at.date())
    undone(scene, batch, at + timedelta(hours=1))
    scene.exited(suspected, "EXCLUDED", at=at + timedelta(hours=2))
    assert not ControlOrder.objects.of(fresh(person)).standing().exists()
    sound()


def test_convalescence_ends_with_the_delivery(scene: Scene, convalescent):
    person, batch = convalescent
    undone(scene, batch, later(days=6))
    assert colour(person, later(days=6, hours=1)) == Colour.GREEN
    sound()


def test_convalescence_that_ended_does_not_stand_again_after_it(scene: Scene, convalescent):
    person, batch = convalescent
    common = {"officer": scene.cast.officer_yulin, "reason": "接收", "by": scene.cast.group_xinchang}
    control.hand_over(fresh(person), at=later(days=7), **common)
    end = order_of(person).until + timedelta(hours=9)
    scene.ended(fresh(person), at=end)
    undone(scene, batch, end + timedelta(hours=1))
    row = LabResult.objects.get(person=person)
    doubted = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    common = {"reason": "更正", "by": scene.cast.officer_yulin, "at": end + timedelta(hours=2)}
    corrections.correct(row, doubted, **common)
    assert colour(person, end + timedelta(hours=3)) == Colour.GREEN
    sound()


def twice_discharged(scene: Scene):
    """Return somebody discharged twice under one admission number: on the fifth day and on the fifteenth."""
    person, plan = scene.person(), Plan(officer=scene.cast.officer_yulin)
    common = {"evidence_ref": "住院号123456", "plan": plan}
    scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(days=5), **common)
    again = scene.clinical(fresh(person), "CONFIRMED", at=later(days=8), began_on=day(8))
    scene.exited(again, "DISCHARGED", at=later(days=15), **common)
    return person, again


def test_a_second_discharge_under_the_same_number_has_its_own_fourteen_days(scene: Scene):
    person, _again = twice_discharged(scene)
    until = order_of(person).until
    assert until >= later(days=30).replace(hour=0)
    scene.ended(fresh(person), at=until + timedelta(hours=9))
    assert colour(person, until + timedelta(hours=10)) == Colour.GREEN
    sound()


def test_both_stand_again_each_by_its_own(scene: Scene):
    person, _again = twice_discharged(scene)
    end = order_of(person).until + timedelta(hours=9)
    scene.ended(fresh(person), at=end)
    row = LabResult.objects.get(person=person)
    doubted = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    common = {"reason": "更正", "by": scene.cast.officer_yulin, "at": end + timedelta(hours=1)}
    corrections.correct(row, doubted, **common)
    standing = Case.objects.of(person).open()
    assert standing.values("follows").distinct().count() == standing.count() == 2
    sound()
