"""A positive since the case began lets nothing end until CDC answers it: a report, a correction, or its opinion."""

from datetime import timedelta

import pytest

from cases.models import Basis, Case, Fact, LabResult
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import ConditionMissing
from cases.services.deliveries import batches
from cases.services.grounds import cases, exits
from cases.services.samples import corrections, opinions, results
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused, sample, sound
from tests.factories import delivered

END = DUE + timedelta(hours=9)
BY_CONTROL = ("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED", "CONVALESCENT")
BY_TEST = ("RISK_AREA", "AUTO_YELLOW")


def coded(scene: Scene, ground: str):
    """Return somebody coded on a ground that ends with control or by a test, and the instant its days end."""
    person, end = scene.person(), END
    match ground:
        case "CLOSE_CONTACT":
            scene.clinical(person)
        case "OVERSEAS":
            scene.overseas(person)
        case "ORDERED_ISOLATION":
            scene.ordered(person)
        case "SEVERE_AREA":
            scene.opened(person, ground, risk_area=scene.severe())
        case "AUTO_RED" | "AUTO_YELLOW":
            scene.automatic(person, ground)
        case "RISK_AREA":
            scene.risk(person)
        case "CONVALESCENT":
            scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(hours=1))
    if ground in BY_CONTROL and order_of(person).officer_id is None:
        to, by = scene.cast.officer_yulin, scene.cast.group_xinchang
        control.hand_over(person, officer=to, reason="指定", by=by, at=later(hours=1))
    return person, end


def tried(scene: Scene, person, ground: str, *, at):
    """Enter a fresh negative and try to end the ground on it."""
    taken = sample(at - timedelta(minutes=30))
    if ground in BY_CONTROL:
        return control.end(fresh(person), sample=taken, by=scene.cast.officer_yulin, at=at)
    results.enter(fresh(person), taken, by=scene.cast.hospital_city, at=at)
    return results.apply(fresh(person), by=scene.cast.service_xinchang, at=at + timedelta(minutes=1))


def positive(scene: Scene, person, *, at=None):
    return results.enter(
        fresh(person), sample(at or DUE, "POSITIVE"), by=scene.cast.hospital_city, at=at or DUE
    )


def opinion(scene: Scene, result, *, by="cdc.xinchang", at=None, **said):
    told = {"document": "复核意见2026-12号", "reason": "治愈后复阳，无传染性", **said}
    return opinions.give(result, by=scene.cast[by], at=at or DUE + timedelta(hours=2), **told)


def lists(scene: Scene, at, username: str = "cdc.xinchang") -> set[str]:
    return {one.key for one in worklists(scene.cast[username], at)}


MISSING = {**dict.fromkeys(BY_CONTROL, ConditionMissing), **dict.fromkeys(BY_TEST, results.StillMissing)}


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
    shown = colour(person, end - timedelta(hours=1))
    said = {"reason": "复核有误", "by": scene.cast.cdc_xinchang, "at": end + timedelta(hours=2)}
    opinions.withdraw(given, **said)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN
    assert colour(person, end + timedelta(hours=3)) == shown
    refused(opinions.NoOpinion, opinions.withdraw, given, **said)
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
    person, said = scene.person(), {"evidence_kind": "LAB_REPORT", "evidence_ref": "LAB7"}
    scene.voided(scene.clinical(person, "CONFIRMED", **said), at=later(minutes=5))
    if ground == "FEVER":
        scene.fever(person, at=later(minutes=10))
    else:
        scene.risk(person)
    positive(scene, person, at=later(hours=1))
    report = scene.reported(fresh(person), "CONFIRMED", at=later(hours=2), **said)
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
    said = {"approve": False, "answer": "仍系错录", "by": scene.cast.duty_xinchang}
    cases.decide(fresh(held), **said, at=later(hours=8))
    if ground == "FEVER":
        scene.well(fresh(person), at=later(hours=9))
    else:
        refused(results.StillMissing, results.apply, fresh(person), by=by, at=later(hours=9))
    assert colour(person, later(hours=10)) == Colour.YELLOW
    sound()


def test_control_waits_while_a_report_of_an_infection_waits_for_a_second_person(scene: Scene):
    person, said = scene.person(), {"evidence_kind": "LAB_REPORT", "evidence_ref": "LAB7"}
    scene.voided(scene.clinical(person, "CONFIRMED", **said), at=later(minutes=5))
    scene.clinical(fresh(person), at=later(hours=1))
    report = scene.reported(fresh(person), "CONFIRMED", at=later(days=3), **said)
    cases.enter(report, by=scene.cast.group_xinchang, at=later(days=3))
    refused(ConditionMissing, tried, scene, person, "CLOSE_CONTACT", at=END)


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


def answered_by_a_case(scene: Scene, ground: str):
    """Return somebody whose ground ended beside a positive that CDC had answered by reporting a suspicion."""
    person, _end = coded(scene, ground)
    at = later(days=5)
    found = positive(scene, person, at=at)
    suspected = scene.clinical(person, "SUSPECTED", at=at + timedelta(hours=1))
    scene.exited(suspected, "EXCLUDED", at=at + timedelta(days=1))
    shown = colour(person, END - timedelta(hours=1))
    tried(scene, person, ground, at=END)
    return person, found, suspected, shown


@pytest.mark.parametrize("ground", ["CLOSE_CONTACT", "AUTO_RED", "RISK_AREA", "AUTO_YELLOW"])
def test_a_case_that_answered_a_positive_is_voided_and_what_ended_beside_it_stands_again(
    scene: Scene, ground
):
    person, _found, suspected, shown = answered_by_a_case(scene, ground)
    at = END + timedelta(hours=1)
    assert colour(person, at) == Colour.GREEN
    scene.voided(suspected, at=at + timedelta(hours=1))
    assert colour(person, at) == Colour.GREEN
    assert colour(person, at + timedelta(hours=2)) == shown
    lists = {one.key for one in worklists(scene.cast.cdc_xinchang, at + timedelta(hours=2))}
    assert "positives" in lists  # it is unanswered again
    sound()


def test_another_answer_bears_the_ending_when_the_case_is_voided(scene: Scene):
    person, found, suspected, _shown = answered_by_a_case(scene, "CLOSE_CONTACT")
    opinion(scene, found, at=END + timedelta(hours=1))
    scene.voided(suspected, at=END + timedelta(hours=2))
    assert colour(person, END + timedelta(hours=3)) == Colour.GREEN
    ended = Case.objects.of(fresh(person)).get(ground="CLOSE_CONTACT")
    assert Basis.objects.filter(case=ended, fact=Fact.OPINION).exists()


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


HEADINGS = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,协查函号"


@pytest.mark.parametrize("how", ["voided", "delivery taken back", "died and lived"])
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
    elif how == "died and lived":
        scene.died(person, at=at)
        scene.death_taken_back(person, at=at)
    else:
        undo = batches.propose_undo(batch, reason="发错", by=cdc, at=at)
        batches.decide_undo(fresh(undo), approve=True, by=scene.cast.duty_city, at=at)
    waiting = Case.objects.of(fresh(person)).get(state="REPORTED")
    said = (waiting.ground, waiting.evidence_ref, waiting.began_on, waiting.entered_by)
    assert said == ("CONFIRMED", report.evidence_ref, report.happened_on, cdc)
    at += timedelta(hours=1)
    group = {one.key for one in worklists(scene.cast.group_xinchang, at)}
    assert "reports" in group and "exit_reports" not in group
    cases.enter(waiting, by=scene.cast.group_xinchang, at=at)
    assert colour(person, at + timedelta(hours=1)) == Colour.RED
    assert list(findings()) == []
    sound()
