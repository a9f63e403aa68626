"""While CDC's report of an infection waits, or a positive is unanswered, no yellow ends without a word."""

import pytest

from cases.policy.colours import Colour
from cases.services.engine.exit_conditions import ExitConditionMissing
from cases.services.grounds import cases, exits, releases, voids
from cases.services.samples import opinions, results
from tests.cases.scenes import Scene, colour, fresh, later, refused

TESTED, AFTER = later(hours=3), later(hours=8)


def reported(scene: Scene, person) -> object:
    return scene.reported(fresh(person), "CONFIRMED", at=later(hours=2))


def negative(scene: Scene, person, *, at=TESTED) -> None:
    scene.tested(fresh(person), at=at, by=scene.cast.service_xinchang)


@pytest.mark.parametrize("ground", ("RISK_AREA", "AUTO_YELLOW"))
def test_a_negative_ends_no_yellow_while_a_report_waits(scene: Scene, ground):
    person = scene.person()
    scene.risk(person) if ground == "RISK_AREA" else scene.automatic(person, ground)
    report = reported(scene, person)
    negative(scene, person)
    assert colour(person, AFTER) == Colour.YELLOW
    cases.send_back(report, reason="报错人", by=scene.cast.group_xinchang, at=later(hours=4))
    results.apply(fresh(person), by=scene.cast.service_xinchang, at=later(hours=5))
    assert colour(person, AFTER) == Colour.GREEN


def test_a_clean_form_ends_no_fever_while_a_report_waits(scene: Scene):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    report = reported(scene, person)
    negative(scene, person)
    scene.well(fresh(person), at=later(hours=4))
    assert colour(person, AFTER) == Colour.YELLOW
    cases.send_back(report, reason="报错人", by=scene.cast.group_xinchang, at=later(hours=5))
    scene.well(fresh(person), at=later(hours=6))
    assert colour(person, AFTER) == Colour.GREEN


@pytest.mark.parametrize("doubt", ("positive", "report", "reclassified", "merged"))
def test_a_lifted_area_lets_nobody_go_whom_cdc_has_to_look_at(scene: Scene, doubt):
    area, person, clear = scene.listed(), scene.person(), scene.person()
    for one in (person, clear):
        scene.risk(one, area)
    match doubt:
        case "positive":
            scene.tested(person, at=later(hours=2), outcome="POSITIVE")
        case "report":
            reported(scene, person)
        case "reclassified":
            contact = scene.clinical(fresh(person), at=later(hours=1))
            scene.exit_reported(contact, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=2))
        case "merged":
            other = scene.person()
            scene.tested(other, at=later(hours=2), outcome="POSITIVE")
            scene.merged(other, person, at=later(hours=2, minutes=30))
    scene.changed(area, "LIFT", at=later(hours=3), test_still_due=False)
    assert colour(clear, AFTER) == Colour.GREEN
    assert fresh(person).cases.get(ground="RISK_AREA").state == "OPEN"


def test_after_cdcs_opinion_a_negative_ends_what_the_lifting_left(scene: Scene):
    area, person = scene.listed(), scene.person()
    scene.risk(person, area)
    positive = scene.tested(person, at=later(hours=2), outcome="POSITIVE")
    scene.changed(area, "LIFT", at=later(hours=3), test_still_due=False)
    opinion = {"document": "疾控研判2026-3号", "reason": "复阳", "by": scene.cast.cdc_xinchang}
    opinions.give(positive, **opinion, at=later(hours=4))
    negative(scene, person, at=later(hours=5))
    assert colour(person, AFTER) == Colour.GREEN


def test_nothing_to_apply_while_a_report_waits_says_so(scene: Scene):
    person = scene.person()
    scene.risk(person)
    reported(scene, person)
    negative(scene, person)
    refused(
        results.StillMissing, results.apply, fresh(person), by=scene.cast.service_xinchang, at=later(hours=4)
    )


# --- what ends by somebody's word, beside such a doubt ---------------------------------------------------------


def worded(scene: Scene, person, exit: str):
    """Return the act by which somebody's word ends a ground: an exclusion entered, a release approved."""
    if exit == "RELEASED":
        case = scene.other_yellow(person)
        asked = voids.propose_release(
            case, document_number="解除1号", reason="期满", by=scene.cast.group_xinchang, at=later(hours=1)
        )
        return lambda at: voids.decide_release(fresh(asked), approve=True, by=scene.cast.duty_xinchang, at=at)
    ground = "SUSPECTED" if exit == "EXCLUDED" else "CLOSE_CONTACT"
    report = scene.exit_reported(scene.clinical(person, ground), exit, at=later(hours=1))
    return lambda at: exits.enter(fresh(report), by=scene.cast.group_xinchang, at=at)


@pytest.mark.parametrize("exit", ("EXCLUDED", "INDEX_EXCLUDED", "RELEASED"))
def test_nothing_is_excluded_or_released_while_a_report_waits(scene: Scene, exit):
    person = scene.person()
    end = worded(scene, person, exit)
    report = reported(scene, person)
    refused(ExitConditionMissing, end, later(hours=3))
    cases.send_back(report, reason="报错人", by=scene.cast.group_xinchang, at=later(hours=4))
    end(later(hours=5))
    assert colour(person, AFTER) == Colour.GREEN


@pytest.mark.parametrize("exit", ("INDEX_EXCLUDED", "RELEASED"))
def test_nobody_is_released_beside_a_positive_before_cdc_answers_it_nor_stays_so_without(scene: Scene, exit):
    person = scene.person()
    end = worded(scene, person, exit)
    positive = scene.tested(person, at=later(hours=2), outcome="POSITIVE")
    refused(ExitConditionMissing, end, later(hours=3))
    fields = {"document": "疾控研判2026-3号", "reason": "复阳", "by": scene.cast.cdc_xinchang}
    opinion = opinions.give(positive, **fields, at=later(hours=4))
    end(later(hours=5))
    assert colour(person, AFTER) == Colour.GREEN
    opinions.withdraw(opinion, reason="阳性属实", by=scene.cast.cdc_xinchang, at=AFTER)
    assert colour(person, later(hours=9)) != Colour.GREEN


def test_the_provinces_own_release_is_as_quick_as_ever(scene: Scene):
    person = scene.person()
    case = cases.send_down(
        person, scene.claim("AUTO_YELLOW"), record="S1", by=scene.cast.province, at=later(hours=1)
    )
    reported(scene, person)
    releases.receive("S1", document="省解除1号", by=scene.cast.province, at=later(hours=3))
    assert (fresh(case).state, colour(person, AFTER)) == ("ENDED", Colour.GREEN)
