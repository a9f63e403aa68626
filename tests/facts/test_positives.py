"""A positive since the case began lets nothing end until CDC answers it: a report, a correction, or its opinion."""

from datetime import timedelta

import pytest

from cases.models import Basis, Case, Fact, LabResult
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.control import ConditionMissing
from cases.services.samples import corrections, opinions, results
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, refused, sample, sound
from tests.facts.positives import BY_CONTROL, BY_TEST, END, MISSING, coded, lists, opinion, positive, tried


@pytest.mark.parametrize("ground", [*BY_CONTROL, *BY_TEST])
def test_a_later_negative_alone_ends_nothing_until_cdc_gives_its_opinion(scene: Scene, ground):
    person, end = coded(scene, ground)
    found = positive(scene, person)
    with pytest.raises(MISSING[ground], match="阳性结果尚待疾控中心答复"):
        tried(scene, person, ground, at=end)
    assert colour(person, end + timedelta(hours=1)) != Colour.GREEN
    given = opinion(scene, found, at=end + timedelta(hours=2))
    tried(scene, person, ground, at=end + timedelta(hours=3))
    assert colour(person, end + timedelta(hours=4)) == Colour.GREEN
    ended = Case.objects.of(fresh(person)).get(ground=ground)
    assert Basis.objects.filter(case=ended, fact=Fact.OPINION, key=given.pk).exists()


@pytest.mark.parametrize("ground", [*BY_CONTROL, *BY_TEST])
def test_an_opinion_taken_back_lets_what_ended_on_it_stand_again(scene: Scene, ground):
    person, end = coded(scene, ground)
    given = opinion(scene, positive(scene, person))
    tried(scene, person, ground, at=end)
    colour_before = colour(person, end - timedelta(hours=1))
    fields = {"reason": "复核有误", "by": scene.cast.cdc_xinchang, "at": end + timedelta(hours=2)}
    opinions.withdraw(given, **fields)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN
    assert colour(person, end + timedelta(hours=3)) == colour_before
    refused(opinions.NoOpinion, opinions.withdraw, given, **fields)
    sound()


def test_a_positive_the_laboratory_corrects_stands_in_nobodys_way(scene: Scene):
    person, end = coded(scene, "CLOSE_CONTACT")
    found = positive(scene, person)
    right = sample(found.sampled_at, "NEGATIVE", report_number=found.report_number)
    corrections.correct(found, right, reason="实验室更正", by=scene.cast.cdc_xinchang, at=DUE)
    tried(scene, person, "CLOSE_CONTACT", at=end)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN


def test_a_positive_that_cdc_reported_is_answered_once_the_suspicion_is_excluded(scene: Scene):
    person, _end = coded(scene, "CLOSE_CONTACT")
    at = later(days=5)
    positive(scene, person, at=at)
    suspected = scene.clinical(person, "SUSPECTED", at=at + timedelta(hours=1))
    scene.exited(suspected, "EXCLUDED", at=at + timedelta(days=1))
    tried(scene, person, "CLOSE_CONTACT", at=END)
    assert colour(person, END + timedelta(hours=1)) == Colour.GREEN


def test_a_positive_after_the_cure_is_a_new_question(scene: Scene):
    """复阳: the case that ended before the sample was taken does not answer it."""
    person, end = coded(scene, "CONVALESCENT")
    positive(scene, person, at=later(days=3))
    assert refused(ConditionMissing, tried, scene, person, "CONVALESCENT", at=end).field == "positive"


def test_a_positive_from_before_the_exposure_stands_in_nobodys_way(scene: Scene):
    person = scene.person()
    positive(scene, person, at=later(days=-15))
    scene.clinical(person)
    tried(scene, person, "CLOSE_CONTACT", at=END)
    assert colour(person, END + timedelta(hours=1)) == Colour.GREEN


def test_a_positive_of_the_eve_of_the_last_contact_waits_for_its_answer(scene: Scene):
    person = scene.person()
    found = positive(scene, person, at=later(days=-1))
    scene.clinical(person)
    refused(ConditionMissing, tried, scene, person, "CLOSE_CONTACT", at=END)
    opinion(scene, found, at=END + timedelta(hours=1))
    tried(scene, person, "CLOSE_CONTACT", at=END + timedelta(hours=2))
    assert colour(person, END + timedelta(hours=3)) == Colour.GREEN


def test_a_positive_within_a_stay_is_not_answered_by_the_negative_of_its_last_day(scene: Scene):
    person = scene.person()
    scene.risk(person, began_on=day(0), arrived_on=day(-5))
    positive(scene, person, at=later(days=-1))
    results.enter(fresh(person), sample(later(hours=2)), by=scene.cast.service_xinchang, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.YELLOW


# -- a report that a contact turned out to be infected


@pytest.mark.parametrize("ground", ["CLOSE_CONTACT", "RISK_AREA"])
def test_a_positive_of_a_merged_record_counts_for_the_human(scene: Scene, ground):
    person, end = coded(scene, ground)
    other = scene.person()
    positive(scene, other)
    scene.merged(other, person, at=DUE + timedelta(hours=1))
    refused(MISSING[ground], lambda: tried(scene, person, ground, at=end)) if ground in BY_CONTROL else None
    if ground in BY_TEST:
        with pytest.raises(MISSING[ground]):
            tried(scene, person, ground, at=end)
    opinion(scene, LabResult.objects.get(outcome="POSITIVE"), at=end + timedelta(hours=1))
    tried(scene, person, ground, at=end + timedelta(hours=2))
    assert colour(person, end + timedelta(hours=3)) == Colour.GREEN


def test_a_fever_does_not_clear_over_an_unanswered_positive(scene: Scene):
    person = scene.person()
    scene.fever(person)
    positive(scene, person, at=later(hours=1))
    scene.visit(person, at=later(hours=2))
    scene.tested(person, at=later(hours=3))
    scene.well(person, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.YELLOW
    opinion(scene, LabResult.objects.get(outcome="POSITIVE"), at=later(hours=6))
    scene.well(person, at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.GREEN


def answered_by_a_case(scene: Scene, ground: str):
    """Return somebody whose ground ended beside a positive that CDC had answered by reporting a suspicion."""
    person, _end = coded(scene, ground)
    at = later(days=5)
    found = positive(scene, person, at=at)
    suspected = scene.clinical(person, "SUSPECTED", at=at + timedelta(hours=1))
    scene.exited(suspected, "EXCLUDED", at=at + timedelta(days=1))
    colour_before = colour(person, END - timedelta(hours=1))
    tried(scene, person, ground, at=END)
    return person, found, suspected, colour_before


@pytest.mark.parametrize("ground", ["CLOSE_CONTACT", "AUTO_RED", "RISK_AREA", "AUTO_YELLOW"])
def test_a_case_that_answered_a_positive_is_voided_and_what_ended_beside_it_stands_again(
    scene: Scene, ground
):
    person, _found, suspected, colour_before = answered_by_a_case(scene, ground)
    at = END + timedelta(hours=1)
    assert colour(person, at) == Colour.GREEN
    scene.voided(suspected, at=at + timedelta(hours=1))
    assert colour(person, at) == Colour.GREEN
    assert colour(person, at + timedelta(hours=2)) == colour_before
    lists = {one.key for one in worklists(scene.cast.cdc_xinchang, at + timedelta(hours=2))}
    assert "positives" in lists  # it is unanswered again
    sound()


def test_another_answer_bears_the_ending_when_the_case_is_voided(scene: Scene):
    person, found, suspected, _colour_before = answered_by_a_case(scene, "CLOSE_CONTACT")
    opinion(scene, found, at=END + timedelta(hours=1))
    scene.voided(suspected, at=END + timedelta(hours=2))
    assert colour(person, END + timedelta(hours=3)) == Colour.GREEN
    ended = Case.objects.of(fresh(person)).get(ground="CLOSE_CONTACT")
    assert Basis.objects.filter(case=ended, fact=Fact.OPINION).exists()


@pytest.mark.parametrize("how", ["another outcome", "another person", "taken back"])
def test_an_opinion_is_on_nothing_else_than_the_positive_it_was_given_on(scene: Scene, how):
    person, other = scene.person(), scene.person()
    found, by = positive(scene, person), scene.cast.cdc_xinchang
    given, at = opinion(scene, found), DUE + timedelta(hours=3)
    assert "positives" not in lists(scene, at)
    if how == "another person":
        corrections.move(found, to=other, reason="录错人", by=by, at=at)
    elif how == "taken back":
        opinions.withdraw(given, reason="复核有误", by=by, at=at)
    else:
        for outcome in ("INCONCLUSIVE", "POSITIVE"):
            right = sample(found.sampled_at, outcome, report_number=found.report_number)
            found = corrections.correct(fresh(found), right, reason="实验室更正", by=by, at=at)
    assert "positives" in lists(scene, at + timedelta(hours=1))


# -- a contact who never was one, and CDC's report that they are infected
