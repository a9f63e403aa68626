"""What may open is asked in one place: of one claim and of a whole set alike, on every way in."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from cases.models import Batch, Case, Person, Presence, RiskArea
from cases.policy.colours import Colour
from cases.selectors.presences import of_area
from cases.services import control
from cases.services.areas import presences
from cases.services.areas.presences import CheckedTrack
from cases.services.deliveries import batches
from cases.services.engine import admission
from cases.services.engine.plans import Plan
from cases.services.grounds import cases, voids
from healthcode.core.audit import triggers
from healthcode.core.offices.models import Division
from tests.cases.scenes import DUE, TODAY, Scene, T, colour, day, fresh, later, order_of, refused
from tests.factories import DivisionFactory, delivered, sealed
from tests.facts.striking import DOCUMENT, coded, struck
from tests.facts.ways import by_api

PLACE = "110106"


def listed(scene: Scene, *, severe: bool = False, level: str = "HIGH", **fields: Any) -> RiskArea:
    DivisionFactory(code=PLACE)
    place = {
        "division": Division.objects.get(pk=PLACE),
        "level": level,
        "from_at": later(days=-10),
        "at": later(days=-3),
        **fields,
    }
    return scene.severe(**place) if severe else scene.listed(**place)


def stayed(scene: Scene, person: Person, *, until: Any, at: Any = T, hours: float = 20) -> None:
    """Let an operator deliver a stay at the place."""
    DivisionFactory(code=PLACE)
    until = min(until, at)
    content = hashlib.sha256(f"{person.pk}{until}{at}".encode()).hexdigest()
    batch = Batch.objects.create(
        kind="PRESENCES", state="APPLYING", file_name="轨迹.csv", sha256=content, office=scene.cast.telecom.office,
        delivered_by=scene.cast.telecom, delivered_at=at, confirmed_by=scene.cast.telecom, confirmed_at=at,
    )  # fmt: skip
    track = CheckedTrack(person.pk, "STAY", PLACE, "", until - timedelta(hours=hours), until)
    presences.record([track], batch=batch, by=scene.cast.telecom, at=at)


def grounds_of(person: Person) -> list[tuple[str, str]]:
    return list(Case.objects.of(fresh(person)).order_by("pk").values_list("ground", "state"))


# --- answered ------------------------------------------------------------------------------------------------


def green_by_test(scene: Scene, person: Person, *, at: Any) -> None:
    scene.tested(person, at=at, by=scene.cast.service_xinchang)
    assert colour(person, at + timedelta(minutes=1)) == Colour.GREEN


def test_another_track_of_a_stay_that_was_answered_turns_nobody_yellow(scene: Scene):
    listed(scene)
    person = scene.person()
    stayed(scene, person, until=later(hours=-30))
    assert colour(person, T) == Colour.YELLOW
    green_by_test(scene, person, at=later(hours=1))
    stayed(scene, person, until=later(hours=-28), at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN
    assert grounds_of(person) == [("RISK_AREA", "ENDED")]


@pytest.mark.parametrize("again", [{"level": "HIGH"}, {"level": "MEDIUM"}])
def test_an_area_listed_again_or_higher_turns_nobody_yellow_who_was_tested_since(scene: Scene, again):
    area = listed(scene, level="MEDIUM")
    person = scene.person()
    stayed(scene, person, until=later(hours=-30))
    green_by_test(scene, person, at=later(hours=1))
    scene.changed(area, "LIFT", test_still_due=True, at=later(hours=2))
    listed(scene, from_at=later(hours=3), at=later(hours=3), **again)
    assert colour(person, later(hours=4)) == Colour.GREEN


def test_a_later_stay_asks_for_a_test_of_its_own(scene: Scene):
    listed(scene)
    person = scene.person()
    stayed(scene, person, until=later(days=-3))
    green_by_test(scene, person, at=later(days=-2, hours=1))
    stayed(scene, person, until=later(hours=-1), at=T)
    assert colour(person, later(hours=1)) == Colour.YELLOW


def test_the_last_of_all_tracks_says_when_somebody_left_whatever_row_they_came_in(scene: Scene):
    person = scene.person()
    stayed(scene, person, until=later(hours=-1))  # nothing is listed yet
    scene.tested(person, at=later(days=-1), by=scene.cast.service_xinchang)
    area = listed(scene, at=later(hours=1))
    row = of_area(area, at=later(hours=1), among=Presence.objects.none())
    assert not row.exists()
    stayed(scene, person, until=later(days=-2), at=later(hours=2))  # an earlier one comes late
    assert [case.began_on for case in Case.objects.of(person)] == [TODAY]


@pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE"])
def test_a_negative_that_a_later_sample_contradicts_answers_nothing(scene: Scene, outcome):
    listed(scene)
    person = scene.person()
    scene.tested(person, at=later(hours=-3))
    scene.tested(person, at=later(hours=-2), outcome=outcome)
    stayed(scene, person, until=later(hours=-20), at=T)
    assert colour(person, later(hours=1)) == Colour.YELLOW


def test_lifting_an_area_answers_nobody(scene: Scene):
    area = listed(scene)
    person = scene.person()
    stayed(scene, person, until=later(hours=-30))
    scene.changed(area, "LIFT", test_still_due=False, at=later(hours=1))
    listed(scene, from_at=later(hours=2), at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_what_was_served_is_not_asked_for_again_on_the_same_evidence(scene: Scene):
    person = scene.person()
    scene.clinical(person, evidence_ref="密接协查函1号")
    scene.ended(person, at=DUE + timedelta(hours=2))
    again = {"at": DUE + timedelta(hours=3), "evidence_ref": "密接协查函1号"}
    refused(admission.AnsweredByEnd, scene.clinical, fresh(person), **again)


def test_what_fell_with_its_document_answers_nobody_who_is_coded_on_it_again(scene: Scene):
    document = scene.documented()
    case = coded(scene, "AUTO_YELLOW")
    struck(scene, document)
    scene.documented(at=later(hours=3))
    scene.automatic(fresh(case.person), "AUTO_YELLOW", evidence_ref=DOCUMENT, at=later(hours=4))
    assert colour(case.person, later(hours=5)) == Colour.YELLOW


def test_a_severe_stay_is_answered_by_the_control_served_and_by_no_test(scene: Scene):
    listed(scene, severe=True)
    triggers.drop(connection, "cases_riskarea")
    RiskArea.objects.update(look_back_days=21)
    person = scene.person()
    scene.tested(person, at=later(hours=-3))
    stayed(scene, person, until=T, at=T)
    assert colour(person, later(hours=1)) == Colour.RED
    control.hand_over(
        fresh(person),
        officer=scene.cast.officer_yulin,
        reason="指定",
        by=scene.cast.group_xinchang,
        at=later(hours=2),
    )
    scene.ended(fresh(person), at=DUE + timedelta(hours=9))
    stayed(scene, person, until=T - timedelta(hours=2), at=DUE + timedelta(hours=10))
    listed(
        scene, severe=True, level="MEDIUM", from_at=DUE + timedelta(hours=11), at=DUE + timedelta(hours=11)
    )
    assert colour(person, DUE + timedelta(hours=12)) == Colour.GREEN


def test_what_the_community_enters_by_hand_is_answered_by_the_same_test(scene: Scene):
    person, area = scene.person(), listed(scene)
    scene.tested(person, at=later(hours=-2))
    refusal = refused(admission.AnsweredByTest, scene.risk, person, area, began_on=day(-1))
    assert refusal.field == "began_on" and "2026年11月2日" in str(refusal)


def file_of(scene: Scene, person: Person, record: str, key: str, *, at: Any, evidence: str = "E-1"):
    heading = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"
    row = ",".join(
        (
            record,
            person.name,
            person.document,
            person.present_id,
            "赋码",
            key,
            f"{TODAY}",
            "流调报告",
            evidence,
        )
    )
    return delivered(sealed(f"{heading}\n{row}"), kind="GROUNDS", by=scene.cast.province, at=at, at_once=True)


@pytest.mark.parametrize("key", ["系统自动赋红码", "近14天内有境外旅居史"])
@pytest.mark.parametrize("evidence", ["E-1", "Ｅ 1", "e1"])
def test_a_record_of_the_province_that_ended_does_not_come_again_under_another_number(
    scene: Scene, key, evidence
):
    person = scene.person()
    file_of(scene, person, "R1", key, at=T)
    order = order_of(person)
    control.hand_over(
        fresh(person),
        officer=scene.cast.officer_yulin,
        reason="指定",
        by=scene.cast.group_xinchang,
        at=later(hours=1),
    )
    ended_at = order.until + timedelta(hours=9)
    scene.ended(fresh(person), at=ended_at)
    before = len(grounds_of(person))
    batch = file_of(scene, person, "R2", key, at=ended_at + timedelta(hours=1), evidence=evidence)
    assert (batch.rejected, len(grounds_of(person))) == (1, before)


# --- voided before -------------------------------------------------------------------------------------------


def test_a_track_that_leads_to_what_was_voided_waits_for_a_second_person(scene: Scene):
    listed(scene, severe=True)
    person = scene.person()
    stayed(scene, person, until=later(hours=-5))
    scene.voided(Case.objects.get(person=person), at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.GREEN
    stayed(scene, person, until=later(hours=-4), at=later(hours=1, minutes=5))
    listed(scene, severe=True, level="MEDIUM", from_at=later(hours=2), at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN
    assert [state for _ground, state in grounds_of(person)] == ["VOIDED", "HELD", "HELD"]


def voidable(scene: Scene) -> dict[str, Any]:
    """One way in for each ground that somebody enters, always on the same evidence, by a fresh call of it."""
    area, severe = listed(scene), listed(scene, severe=True, level="MEDIUM")
    plan = Plan(kind="HOME_OBSERVATION", officer=scene.cast.officer_yulin)
    group = {"by": scene.cast.group_xinchang, "channel": "GROUP", "evidence_ref": "令-1", "plan": plan}
    index = scene.clinical(scene.person(), "CONFIRMED")
    return {
        "CONFIRMED": lambda p, at: scene.clinical(p, "CONFIRMED", at=at, evidence_ref="检-1"),
        "SUSPECTED": lambda p, at: scene.clinical(p, "SUSPECTED", at=at, evidence_ref="检-1"),
        "ASYMPTOMATIC": lambda p, at: scene.clinical(p, "ASYMPTOMATIC", at=at, evidence_ref="检-1"),
        "CLOSE_CONTACT": lambda p, at: scene.clinical(p, index_case=index, at=at),
        "OVERSEAS": lambda p, at: scene.overseas(p, at=at, evidence_ref="CA-1"),
        "ORDERED_ISOLATION": lambda p, at: scene.opened(p, "ORDERED_ISOLATION", at=at, **group),
        "SEVERE_AREA": lambda p, at: scene.opened(p, "SEVERE_AREA", risk_area=severe, at=at),
        "RISK_AREA": lambda p, at: scene.risk(p, area, at=at),
        "AUTO_RED": lambda p, at: scene.automatic(p, "AUTO_RED", at=at, evidence_ref="场所-1"),
        "AUTO_YELLOW": lambda p, at: scene.automatic(p, "AUTO_YELLOW", at=at, evidence_ref="场所-1"),
    }


@pytest.mark.parametrize(
    "ground",
    ["CONFIRMED", "SUSPECTED", "ASYMPTOMATIC", "CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA",
     "RISK_AREA", "AUTO_RED", "AUTO_YELLOW"],
)  # fmt: skip
def test_what_two_people_voided_is_held_when_it_is_entered_again_by_hand(scene: Scene, ground):
    enter, person = voidable(scene)[ground], scene.person()
    case = enter(person, T)
    extra = {"frees": True} if ground in ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC") else {}
    void = scene.void_proposed(case, at=later(hours=1), **extra)
    voids.approve(void, by=scene.cast.cdc_xinchang, at=later(hours=1))
    again = enter(fresh(person), later(hours=2))
    assert fresh(again).state == "HELD"
    assert colour(person, later(hours=3)) == Colour.GREEN
    cases.decide(fresh(again), approve=True, by=scene.cast.duty_xinchang, at=later(hours=4))
    assert fresh(again).state == "OPEN"


def test_a_delivery_taken_back_is_no_word_against_anybody(scene: Scene):
    person = scene.person()
    batch = file_of(scene, person, "R1", "系统自动赋黄码", at=T)
    undo = batches.propose_undo(batch, reason="送错", by=scene.cast.province, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=1))
    file_of(scene, person, "R2", "系统自动赋黄码", at=later(hours=2))
    assert [state for _ground, state in grounds_of(person)] == ["VOIDED", "OPEN"]


# --- decided later -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [False, True], ids=["first time", "voided before"])
def test_whoever_enters_a_report_reads_whether_it_counts_or_waits(scene: Scene, again):
    person = scene.person()
    if again:
        scene.voided(scene.clinical(person, evidence_ref="协查函9号"), at=later(hours=1))
    report = scene.reported(fresh(person), at=later(hours=2), evidence_ref="协查函9号")
    fields = {"case": report.pk, "officer": "officer.yulin", "site": "isolation-xinchang"}
    answer = by_api(scene.cast.group_xinchang, "enter-report", fresh(person), later(hours=3), **fields)
    assert answer.done, answer.text
    waits = fresh(report).state == "HELD"
    assert (waits, "即时生效" in answer.text) == (again, not again)


def test_a_held_case_whose_measure_is_over_is_refused_when_it_is_decided(scene: Scene):
    person = scene.person()
    scene.voided(scene.overseas(person, evidence_ref="CA-1"), at=later(hours=1))
    case = scene.overseas(fresh(person), at=later(hours=2), evidence_ref="CA-1")
    fields = {"approve": True, "by": scene.cast.duty_xinchang, "at": DUE + timedelta(hours=1)}
    refused(admission.PeriodOver, cases.decide, fresh(case), **fields)


def test_a_held_case_on_an_area_that_was_lifted_is_refused(scene: Scene):
    area, person = listed(scene), scene.person()
    scene.voided(scene.risk(person, area), at=later(hours=1))
    case = scene.risk(fresh(person), area, at=later(hours=2))
    scene.changed(area, "LIFT", test_still_due=True, at=later(hours=3))
    fields = {"approve": True, "by": scene.cast.duty_xinchang, "at": later(hours=4)}
    refused(admission.AreaNotListed, cases.decide, fresh(case), **fields)


def test_the_same_ground_on_the_same_area_stands_once_whichever_way_it_came(scene: Scene):
    area, person = listed(scene), scene.person()
    stayed(scene, person, until=later(hours=-5))
    refused(admission.AlreadyStanding, scene.risk, person, area, at=later(hours=1))


def test_evidence_spelled_otherwise_is_the_same_evidence(scene: Scene):
    person = scene.person()
    scene.ordered(person, evidence_ref="新防控〔2020〕7号")
    refused(
        admission.AlreadyStanding,
        scene.ordered,
        fresh(person),
        at=later(hours=1),
        evidence_ref="新防控[2020] 7号",
    )


def test_what_stands_on_a_merged_record_stands_on_the_survivor(scene: Scene):
    area, one, two = listed(scene), scene.person(), scene.person()
    stayed(scene, one, until=later(hours=-5))
    scene.merged(one, two, at=later(hours=1))
    stayed(scene, two, until=later(hours=-4), at=later(hours=2))
    assert Case.objects.filter(risk_area=area).count() == 1
