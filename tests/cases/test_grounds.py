"""How a ground comes in (clauses 1.1a-1.4, 3.1a-3.2c): who may, who may not, who is elsewhere."""

from datetime import date, timedelta
from itertools import product

import pytest

from cases.models import Case, ControlOrder, Transition
from cases.models.cases import Channel, State
from cases.policy.colours import Colour
from cases.policy.keys import CHANNELS, GROUNDS
from cases.services import areas
from cases.services.engine import admission, plausible, second_person
from cases.services.engine.officers import NotAnOfficer
from cases.services.engine.orders import CountedWrongly
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed, Refusal, StalePage
from cases.services.grounds import cases, claims
from cases.services.grounds.claims import Claim
from tests.factories import DivisionFactory, OfficeFactory, UserFactory

from .scenes import DUE, TODAY, Scene, T, colour, day, fresh, later, order_of, refused

ENTERED_DIRECTLY = {
    **{
        key: {("PROVINCE", "province")} for key in ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC", "CLOSE_CONTACT")
    },
    "OVERSEAS": {("PROVINCE", "province"), ("COMMUNITY", "community")},
    "SEVERE_AREA": {("PROVINCE", "province"), ("COMMUNITY", "community")},
    **{key: {("GROUP", "group")} for key in ("ORDERED_ISOLATION", "OTHER_RED", "OTHER_YELLOW")},
    "AUTO_RED": {("AUTOMATIC", "province")},
    "AUTO_YELLOW": {("AUTOMATIC", "province")},
    "RISK_AREA": {("COMMUNITY", "community"), ("AUTOMATIC", "province")},
    "CONVALESCENT": set(),
    "FEVER": set(),
}
RULE = "省指挥部3号"
CLINICAL = ("CONFIRMED", "SUSPECTED", "ASYMPTOMATIC", "CLOSE_CONTACT")


@pytest.mark.parametrize("ground", GROUNDS)
def test_each_ground_comes_in_only_through_its_channels_and_roles(scene: Scene, ground):
    area, by = scene.severe(), (scene.cast.group_xinchang, scene.cast.community_yulin, scene.cast.province)
    scene.documented("GROUP/group/1")
    entered = set()
    for channel, user in product(CHANNELS, by):
        plan = Plan(kind="HOME_OBSERVATION")
        claim = Claim(ground, TODAY, "LETTER", f"{channel}/{user.role}/1", risk_area=area, plan=plan)
        try:
            cases.open_case(scene.person(), claim, channel=Channel(channel), by=user, at=T)
            entered.add((channel, user.role))
        except Refusal as refusal:
            assert refusal.code == "cases.ground.wrong_channel"
    assert entered == ENTERED_DIRECTLY[ground]


@pytest.mark.parametrize("ground", GROUNDS)
def test_cdc_reports_the_four_clinical_grounds_and_no_other(scene: Scene, ground):
    person = scene.person()
    if ground in CLINICAL:
        assert scene.reported(person, ground).state == State.REPORTED
    else:
        refused(claims.NotThisChannel, scene.reported, person, ground)


@pytest.mark.parametrize("ground", CLINICAL)
def test_a_report_alone_turns_nothing(scene: Scene, ground):
    person = scene.person()
    scene.reported(person, ground)
    assert colour(person, later(days=1)) == Colour.GREEN
    assert not Transition.objects.exists()


@pytest.mark.parametrize("ground", CLINICAL)
def test_the_group_of_the_same_level_enters_a_report_and_red_is_at_once(scene: Scene, ground):
    person = scene.person()
    scene.clinical(person, ground)
    assert colour(person, later(seconds=1)) == Colour.RED


def test_a_group_of_another_level_does_not_enter_the_report(scene: Scene):
    case = scene.reported(scene.person())
    refused(cases.ReportAddressedElsewhere, cases.enter, case, by=scene.cast.group_city, at=T)


def test_cdc_does_not_enter_its_own_report(scene: Scene):
    case = scene.reported(scene.person())
    refused(NotAllowed, cases.enter, case, by=scene.cast.cdc_xinchang, at=T)


def test_the_group_enters_a_report_on_somebody_who_lives_elsewhere(scene: Scene):
    person = scene.person(present="330602001", at=T)
    case = scene.reported(person)
    cases.enter(case, by=scene.cast.group_xinchang, at=T)
    assert colour(person, later(minutes=1)) == Colour.RED


def test_a_report_is_entered_once(scene: Scene):
    case = scene.clinical(scene.person())
    refused(cases.ReportNotWaiting, cases.enter, case, by=scene.cast.group_xinchang, at=T)


def test_a_report_sent_back_with_a_reason_is_not_entered_any_more(scene: Scene):
    case = scene.reported(scene.person())
    cases.send_back(case, reason="证据不足", by=scene.cast.group_xinchang, at=T)
    refused(cases.ReportNotWaiting, cases.enter, case, by=scene.cast.group_xinchang, at=T)


def test_a_report_is_not_sent_back_without_saying_why(scene: Scene):
    case = scene.reported(scene.person())
    refused(
        second_person.SentBackWithoutReason,
        cases.send_back,
        case,
        reason="",
        by=scene.cast.group_xinchang,
        at=T,
    )


def test_a_report_without_a_group_of_that_level_is_refused(scene: Scene):
    cdc = UserFactory(role="cdc", office=OfficeFactory(kind="CDC", division=DivisionFactory(code="330683")))
    claim = scene.claim("CLOSE_CONTACT")
    refused(cases.NoGroup, cases.report, scene.person(by=cdc, present="330683001"), claim, by=cdc, at=T)


def test_a_close_contact_names_its_index_case_or_a_letter(scene: Scene):
    claim = scene.claim("CLOSE_CONTACT", evidence_kind="INVESTIGATION")
    refusal = refused(
        claims.IndexCaseMissing, cases.report, scene.person(), claim, by=scene.cast.cdc_xinchang, at=T
    )
    assert refusal.field == "index_case"


def test_the_index_case_has_to_be_an_infected_one(scene: Scene):
    index = scene.overseas(scene.person())
    refused(claims.IndexCaseNotInfected, scene.reported, scene.person(), index_case=index)


def test_nobody_is_the_contact_of_their_own_case(scene: Scene):
    person = scene.person()
    index = scene.clinical(person, "CONFIRMED")
    refused(claims.IndexCaseNotInfected, scene.reported, person, index_case=index)


def test_no_ground_began_before_the_person_was_born(scene: Scene):
    refusal = refused(plausible.BeforeBirth, scene.reported, scene.person(), began_on=date(1900, 1, 1))
    assert refusal.field == "began_on"


def test_a_contact_of_an_index_case_that_was_voided_is_refused(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    scene.voided(index)
    refused(admission.IndexCaseExcluded, scene.reported, scene.person(), index_case=index)


def test_a_waiting_contact_is_not_entered_once_its_index_case_is_excluded(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    waiting = scene.reported(scene.person(), index_case=index)
    scene.exited(index, "EXCLUDED", at=later(hours=1))
    refused(cases.ReportNotWaiting, cases.enter, waiting, by=scene.cast.group_xinchang, at=later(hours=2))


def test_a_waiting_contact_is_not_entered_once_its_index_report_is_sent_back(scene: Scene):
    index = scene.reported(scene.person(), "CONFIRMED")
    waiting = scene.reported(scene.person(), index_case=index)
    cases.send_back(index, reason="误报", by=scene.cast.group_xinchang, at=T)
    refused(cases.ReportNotWaiting, cases.enter, waiting, by=scene.cast.group_xinchang, at=later(hours=2))


def test_the_same_ground_on_the_same_evidence_stands_once(scene: Scene):
    person = scene.person()
    scene.reported(person, evidence_ref="协查函1")
    refused(cases.AlreadyStanding, scene.reported, person, evidence_ref=" 协查函1 ")


def test_the_same_source_record_is_taken_once(scene: Scene):
    scene.automatic(scene.person(), "AUTO_RED", source_key="P-1")
    refused(cases.AlreadyStanding, scene.automatic, scene.person(), "AUTO_RED", source_key="P-1")


def test_of_two_who_bring_a_source_record_at_one_moment_the_second_is_refused(scene: Scene, monkeypatch):
    person, other, by = scene.person(), scene.person(), scene.cast.province
    claim = scene.claim("AUTO_YELLOW")
    scene.voided(cases.send_down(person, claim, record="R1", by=by, at=T), at=later(hours=1))
    again = {"record": "R1", "by": by, "at": later(hours=2)}
    ask = admission.voided_before

    def asked_while_another_comes(*args, **fields):
        monkeypatch.setattr(admission, "voided_before", ask)
        cases.send_down(other, scene.claim("AUTO_YELLOW"), **again)
        return ask(*args, **fields)

    monkeypatch.setattr(admission, "voided_before", asked_while_another_comes)
    refused(cases.AlreadyStanding, cases.send_down, fresh(person), claim, **again)


@pytest.mark.parametrize("nothing", ["", " ", "\u3000", "\u200b", "\ufeff\t"])
def test_nobody_is_coded_without_evidence(scene: Scene, nothing):
    refused(claims.EvidenceMissing, scene.overseas, scene.person(), evidence_ref=nothing)


@pytest.mark.parametrize("nothing", ["", "\u3000", "\u200b"])
def test_no_exit_is_reported_without_evidence(scene: Scene, nothing):
    case = scene.clinical(scene.person(), "CONFIRMED")
    refused(claims.EvidenceMissing, scene.exit_reported, case, "DISCHARGED", evidence_ref=nothing)


def test_nobody_is_coded_from_a_day_that_has_not_come(scene: Scene):
    refused(plausible.InFuture, scene.overseas, scene.person(), began_on=day(1))


def test_an_unknown_ground_is_refused(scene: Scene):
    refused(claims.UnknownGround, scene.reported, scene.person(), "RUMOUR")


def test_an_entry_fourteen_days_ago_is_a_ground(scene: Scene):
    person = scene.person()
    scene.overseas(person, began_on=day(-14))
    assert colour(person, later(seconds=1)) == Colour.RED


def test_an_entry_fifteen_days_ago_is_none(scene: Scene):
    refusal = refused(claims.TooLongAgo, scene.overseas, scene.person(), began_on=day(-15))
    assert "14" in str(refusal)


def test_community_staff_of_another_county_do_not_reach_the_person(scene: Scene):
    refused(NotAllowed, scene.overseas, scene.person(), by=scene.cast.community_yuecheng)


def test_a_listed_area_where_a_test_is_required_makes_yellow(scene: Scene):
    person = scene.person()
    scene.risk(person)
    assert colour(person, later(seconds=1)) == Colour.YELLOW
    assert not ControlOrder.objects.exists()


def test_an_area_that_asks_for_no_test_is_no_ground_for_yellow(scene: Scene):
    area = scene.listed(test_required=False)
    refused(claims.NoTestRequired, scene.risk, scene.person(), area)


def test_a_stay_in_an_area_that_was_not_approved_is_no_ground(scene: Scene):
    listing = areas.Listing(name="某区", level="MEDIUM", source_document="公告1号", from_at=later(days=-3))
    area = areas.propose(listing, by=scene.cast.duty_city, at=T)
    refused(admission.AreaNotListed, scene.risk, scene.person(), area)


def test_a_stay_without_its_area_is_refused(scene: Scene):
    refused(claims.AreaMissing, scene.opened, scene.person(), "RISK_AREA")


def test_a_stay_in_an_area_that_is_not_severe_is_no_ground_for_red(scene: Scene):
    refused(claims.AreaNotSevere, scene.opened, scene.person(), "SEVERE_AREA", risk_area=scene.listed())


def test_a_place_in_a_severe_situation_is_not_entered_by_the_community(scene: Scene):
    place = scene.severe(venue="某市场")
    refused(claims.NotThisChannel, scene.opened, scene.person(), "SEVERE_AREA", risk_area=place)


def test_ordered_isolation_cites_its_rule(scene: Scene):
    refusal = refused(claims.DocumentMissing, scene.ordered, scene.person(), evidence_ref="")
    assert refusal.field == "evidence_ref"


def test_ordered_isolation_says_its_measure(scene: Scene):
    scene.documented(RULE)
    refused(claims.MeasureMissing, scene.ordered, scene.person(), kind="", evidence_ref=RULE)


@pytest.mark.parametrize("kind", ["HOSPITAL_TREATMENT", "PRISON"])
def test_ordered_isolation_takes_only_a_measure_that_can_end(scene: Scene, kind):
    scene.documented(RULE)
    refused(claims.MeasureMissing, scene.ordered, scene.person(), kind=kind, evidence_ref=RULE)


def test_ordered_isolation_lasts_as_long_as_its_rule_says(scene: Scene):
    person = scene.person()
    scene.ordered(person, days=7)
    assert order_of(person).until == later(days=8).replace(hour=0)


def test_isolation_for_a_single_day_is_an_order(scene: Scene):
    person = scene.person()
    scene.ordered(person, days=1)
    assert order_of(person).until == later(days=2).replace(hour=0)


def test_isolation_for_no_day_at_all_is_refused(scene: Scene):
    scene.documented(RULE)
    refused(claims.MeasureMissing, scene.ordered, scene.person(), days=0, evidence_ref=RULE)


def test_nobody_is_held_for_longer_at_once_than_by_extensions(scene: Scene):
    person = scene.person()
    scene.documented(RULE)
    refused(claims.MeasureTooLong, scene.ordered, person, days=29, evidence_ref=RULE)
    scene.ordered(person, days=28)
    assert order_of(person).until == DUE + timedelta(days=14)


def test_nobody_shortens_what_the_rule_book_fixes(scene: Scene):
    person = scene.person()
    scene.clinical(person, plan=Plan(days=1, officer=scene.cast.officer_yulin))
    assert order_of(person).until == DUE


def test_isolation_does_not_count_from_before_the_exposure(scene: Scene):
    refused(CountedWrongly, scene.overseas, scene.person(), plan=Plan(day0=day(-30)))


def test_only_an_officer_is_made_responsible(scene: Scene):
    refused(NotAnOfficer, scene.overseas, scene.person(), plan=Plan(officer=scene.cast.cdc_xinchang))


def test_an_act_on_a_page_that_has_become_stale_is_refused(scene: Scene):
    person = scene.person()
    seen = fresh(person).version
    scene.overseas(person)
    claim = scene.claim("OVERSEAS")
    fields = {"channel": Channel.COMMUNITY, "by": scene.cast.community_yulin, "at": T}
    refused(StalePage, cases.open_case, person, claim, seen=seen, **fields)


def test_a_case_never_says_its_colour(scene: Scene):
    assert not any("colour" in column.name for column in Case._meta.get_fields())


def test_channels_are_spelled_as_the_rule_book_spells_them():
    assert tuple(Channel.values) == CHANNELS
