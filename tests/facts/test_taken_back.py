"""What two people take back, by page and by API: an interface holds no rule, so each answers as the service does."""

import pytest

from cases.models import ClinicVisit, ExitReport
from cases.policy.colours import Colour
from tests.cases.scenes import DUE, Scene, colour, day, later, order_of
from tests.facts.test_ways_in import refused
from tests.facts.ways import Way, by_api, by_page

pytestmark = pytest.mark.parametrize("way", (by_page, by_api), ids=("page", "api"))


def test_a_visit_taken_back_lets_the_fever_stand_again(scene: Scene, way: Way):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=2))
    scene.tested(person, at=later(hours=3))
    scene.well(person, at=later(hours=30))
    assert colour(person, later(hours=31)) == Colour.GREEN
    fields = {"row": ClinicVisit.objects.get().pk, "reason": "写到别人名下"}
    assert way(scene.cast.clinic_xinchang, "withdraw-visit", person, later(hours=32), **fields).done
    assert colour(person, later(hours=33)) == Colour.YELLOW


def test_a_positive_waits_for_the_opinion_of_cdc(scene: Scene, way: Way):
    person = scene.person()
    scene.risk(person)
    positive = scene.tested(person, at=later(hours=1), outcome="POSITIVE")
    scene.tested(person, at=later(hours=20))
    refused(way, scene.cast.service_xinchang, "apply-result", person, later(hours=21))
    fields = {"result": positive.pk, "document": "复核意见2026-3号", "reason": "复阳，无传染性"}
    assert way(scene.cast.cdc_xinchang, "give-opinion", person, later(hours=22), **fields).done
    assert way(scene.cast.service_xinchang, "apply-result", person, later(hours=23)).done
    assert colour(person, later(hours=24)) == Colour.GREEN


def test_an_extension_is_shortened_by_two(scene: Scene, way: Way):
    person = scene.person()
    scene.clinical(person)
    fields = {"until_day": day(22), "document": scene.registered("省指挥部2号").number, "reason": "变异株"}
    group, lead = scene.cast.group_xinchang, scene.cast.duty_xinchang
    assert way(group, "extend", person, later(days=2), **fields).done
    assert order_of(person).until > DUE
    assert way(group, "shorten", person, later(days=3), reason="文件撤销").done
    refused(way, group, "decide-shorten", person, later(days=3, hours=1), decision="approve")
    assert way(lead, "decide-shorten", person, later(days=3, hours=1), decision="approve").done
    assert order_of(person).until == DUE


def test_a_hand_over_to_another_province_is_taken_back_by_two(scene: Scene, way: Way):
    person = scene.person()
    scene.clinical(person)
    group, cdc = scene.cast.group_xinchang, scene.cast.cdc_xinchang
    fields = {"destination": "江西省上饶市", "letter": "饶防接收函2026-5号"}
    assert way(group, "transfer-out", person, later(days=2), **fields).done
    assert way(group, "take-transfer-back", person, later(days=3), reason="未成行").done
    refused(way, group, "decide-transfer-back", person, later(days=3, hours=1), decision="approve")
    assert way(cdc, "decide-transfer-back", person, later(days=3, hours=1), decision="approve").done
    assert order_of(person).until == DUE


def test_a_merge_is_undone_by_two_and_an_ending_on_the_other_half_falls(scene: Scene, way: Way):
    person, other = scene.person(), scene.person()
    scene.risk(person)
    scene.tested(other, at=later(hours=2))
    scene.merged(other, person, at=later(hours=3))
    assert way(scene.cast.service_xinchang, "apply-result", person, later(hours=4)).done
    one, two = scene.cast.bureau_one, scene.cast.bureau_two
    assert way(one, "unmerge", other, later(hours=5), reason="不是同一人").done
    refused(way, one, "decide-unmerge", other, later(hours=6), decision="approve")
    assert way(two, "decide-unmerge", other, later(hours=6), decision="approve").done
    assert colour(person, later(hours=7)) == Colour.YELLOW


def test_an_exit_that_was_reported_of_the_wrong_person_is_taken_back_by_two(scene: Scene, way: Way):
    person = scene.person()
    scene.exited(scene.clinical(person, "SUSPECTED"), "EXCLUDED", at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.GREEN
    group, cdc = scene.cast.group_xinchang, scene.cast.cdc_xinchang
    fields = {"report": ExitReport.objects.get().pk, "reason": "报错人"}
    assert way(group, "reverse-exit", person, later(hours=7), **fields).done
    refused(way, group, "decide-reverse-exit", person, later(hours=8), decision="approve")
    assert way(cdc, "decide-reverse-exit", person, later(hours=8), decision="approve").done
    assert colour(person, later(hours=9)) == Colour.RED
