"""CDC's report that somebody is infected: what waits while it does, what it answers, and what it outlives."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import ConditionMissing
from cases.services.deliveries import batches
from cases.services.grounds import cases, exits
from cases.services.samples import results
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, colour, fresh, later, refused, sample, sound
from tests.factories import delivered
from tests.facts.positives import BY_CONTROL, END, coded, positive, tried

HEADINGS = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,协查函号"


@pytest.mark.parametrize("how", ["sent back", "voided"])
def test_a_report_that_came_to_nothing_answers_nothing(scene: Scene, how):
    person, end = coded(scene, "CLOSE_CONTACT")
    at = later(days=5)
    positive(scene, person, at=at)
    if how == "voided":
        scene.voided(scene.clinical(person, "SUSPECTED", at=at), at=at + timedelta(hours=1))
    else:
        report = scene.reported(person, "SUSPECTED", at=at)
        cases.send_back(report, reason="证据不足", by=scene.cast.group_xinchang, at=at + timedelta(hours=1))
    refused(ConditionMissing, tried, scene, person, "CLOSE_CONTACT", at=end)


def turned_out(scene: Scene, contact: Case, *, at):
    return scene.exit_reported(fresh(contact), "RECLASSIFIED", at=at, new_ground="CONFIRMED")


@pytest.mark.parametrize("how", ["control", "certificate", "merged"])
def test_control_waits_while_cdcs_report_that_a_contact_is_infected_does(scene: Scene, how):
    person, at = scene.person(), END + timedelta(hours=2)
    contact = scene.clinical(person)
    if how == "certificate":
        scene.relocated(person, at=later(days=1))
        scene.certified(person, at=DUE + timedelta(hours=2))
    if how == "merged":
        survivor = scene.person()
        scene.merged(person, survivor, at=later(hours=1))
        person = survivor
    report = turned_out(scene, contact, at=END - timedelta(hours=3))
    if how == "certificate":
        act = control.release_elsewhere
        with pytest.raises(ConditionMissing, match="待重点人员管控组录入或退回"):
            act(fresh(person), by=scene.cast.group_xinchang, at=END)
    else:
        with pytest.raises(ConditionMissing, match="待重点人员管控组录入或退回"):
            tried(scene, person, "CLOSE_CONTACT", at=END)
    exits.enter(fresh(report), by=scene.cast.group_xinchang, at=at)
    assert Case.objects.of(fresh(person)).open().get().ground == "CONFIRMED"
    sound()


@pytest.mark.parametrize("how", ["excluded", "voided"])
@pytest.mark.parametrize("why", ["reported", "positive"])
def test_a_contact_who_is_not_clear_is_not_freed_with_the_index_case(scene: Scene, how, why):
    index, (person, well) = scene.clinical(scene.person(), "SUSPECTED"), (scene.person(), scene.person())
    contact = scene.clinical(person, index_case=index)
    scene.clinical(well, index_case=index)
    if why == "reported":
        report = turned_out(scene, contact, at=later(hours=1))
    else:
        positive(scene, person, at=later(hours=1))
        scene.tested(fresh(person), at=later(hours=2))
    if how == "excluded":
        scene.exited(index, "EXCLUDED", at=later(hours=3))
    else:
        scene.voided(index, at=later(hours=3), frees=True)
    assert (colour(person, later(hours=4)), colour(well, later(hours=4))) == (Colour.RED, Colour.GREEN)
    if why == "reported":
        exits.enter(fresh(report), by=scene.cast.group_xinchang, at=later(hours=5))
        assert Case.objects.of(fresh(person)).open().get().ground == "CONFIRMED"


# -- a report that waits for a second person


@pytest.mark.parametrize("ground", ["RISK_AREA", "FEVER"])
def test_a_report_that_comes_to_wait_for_a_second_person_answers_no_positive(scene: Scene, ground):
    person, fields = scene.person(), {"evidence_kind": "LAB_REPORT", "evidence_ref": "LAB7"}
    scene.voided(scene.clinical(person, "CONFIRMED", **fields), at=later(minutes=5))
    if ground == "FEVER":
        scene.fever(person, at=later(minutes=10))
    else:
        scene.risk(person)
    positive(scene, person, at=later(hours=1))
    report = scene.reported(fresh(person), "CONFIRMED", at=later(hours=2), **fields)
    scene.visit(person, at=later(hours=3))
    scene.tested(fresh(person), at=later(hours=3))
    by = scene.cast.service_xinchang
    if ground == "FEVER":
        scene.well(fresh(person), at=later(hours=4))
    else:  # CDC's report answers the positive, and waits itself
        refused(results.StillMissing, results.apply, fresh(person), by=by, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.YELLOW
    held = cases.enter(report, by=scene.cast.group_xinchang, at=later(hours=6))
    assert (fresh(held).state, colour(person, later(hours=7))) == ("HELD", Colour.YELLOW)
    fields = {"approve": False, "answer": "仍系错录", "by": scene.cast.duty_xinchang}
    cases.decide(fresh(held), **fields, at=later(hours=8))
    if ground == "FEVER":
        scene.well(fresh(person), at=later(hours=9))
    else:
        refused(results.StillMissing, results.apply, fresh(person), by=by, at=later(hours=9))
    assert colour(person, later(hours=10)) == Colour.YELLOW
    sound()


def test_control_waits_while_a_report_of_an_infection_waits_for_a_second_person(scene: Scene):
    person, extra = scene.person(), {"evidence_kind": "LAB_REPORT", "evidence_ref": "LAB7"}
    scene.voided(scene.clinical(person, "CONFIRMED", **extra), at=later(minutes=5))
    scene.clinical(fresh(person), at=later(hours=1))
    report = scene.reported(fresh(person), "CONFIRMED", at=later(days=3), **extra)
    cases.enter(report, by=scene.cast.group_xinchang, at=later(days=3))
    refused(ConditionMissing, tried, scene, person, "CLOSE_CONTACT", at=END)


@pytest.mark.parametrize("ground", BY_CONTROL)
def test_control_does_not_end_while_a_report_of_an_infection_waits(scene: Scene, ground):
    person, end = coded(scene, ground)
    report = scene.reported(person, "SUSPECTED", at=DUE, began_on=DUE.date())
    with pytest.raises(ConditionMissing, match="待重点人员管控组录入或退回"):
        tried(scene, person, ground, at=end)
    cases.send_back(report, reason="证据不足", by=scene.cast.group_xinchang, at=end + timedelta(hours=1))
    tried(scene, person, ground, at=end + timedelta(hours=2))
    assert colour(person, end + timedelta(hours=3)) == Colour.GREEN


def test_a_report_of_another_contact_lets_control_end(scene: Scene):
    person, end = coded(scene, "CLOSE_CONTACT")
    scene.reported(person, "CLOSE_CONTACT", at=later(days=2))
    tried(scene, person, "CLOSE_CONTACT", at=end)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN


# -- a case that answered


def test_a_report_sent_back_that_had_answered_a_positive_is_asked_for_again(scene: Scene):
    person, _end = coded(scene, "AUTO_YELLOW")
    positive(scene, person, at=later(days=1))
    waiting = scene.reported(person, "SUSPECTED", at=later(days=1, hours=1))
    at = later(days=2)
    results.enter(fresh(person), sample(at), by=scene.cast.hospital_city, at=at)
    by = scene.cast.service_xinchang
    refused(results.StillMissing, results.apply, fresh(person), by=by, at=at + timedelta(hours=1))
    cases.send_back(
        fresh(waiting), reason="重复上报", by=scene.cast.group_xinchang, at=at + timedelta(hours=3)
    )
    refused(results.StillMissing, results.apply, fresh(person), by=by, at=at + timedelta(hours=4))
    assert colour(person, at + timedelta(hours=5)) == Colour.YELLOW


@pytest.mark.parametrize("how", ["voided", "delivery taken back"])
def test_cdcs_report_of_an_infection_outlives_the_contact_it_was_reported_about(scene: Scene, how):
    person, at, cdc = scene.person(), later(hours=3), scene.cast.cdc_xinchang
    row = (
        person.name,
        "身份证",
        person.document,
        "330624001",
        "密切接触者",
        "2026-11-01",
        "新疾控协〔2026〕1号",
    )
    batch = delivered("\n".join((HEADINGS, ",".join(row))).encode(), by=cdc, at=later(minutes=1))
    contact = cases.enter(Case.objects.get(), by=scene.cast.group_xinchang, at=later(hours=1))
    report = turned_out(scene, contact, at=later(hours=2))
    if how == "voided":
        scene.voided(fresh(contact), at=at)
    else:
        undo = batches.propose_undo(batch, reason="发错", by=cdc, at=at)
        batches.decide_undo(fresh(undo), approve=True, by=scene.cast.duty_city, at=at)
    waiting = Case.objects.of(fresh(person)).get(state="REPORTED")
    extra = (waiting.ground, waiting.evidence_ref, waiting.began_on, waiting.entered_by)
    assert extra == ("CONFIRMED", report.evidence_ref, report.happened_on, cdc)
    at += timedelta(hours=1)
    group = {one.key for one in worklists(scene.cast.group_xinchang, at)}
    assert "reports" in group and "exit_reports" not in group
    cases.enter(waiting, by=scene.cast.group_xinchang, at=at)
    assert colour(person, at + timedelta(hours=1)) == Colour.RED
    assert list(findings()) == []
    sound()
