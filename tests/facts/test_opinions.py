"""CDC's opinion that a positive is no new case: who gives it, on what, and what it outlives."""

from datetime import timedelta

import pytest

from cases.models import Opinion
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.engine.references import NotAReference
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import corrections, opinions
from tests.cases.scenes import DUE, Scene, colour, refused, sample
from tests.facts.positives import coded, opinion, positive, tried


@pytest.mark.parametrize("by", ["officer.yulin", "group.xinchang", "hospital.city", "service.xinchang"])
def test_only_cdc_gives_an_opinion(scene: Scene, by):
    refused(NotAllowed, opinion, scene, positive(scene, coded(scene, "CLOSE_CONTACT")[0]), by=by)


@pytest.mark.parametrize("outcome", ["NEGATIVE", "INCONCLUSIVE", "PENDING", "LOST"])
def test_an_opinion_is_given_on_a_positive_alone(scene: Scene, outcome):
    result = scene.tested(scene.person(), at=DUE, outcome=outcome)
    refused(opinions.NotAPositive, opinion, scene, result)


def test_an_opinion_says_why_and_by_which_document_and_once(scene: Scene):
    result = positive(scene, scene.person())
    refused(NotAReference, opinion, scene, result, document=" 1 ")
    refused(opinions.OpinionWithoutReason, opinion, scene, result, reason="　")
    opinion(scene, result)
    refused(opinions.AlreadyGiven, opinion, scene, result)


def test_an_opinion_outlives_a_correction_of_the_typed_laboratory_and_no_other(scene: Scene):
    person, end = coded(scene, "CLOSE_CONTACT")
    found = positive(scene, person)
    opinion(scene, found)
    right = sample(found.sampled_at, "POSITIVE", report_number="N-77")
    by = scene.cast.cdc_xinchang
    again = corrections.correct(found, right, reason="编号录错", by=by, at=DUE + timedelta(hours=3))
    refused(opinions.AlreadyGiven, opinion, scene, again)
    right = sample(found.sampled_at, "POSITIVE", report_number="N-78")
    corrections.correct(again, right, reason="又录错", by=by, at=DUE + timedelta(hours=4))
    assert "positives" not in {one.key for one in worklists(by, DUE + timedelta(hours=5))}
    tried(scene, person, "CLOSE_CONTACT", at=end)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN
    assert Opinion.objects.count() == 1


def test_an_unanswered_positive_is_on_cdcs_list_and_an_answered_one_is_not(scene: Scene):
    person, _end = coded(scene, "CONVALESCENT")
    found = positive(scene, person)

    def listed():
        return [
            row.about
            for one in worklists(scene.cast.cdc_xinchang, DUE + timedelta(hours=5))
            if one.key == "positives"
            for row in one.rows
        ]

    assert listed() == [found]
    opinion(scene, found)
    assert listed() == []
