"""A track that opened nothing is asked again when what had answered or refused it is taken back."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.services.deliveries import batches
from cases.services.engine import admission
from cases.services.grounds import cases
from cases.services.samples import corrections, opinions, results
from healthcode.portal import reconciling
from tests.cases.scenes import Scene, T, colour, day, fresh, later, refused, sample
from tests.factories import delivered, sealed
from tests.facts.positives import opinion, positive
from tests.facts.test_admission import listed, stayed

LEFT, NOW = later(days=-1), later(hours=9)


def answered(scene: Scene):
    """Return somebody green whose stay a negative had answered, and the negative."""
    person = scene.person()
    listed(scene)
    row = results.enter(person, sample(later(hours=1)), by=scene.cast.hospital_city, at=later(hours=2))
    stayed(scene, person, until=LEFT, at=later(hours=3))
    assert not Case.objects.of(person).exists()
    return person, row


@pytest.mark.parametrize("outcome", ["INCONCLUSIVE", "POSITIVE", "LOST"])
def test_a_stay_counts_when_the_negative_that_answered_it_was_none(scene: Scene, outcome):
    person, row = answered(scene)
    right = sample(row.sampled_at, outcome, report_number=row.report_number)
    corrections.correct(row, right, reason="更正", by=scene.cast.hospital_city, at=later(hours=5))
    assert colour(person, NOW) == Colour.YELLOW


def test_a_stay_counts_when_the_negative_that_answered_it_was_anothers(scene: Scene):
    person, row = answered(scene)
    corrections.move(row, to=scene.person(), reason="录错人", by=scene.cast.hospital_city, at=later(hours=5))
    assert colour(person, NOW) == Colour.YELLOW


def test_a_stay_stays_answered_by_another_negative(scene: Scene):
    person, row = answered(scene)
    scene.tested(person, at=later(hours=4))
    corrections.move(row, to=scene.person(), reason="录错人", by=scene.cast.hospital_city, at=later(hours=5))
    assert colour(person, NOW) == Colour.GREEN


def test_a_stay_counts_when_cdcs_report_that_answered_a_positive_before_it_is_sent_back(scene: Scene):
    person = scene.person()
    listed(scene)
    positive(scene, person, at=later(hours=1))
    report = scene.reported(person, "CONFIRMED", at=later(hours=2))
    scene.tested(person, at=later(hours=3))
    stayed(scene, person, until=LEFT, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN
    cases.send_back(report, reason="证据不足", by=scene.cast.group_xinchang, at=later(hours=6))
    assert colour(person, NOW) == Colour.YELLOW


def test_a_stay_counts_when_the_opinion_that_answered_a_positive_before_it_is_withdrawn(scene: Scene):
    person = scene.person()
    listed(scene)
    found = positive(scene, person, at=later(hours=1))
    given = opinion(scene, found, at=later(hours=2))
    scene.tested(person, at=later(hours=3))
    stayed(scene, person, until=LEFT, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN
    opinions.withdraw(given, reason="复核有误", by=scene.cast.cdc_xinchang, at=later(hours=6))
    assert colour(person, NOW) == Colour.YELLOW


def test_a_stay_by_track_counts_when_the_file_that_said_the_same_is_taken_back(scene: Scene):
    person = scene.person()
    area = listed(scene)
    row = f"P-1,{person.name},{person.document},{person.present_id},中高风险地区旅居史,{day(-1)},{area.name},R-1"
    content = sealed(f"记录编号,姓名,证件号码,现居住地区划,赋码原因,起算日期,风险地区,证据编号\n{row}")
    batch = delivered(content, kind="GROUNDS", by=scene.cast.province, at=T, at_once=True)
    assert colour(person, later(minutes=1)) == Colour.YELLOW
    stayed(scene, person, until=LEFT, at=later(hours=1))
    undo = batches.propose_undo(batch, reason="错发", by=scene.cast.province, at=later(hours=2))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=3))
    assert colour(person, NOW) == Colour.YELLOW


@pytest.mark.parametrize("first", ["track", "listing"])
def test_whoever_lives_after_all_is_asked_for_the_tracks_of_meanwhile(scene: Scene, first):
    person = scene.person()
    acts = [lambda at: listed(scene, at=at), lambda at: stayed(scene, person, until=LEFT, at=at)]
    before, meanwhile = acts if first == "listing" else reversed(acts)
    before(T)
    scene.died(person, at=later(hours=1))
    meanwhile(later(hours=2))
    scene.death_taken_back(person, at=later(hours=3))
    assert colour(person, NOW) == Colour.YELLOW


def test_parted_from_somebody_dead_the_living_is_asked_for_the_tracks_of_meanwhile(scene: Scene):
    living, dying = scene.person(), scene.person()
    listed(scene)
    merge = scene.merged(dying, living, at=later(hours=1))
    scene.died(dying, at=later(hours=2))
    stayed(scene, living, until=LEFT, at=later(hours=3))
    scene.parted(merge, at=later(hours=4))
    assert colour(living, NOW) == Colour.YELLOW


def test_parted_a_track_that_the_others_test_answered_leads(scene: Scene):
    one, other = scene.person(), scene.person()
    listed(scene)
    merge = scene.merged(other, one, at=later(minutes=1))
    scene.tested(one, at=later(hours=1), by=scene.cast.service_xinchang)
    stayed(scene, other, until=LEFT, at=later(hours=2))
    assert colour(other, later(hours=3)) == Colour.GREEN
    scene.parted(merge, at=later(hours=4))
    assert (colour(one, NOW), colour(other, NOW)) == (Colour.GREEN, Colour.YELLOW)


def test_what_two_people_voided_is_not_asked_again_by_the_void_itself(scene: Scene):
    person = scene.person()
    listed(scene)
    stayed(scene, person, until=LEFT, at=T)
    scene.voided(Case.objects.of(person).get(), at=later(hours=1))
    assert list(Case.objects.of(person).values_list("state", flat=True)) == ["VOIDED"]


def test_a_claim_by_hand_that_a_test_refused_was_told_to_its_clerk_who_can_enter_it(scene: Scene):
    person, area = scene.person(), listed(scene)
    row = results.enter(person, sample(later(hours=1)), by=scene.cast.hospital_city, at=later(hours=2))
    refused(admission.AnsweredByTest, scene.risk, person, area, at=later(hours=3), began_on=day(-1))
    corrections.move(row, to=scene.person(), reason="录错人", by=scene.cast.hospital_city, at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.GREEN
    scene.risk(person, area, at=later(hours=7), began_on=day(-1))
    assert colour(person, NOW) == Colour.YELLOW


# --- what came in under a record's own rows goes with it ---------------------------------------------------------


@pytest.mark.parametrize("first", ["track", "listing"])
@pytest.mark.parametrize("survives", [True, False])
def test_parted_a_track_has_coded_whom_it_is_of(scene: Scene, first, survives):
    seen, other = scene.person(), scene.person()
    merge = scene.merged(*((other, seen) if survives else (seen, other)), at=later(minutes=1))
    acts = [lambda at: listed(scene, at=at), lambda at: stayed(scene, seen, until=LEFT, at=at)]
    for hours, act in enumerate(reversed(acts) if first == "track" else acts):
        act(later(hours=1 + hours))
    assert colour(other, later(hours=3)) == Colour.YELLOW
    assert Case.objects.of(fresh(other)).count() == 1
    scene.parted(merge, at=later(hours=4))
    assert (colour(other, NOW), colour(seen, NOW)) == (Colour.GREEN, Colour.YELLOW)


def test_parted_both_are_yellow_whose_tracks_led_there(scene: Scene):
    one, other = scene.person(), scene.person()
    listed(scene)
    merge = scene.merged(other, one, at=later(minutes=1))
    stayed(scene, other, until=LEFT, at=later(hours=1))
    stayed(scene, one, until=LEFT - timedelta(days=1), at=later(hours=2))
    assert Case.objects.count() == 1
    scene.parted(merge, at=later(hours=4))
    days = {case.person_id: case.began_on for case in Case.objects.open()}
    assert days == {other.pk: day(-1), one.pk: day(-2)}


def test_parted_a_fever_is_whose_form_it_was(scene: Scene):
    one, other = scene.person(), scene.person()
    merge = scene.merged(other, one, at=later(minutes=1))
    scene.fever(fresh(other), at=later(hours=1))
    assert colour(one, later(hours=2)) == Colour.YELLOW
    scene.parted(merge, at=later(hours=3))
    assert (colour(one, NOW), colour(other, NOW)) == (Colour.GREEN, Colour.YELLOW)


def test_parted_a_report_of_cdc_is_of_whom_it_named(scene: Scene):
    one, other = scene.person(), scene.person()
    merge = scene.merged(other, one, at=later(minutes=1))
    scene.clinical(fresh(other), "CONFIRMED", at=later(hours=1))
    assert colour(one, later(hours=2)) == Colour.RED
    scene.parted(merge, at=later(hours=3))
    assert (colour(one, NOW), colour(other, NOW)) == (Colour.GREEN, Colour.RED)
    assert not list(reconciling.findings())


def test_parted_a_claim_that_stood_already_of_the_other_can_be_entered(scene: Scene):
    one, other = scene.person(), scene.person()
    scene.clinical(one, evidence_ref="协查函5号")
    merge = scene.merged(other, one, at=later(minutes=1))
    refused(cases.AlreadyStanding, scene.reported, fresh(other), evidence_ref="协查函5号", at=later(hours=1))
    scene.parted(merge, at=later(hours=3))
    scene.clinical(fresh(other), evidence_ref="协查函5号", at=later(hours=4))
    assert colour(other, NOW) == Colour.RED
