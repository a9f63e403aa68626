"""What was withdrawn, sent back, or corrected to another number holds its number no more: the true one comes in."""

from datetime import timedelta

import pytest

from cases.models import Case, LabResult, RejectedRow
from cases.policy.colours import Colour
from cases.services import control
from cases.services.deliveries import batches
from cases.services.samples import amendments, corrections, declarations, results
from tests.cases.scenes import DUE, Scene, colour, fresh, later, refused, sample
from tests.databases import run_together
from tests.factories import delivered, sealed
from tests.facts.test_mass_hold import send

HEADING = "记录编号,证件号码,采样时间,结果,检测机构,报告编号"
VISIT = {"visited_at": later(hours=1), "ruled_out": True, "record_number": "门诊20201102-17"}


def results_sent(scene: Scene, person, *, at):
    row = f"L1,{person.document},2026-11-02 10:00,阴性,新昌县检测中心,R777"
    common = {"kind": "RESULTS", "by": scene.cast.service_xinchang, "at_once": True}
    return delivered(sealed(f"{HEADING}\n{row}"), at=at, **common)


def undone(scene: Scene, batch, *, by, at) -> None:
    asked = batches.propose_undo(batch, reason="先撤回核对", by=by, at=at)
    batches.decide_undo(asked, approve=True, by=scene.cast.duty_city, at=at)


@pytest.fixture
def withdrawn(scene: Scene):
    """Return somebody whose negative came by a file that was taken back: yellow again."""
    person = scene.person()
    scene.risk(person)
    batch = results_sent(scene, person, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN
    undone(scene, batch, by=scene.cast.service_xinchang, at=later(hours=6))
    assert colour(person, later(hours=7)) == Colour.YELLOW
    return person


def enter(scene: Scene, person, at, number: str = "R777", **common):
    taken = sample(later(hours=1), report_number=number, **common)
    return results.enter(fresh(person), taken, by=scene.cast.service_xinchang, at=at)


@pytest.mark.parametrize("way", ["by file", "by hand"])
def test_a_results_file_taken_back_is_sent_again(scene: Scene, withdrawn, way):
    at = later(hours=9)
    results_sent(scene, withdrawn, at=at) if way == "by file" else enter(scene, withdrawn, at)
    assert colour(withdrawn, later(hours=10)) == Colour.GREEN


def test_it_can_be_taken_back_and_sent_again_once_more(scene: Scene, withdrawn):
    again = results_sent(scene, withdrawn, at=later(hours=9))
    undone(scene, again, by=scene.cast.service_xinchang, at=later(hours=10))
    assert colour(withdrawn, later(hours=11)) == Colour.YELLOW
    enter(scene, withdrawn, later(hours=12))
    assert colour(withdrawn, later(hours=13)) == Colour.GREEN
    assert sorted(LabResult.objects.filter(corrects=None).values_list("freed", flat=True)) == [0, 1, 2]


def test_entered_again_it_holds_the_number_as_before(scene: Scene, withdrawn):
    other = scene.person()
    enter(scene, other, later(hours=9))
    refused(results.ReportOfAnother, enter, scene, withdrawn, later(hours=10))
    refused(results.ReportKnown, enter, scene, other, later(hours=10))


def test_a_withdrawn_result_is_entered_anew_and_not_corrected(scene: Scene, withdrawn):
    row = LabResult.objects.latest("pk")
    common = {"reason": "核对无误", "by": scene.cast.service_xinchang, "at": later(hours=9)}
    right = sample(row.sampled_at, report_number="R777")
    refused(corrections.ResultWithdrawn, corrections.correct, row, right, **common)


def test_a_number_that_was_typed_wrong_is_free_for_whose_it_is(scene: Scene):
    wrong, right, third = (scene.person() for _ in range(3))
    row = enter(scene, wrong, later(hours=2))
    common = {"reason": "编号录错", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    corrections.correct(row, sample(row.sampled_at, report_number="R778"), **common)
    enter(scene, right, later(hours=4))
    refused(results.ReportOfAnother, enter, scene, third, later(hours=5), "R778")


def test_two_who_take_a_freed_number_at_the_same_moment_do_not_both_have_it(
    scene: Scene, withdrawn, transactional_db
):
    one, two = scene.person(), scene.person()
    acts = [lambda who=who: enter(scene, who, later(hours=9)) for who in (one, two)]
    run_together(*acts)
    assert LabResult.objects.uncorrected().filter(report_number="R777").count() == 1


def test_a_visit_entered_for_the_wrong_person_is_entered_for_the_right_one(scene: Scene):
    wrong, right, by = scene.person(), scene.person(), scene.cast.clinic_xinchang
    visit = declarations.record_visit(wrong, **VISIT, by=by, at=later(hours=2))
    refused(declarations.RecordKnown, declarations.record_visit, right, **VISIT, by=by, at=later(hours=2))
    amendments.withdraw_visit(visit, reason="录错人", by=by, at=later(hours=3))
    declarations.record_visit(right, **VISIT, by=by, at=later(hours=4))
    refused(declarations.RecordKnown, declarations.record_visit, wrong, **VISIT, by=by, at=later(hours=5))


def test_the_test_of_a_certificate_taken_back_comes_in_with_the_true_one(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.relocated(person, at=later(hours=1))
    taken = sample(DUE - timedelta(hours=9), report_number="HZ1")
    paper = scene.certified(person, at=DUE, sample=taken)
    common = {"reason": "编号写错，函复不符", "by": scene.cast.cdc_xinchang}
    control.withdraw_certificate(fresh(paper), at=DUE + timedelta(hours=1), **common)
    scene.certified(person, at=DUE + timedelta(hours=2), sample=taken)
    control.release_elsewhere(fresh(person), by=scene.cast.group_xinchang, at=DUE + timedelta(hours=3))
    assert colour(person, DUE + timedelta(hours=4)) == Colour.GREEN


def test_record_numbers_that_were_sent_back_with_a_hold_are_sent_again(scene: Scene):
    """The corrected file comes under the same record numbers, as it should."""
    persons = [scene.person() for _ in range(21)]
    batch = send(scene, ["浙防指〔2020〕99号"] * 21, persons=persons)
    assert Case.objects.filter(state="HELD").count() == 21
    undone(scene, batch, by=scene.cast.province, at=later(minutes=10))
    again = send(scene, ["浙防指〔2020〕12号"] * 21, persons=persons, at=later(minutes=20))
    assert (again.accepted, RejectedRow.objects.filter(batch=again).count()) == (21, 0)
    assert Case.objects.filter(state__in=("HELD", "OPEN")).count() == 21
