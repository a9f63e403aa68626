"""Each exposure is answered by itself: a later one on the same evidence prolongs what the first asks for (2.1d)."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.services import control
from cases.services.engine import admission
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused
from tests.facts.test_results import entered, taken_back

LATER = later(days=5)
DUE_LATER = DUE + timedelta(days=5)


def by_index(scene: Scene):
    index = scene.clinical(scene.person(), "ASYMPTOMATIC", at=later(days=-1), began_on=day(-1))
    return lambda person, **fields: scene.clinical(person, index_case=fresh(index), **fields)


def by_letter(scene: Scene):
    return lambda person, **fields: scene.clinical(person, evidence_ref="协查函9号", **fields)


def by_rule(scene: Scene):
    return lambda person, **fields: scene.ordered(person, evidence_ref="新防指〔2026〕5号", **fields)


def by_record(scene: Scene):
    return lambda person, **fields: scene.automatic(person, "AUTO_RED", evidence_ref="某场所1", **fields)


WAYS = pytest.mark.parametrize("way", (by_index, by_letter, by_rule, by_record))


@WAYS
def test_a_later_exposure_on_the_same_evidence_prolongs(scene: Scene, way):
    person, exposed = scene.person(), way(scene)
    exposed(person)
    assert order_of(person).until == DUE
    exposed(fresh(person), began_on=day(5), at=LATER)
    assert order_of(person).until == DUE_LATER


@WAYS
def test_the_same_exposure_again_and_one_before_it_stand_already(scene: Scene, way):
    person, exposed = scene.person(), way(scene)
    exposed(person)
    for number in (0, -2):
        refused(admission.AlreadyStanding, exposed, fresh(person), began_on=day(number), at=later(hours=1))


def test_a_later_exposure_by_linked_data_asks_for_a_later_test(scene: Scene):
    person = scene.person()
    scene.automatic(person, "AUTO_YELLOW", evidence_ref="某场所1")
    again = scene.automatic(fresh(person), "AUTO_YELLOW", evidence_ref="某场所1", began_on=day(5), at=LATER)
    scene.tested(fresh(person), at=later(days=5, hours=1), by=scene.cast.service_xinchang)
    assert colour(person, later(days=5, hours=2)) == Colour.GREEN
    assert fresh(again).exit == "TESTED_NEGATIVE"


def test_an_infection_reported_again_with_a_later_day_is_the_same_infection(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED", evidence_ref="检测报告7号")
    fields = {"evidence_ref": "检测报告7号", "began_on": day(5), "at": LATER}
    refused(admission.AlreadyStanding, scene.reported, fresh(person), "CONFIRMED", **fields)


def test_both_exposures_end_with_the_index_case_that_was_none(scene: Scene):
    contact, infected = scene.person(), scene.person()
    index = scene.clinical(infected, "SUSPECTED")
    for number in (0, 5):
        scene.clinical(fresh(contact), index_case=fresh(index), began_on=day(number), at=later(days=number))
    scene.exited(fresh(index), "EXCLUDED", at=later(days=6))
    assert colour(contact, later(days=6, hours=1)) == Colour.GREEN


def test_both_exposures_stand_again_when_the_test_that_ended_them_was_wrong(scene: Scene):
    person, exposed = scene.person(), by_letter(scene)
    exposed(person)
    exposed(fresh(person), began_on=day(5), at=LATER)
    result = entered(scene, fresh(person), at=DUE_LATER - timedelta(hours=3))
    control.end(fresh(person), by=scene.cast.officer_yulin, at=DUE_LATER)
    assert colour(person, DUE_LATER + timedelta(hours=1)) == Colour.GREEN
    taken_back(scene, result, "INCONCLUSIVE", at=DUE_LATER + timedelta(hours=2))
    assert Case.objects.of(fresh(person)).open().count() == 2
    assert order_of(person).until == DUE_LATER
