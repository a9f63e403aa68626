"""Test results: the sampling time decides; 3.4b at the service point."""

from datetime import timedelta

import pytest

from cases.models import LabResult
from cases.models.results import Origin
from cases.policy.colours import Colour
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import corrections, reports, results
from cases.services.samples.reports import LaboratoryReport
from cases.services.samples.results import StillMissing

from .scenes import Scene, T, colour, day, fresh, later, refused, sample


@pytest.fixture
def person(scene: Scene):
    """Somebody yellow who left a listed area yesterday."""
    person = scene.person()
    scene.risk(person, began_on=day(-1), arrived_on=day(-10))
    return person


def enter(scene: Scene, person, sampled=T, outcome="NEGATIVE", by="service.xinchang", at=None, **fields):
    return results.enter(
        person, sample(sampled, outcome, **fields), by=scene.cast[by], at=at or later(hours=2)
    )


def test_a_negative_entered_at_the_service_point_converts_in_the_same_act(scene: Scene, person):
    enter(scene, person)
    assert colour(person, later(hours=3)) == Colour.GREEN


@pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE", "PENDING", "LOST"])
def test_anything_but_a_negative_converts_nothing(scene: Scene, person, outcome):
    enter(scene, person, outcome=outcome)
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_a_positive_reddens_nobody(scene: Scene):
    person = scene.person()
    enter(scene, person, outcome="POSITIVE")
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_a_negative_entered_by_a_hospital_waits_for_the_service_point(scene: Scene, person):
    enter(scene, person, by="hospital.city")
    assert colour(person, later(hours=3)) == Colour.YELLOW
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN


def test_a_verified_report_from_elsewhere_converts(scene: Scene, person):
    enter(scene, person, origin=Origin.VERIFIED.value)
    assert colour(person, later(hours=3)) == Colour.GREEN


@pytest.mark.parametrize("by", ["hospital.city", "clinic.xinchang"])
def test_only_the_service_point_verifies_a_report_from_elsewhere(scene: Scene, person, by):
    refused(NotAllowed, enter, scene, person, by=by, origin=Origin.VERIFIED.value)


@pytest.mark.parametrize(
    "by", ["community.yulin", "group.xinchang", "bureau.one", "officer.yulin", "service.yuecheng"]
)
def test_others_enter_no_result(scene: Scene, person, by):
    refused(NotAllowed, enter, scene, person, by=by)


def test_a_negative_within_its_validity_counts_though_it_was_taken_before_leaving(scene: Scene, person):
    enter(scene, person, sampled=later(days=-7, hours=3))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_a_negative_from_before_leaving_and_past_its_validity_does_not(scene: Scene, person):
    enter(scene, person, sampled=later(days=-7))
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_a_negative_since_leaving_counts_however_old(scene: Scene):
    person = scene.person()
    scene.risk(person, began_on=day(-12))
    enter(scene, person, sampled=later(days=-11))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_a_positive_sampled_later_but_entered_first_governs(scene: Scene, person):
    enter(scene, person, sampled=later(minutes=-1), outcome="POSITIVE", by="hospital.city")
    enter(scene, person, sampled=later(minutes=-2))
    assert colour(person, later(hours=3)) == Colour.YELLOW


@pytest.mark.parametrize("outcome", ["INCONCLUSIVE", "PENDING"])
def test_a_negative_sampled_after_one_that_was_none_converts(scene: Scene, person, outcome):
    enter(scene, person, sampled=later(minutes=-2), outcome=outcome, by="hospital.city")
    enter(scene, person, sampled=later(minutes=-1))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_one_negative_ends_every_case_that_ends_by_a_test(scene: Scene, person):
    scene.automatic(person, "AUTO_YELLOW", at=later(minutes=1))
    enter(scene, person)
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_a_negative_does_not_end_red_at_the_service_point(scene: Scene, person):
    scene.clinical(person, at=later(minutes=1))
    enter(scene, person)
    assert colour(person, later(hours=3)) == Colour.RED


def test_applying_says_what_is_missing(scene: Scene, person):
    refusal = refused(StillMissing, results.apply, person, by=scene.cast.service_xinchang, at=later(hours=1))
    assert "2026年10月26日" in str(refusal)


def test_applying_without_a_case_to_end_is_refused(scene: Scene):
    refused(results.NothingToApply, results.apply, scene.person(), by=scene.cast.service_xinchang, at=T)


def test_a_sample_is_not_taken_in_the_future(scene: Scene, person):
    refusal = refused(reports.SampledInFuture, enter, scene, person, sampled=later(hours=3))
    assert refusal.field == "sampled_at"


def test_a_report_is_not_older_than_its_sample(scene: Scene, person):
    refused(reports.ReportedBeforeSampled, enter, scene, person, reported_at=T - timedelta(seconds=1))


def test_a_report_is_entered_once(scene: Scene, person):
    enter(scene, person, report_number="R1", by="hospital.city")
    refused(results.ReportKnown, enter, scene, person, report_number="R1")


def test_another_persons_report_is_refused(scene: Scene, person):
    enter(scene, scene.person(), report_number="R1")
    refusal = refused(results.ReportOfAnother, enter, scene, person, report_number="R1")
    assert refusal.field == "report_number"


@pytest.mark.parametrize("spelled", ["r1", "Ｒ1", " R 1 ", "R\u200b1"])
def test_another_spelling_is_the_same_report(scene: Scene, person, spelled):
    enter(scene, scene.person(), report_number="R1")
    refused(results.ReportOfAnother, enter, scene, person, report_number=spelled)


def test_a_laboratory_in_full_width_is_the_same_laboratory(scene: Scene, person):
    entered = {"by": scene.cast.hospital_city, "at": later(hours=1)}
    results.enter(scene.person(), LaboratoryReport(T, "NEGATIVE", "KDL检测中心", "R1"), **entered)
    again = LaboratoryReport(T, "NEGATIVE", "ｋｄｌ检测中心", "R1")
    refused(results.ReportOfAnother, results.enter, person, again, **entered)


def test_a_number_of_nothing_visible_is_no_report_number(scene: Scene, person):
    refused(reports.WrongReportNumber, enter, scene, person, report_number="\u200b")


def test_a_correction_does_not_take_another_persons_report(scene: Scene, person):
    enter(scene, scene.person(), report_number="R1")
    mine = enter(scene, person, outcome="INCONCLUSIVE")
    fields = {"reason": "录错", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    refused(results.ReportOfAnother, corrections.correct, mine, sample(T, report_number="R1"), **fields)


def test_of_two_records_of_one_human_a_report_is_known_not_anothers(scene: Scene, person):
    other = scene.person()
    enter(scene, other, report_number="R1", by="hospital.city")
    scene.merged(other, person, at=later(hours=2))
    refused(results.ReportKnown, enter, scene, person, report_number="R1", at=later(hours=4))


def corrected(scene: Scene, old, outcome, sampled=T, by="service.xinchang", at=None, reason="复核"):
    new = sample(sampled, outcome, report_number=old.report_number)
    return corrections.correct(old, new, reason=reason, by=scene.cast[by], at=at or later(hours=3))


def test_a_correction_is_a_new_row_and_the_old_one_stays(scene: Scene, person):
    old = enter(scene, person, outcome="PENDING")
    new = corrected(scene, old, "NEGATIVE")
    assert list(LabResult.objects.uncorrected()) == [new]
    assert LabResult.objects.count() == 2


def test_a_correction_to_negative_converts_at_the_service_point(scene: Scene, person):
    corrected(scene, enter(scene, person, outcome="PENDING"), "NEGATIVE")
    assert colour(person, later(hours=4)) == Colour.GREEN


def test_a_corrected_negative_does_not_convert_any_more(scene: Scene, person):
    corrected(scene, enter(scene, person, by="hospital.city"), "INCONCLUSIVE", by="hospital.city")
    refused(StillMissing, results.apply, person, by=scene.cast.service_xinchang, at=later(hours=4))


def test_a_result_is_corrected_once(scene: Scene, person):
    old = enter(scene, person, outcome="PENDING")
    corrected(scene, old, "INCONCLUSIVE")
    refused(corrections.AlreadyCorrected, corrected, scene, old, "NEGATIVE")


def test_a_result_is_not_corrected_without_a_reason(scene: Scene, person):
    old = enter(scene, person, outcome="PENDING")
    refused(corrections.CorrectedWithoutReason, corrected, scene, old, "NEGATIVE", reason="")


def test_another_offices_result_is_not_corrected(scene: Scene, person):
    old = enter(scene, person, outcome="INCONCLUSIVE", by="hospital.city")
    refusal = refused(corrections.EnteredElsewhere, corrected, scene, old, "NEGATIVE")
    assert str(old.office) in str(refusal)


@pytest.mark.parametrize("act", ["corrected", "moved"])
def test_nobody_but_cdc_takes_a_positive_back(scene: Scene, person, act):
    old = enter(scene, person, outcome="POSITIVE")
    for by in ("service.xinchang", "hospital.city"):
        if act == "corrected":
            refused(corrections.PositiveStands, corrected, scene, old, "NEGATIVE", by=by)
        else:
            refused(corrections.PositiveStands, moved, scene, old, scene.person(), by=by)


def test_a_positive_entered_by_mistake_is_corrected_by_cdc(scene: Scene, person):
    old = enter(scene, person, outcome="POSITIVE")
    corrected(scene, old, "NEGATIVE", by="cdc.xinchang")
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN


def test_a_correction_puts_no_other_sample_in_its_place(scene: Scene, person):
    old = enter(scene, person, outcome="INCONCLUSIVE")
    fields = {"reason": "录错", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    refused(corrections.AnotherSample, corrections.correct, old, sample(later(hours=1)), **fields)


@pytest.mark.parametrize("by", ["service.xinchang", "hospital.city"])
def test_the_outcome_of_a_pending_report_completes_it(scene: Scene, person, by):
    pending = enter(scene, person, outcome="PENDING", report_number="R1", by="hospital.city")
    outcome = enter(scene, person, report_number="r1", by=by)
    assert outcome.corrects == pending
    assert list(LabResult.objects.uncorrected()) == [outcome]


def test_a_pending_report_is_not_entered_twice(scene: Scene, person):
    enter(scene, person, outcome="PENDING", report_number="R1")
    refused(results.ReportKnown, enter, scene, person, outcome="PENDING", report_number="R1")


def moved(scene: Scene, old, to, by="service.xinchang", reason="录到别人名下", at=None):
    return corrections.move(old, to=to, reason=reason, by=scene.cast[by], at=at or later(hours=3))


def test_a_result_of_another_person_goes_to_that_person_and_converts_there(scene: Scene, person):
    moved(scene, enter(scene, scene.person()), person)
    assert colour(person, later(hours=4)) == Colour.GREEN


def test_a_result_that_went_to_another_person_counts_no_more_for_the_first(scene: Scene, person):
    moved(scene, enter(scene, person, by="hospital.city"), scene.person(), by="hospital.city")
    refused(StillMissing, results.apply, person, by=scene.cast.service_xinchang, at=later(hours=4))


def test_a_moved_result_can_be_corrected_where_it_is_now(scene: Scene, person):
    new = moved(scene, enter(scene, scene.person(), outcome="PENDING"), person)
    corrected(scene, new, "NEGATIVE", at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN


def test_a_result_is_not_moved_to_another_record_of_the_same_human(scene: Scene, person):
    other = scene.person()
    old = enter(scene, other, outcome="PENDING")
    scene.merged(other, person, at=later(hours=2))
    refusal = refused(corrections.SameHolder, moved, scene, fresh(old), fresh(person))
    assert refusal.field == "document_number"


def test_a_result_is_not_moved_to_somebody_out_of_reach(scene: Scene, person):
    far = scene.person(present="330602001", by=scene.cast.service_yuecheng)
    refused(NotAllowed, moved, scene, enter(scene, person, outcome="PENDING"), far)


def test_a_result_is_not_moved_without_a_reason_or_twice(scene: Scene, person):
    old = enter(scene, scene.person(), outcome="PENDING")
    refused(corrections.CorrectedWithoutReason, moved, scene, old, person, reason="")
    moved(scene, old, person)
    refused(corrections.AlreadyCorrected, moved, scene, old, person)


@pytest.mark.parametrize("laboratory", ["", "测" * 101])
def test_a_laboratory_is_written_as_its_report_does(scene: Scene, laboratory):
    report = LaboratoryReport(T, "NEGATIVE", laboratory, "R1")
    fields = {"by": scene.cast.hospital_city, "at": later(hours=2)}
    refused(reports.WrongLaboratory, results.enter, scene.person(), report, **fields)
