"""Exits that another office reports and the group enters: discharge, exclusion, reclassification."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, Transition
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.services.engine import plausible
from cases.services.engine.refusals import NotAllowed, StalePage
from cases.services.grounds import cases, exits

from .scenes import DUE, Scene, T, colour, day, fresh, later, order_of, refused, sound

ALL_EXITS = ("DISCHARGED", "EXCLUDED", "INDEX_EXCLUDED", "RECLASSIFIED")
EXITS = {
    "CONFIRMED": {"DISCHARGED"},
    "SUSPECTED": {"EXCLUDED", "RECLASSIFIED"},
    "ASYMPTOMATIC": {"DISCHARGED", "RECLASSIFIED"},
    "CLOSE_CONTACT": {"INDEX_EXCLUDED", "RECLASSIFIED"},
}


@pytest.mark.parametrize("exit", ALL_EXITS)
@pytest.mark.parametrize("ground", EXITS)
def test_each_clinical_ground_ends_only_by_its_exits(scene: Scene, ground, exit):
    case = scene.clinical(scene.person(), ground)
    new = {"new_ground": "CONFIRMED"} if exit == "RECLASSIFIED" else {}
    if exit in EXITS[ground]:
        scene.exited(case, exit, at=later(hours=1), **new)
        assert fresh(case).state == State.ENDED
    else:
        refused(exits.NotThisExit, scene.exit_reported, case, exit, **new)


def test_a_reported_exit_changes_nothing_until_it_is_entered(scene: Scene):
    person = scene.person()
    scene.exit_reported(scene.clinical(person, "SUSPECTED"), "EXCLUDED")
    assert colour(person, later(days=1)) == Colour.RED


@pytest.mark.parametrize(
    ("exit", "ground", "by"),
    [
        ("DISCHARGED", "CONFIRMED", "cdc.xinchang"),
        ("EXCLUDED", "SUSPECTED", "hospital.city"),
        ("RECLASSIFIED", "SUSPECTED", "hospital.city"),
    ],
)
def test_hospital_discharges_and_cdc_excludes_never_the_other(scene: Scene, exit, ground, by):
    case = scene.clinical(scene.person(), ground)
    fields = {"happened_on": T.date(), "evidence_ref": "X", "at": T}
    refused(exits.NotReportedHere, exits.report, case, exit=exit, by=scene.cast[by], **fields)


def test_a_group_of_another_level_does_not_enter_the_exit(scene: Scene):
    report = scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED")
    refused(exits.ExitAddressedElsewhere, exits.enter, report, by=scene.cast.group_city, at=T)


def test_cdc_does_not_enter_the_exit_it_reported(scene: Scene):
    report = scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED")
    refused(NotAllowed, exits.enter, report, by=scene.cast.cdc_xinchang, at=T)


def test_an_exit_does_not_happen_before_the_case_or_in_the_future(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    refused(exits.BeforeItBegan, scene.exit_reported, case, "EXCLUDED", happened_on=day(-1))
    refused(plausible.InFuture, scene.exit_reported, case, "EXCLUDED", happened_on=day(1))


def test_a_second_exit_waits_for_the_first(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    scene.exit_reported(case, "EXCLUDED")
    refused(exits.AlreadyReported, scene.exit_reported, case, "EXCLUDED")


def test_an_exit_sent_back_leaves_the_case(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    exits.refuse(scene.exit_reported(case, "EXCLUDED"), answer="缺复核", by=scene.cast.group_xinchang, at=T)
    assert fresh(case).state == State.OPEN


def test_an_exit_of_a_case_voided_meanwhile_is_not_entered(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    report = scene.exit_reported(case, "EXCLUDED")
    scene.voided(case)
    refused(exits.NotStanding, exits.enter, report, by=scene.cast.group_xinchang, at=later(hours=1))


def test_a_stale_page_does_not_enter_an_exit(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    report, seen = scene.exit_reported(case, "EXCLUDED"), fresh(case.person).version
    scene.overseas(case.person)
    refused(StalePage, exits.enter, report, by=scene.cast.group_xinchang, at=later(hours=1), seen=seen)


def test_exclusion_ends_the_contacts_of_that_case_and_no_others(scene: Scene):
    index, other = (scene.clinical(scene.person(), ground) for ground in ("SUSPECTED", "CONFIRMED"))
    freed, kept = scene.person(), scene.person()
    scene.clinical(freed, index_case=index)
    scene.clinical(kept, index_case=index)
    scene.clinical(kept, index_case=other)
    scene.exited(index, "EXCLUDED", at=later(hours=1))
    assert (colour(freed, later(days=1)), colour(kept, later(days=1))) == (Colour.GREEN, Colour.RED)
    sound()


def test_a_contact_is_not_freed_while_its_index_case_stands(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    contact = scene.clinical(scene.person(), index_case=index)
    refused(exits.IndexStillStands, scene.exit_reported, contact, "INDEX_EXCLUDED")


def test_a_contact_is_not_freed_because_its_index_case_is_confirmed_now(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    contact = scene.clinical(scene.person(), index_case=index)
    scene.exited(index, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=1))
    refused(exits.IndexStillStands, scene.exit_reported, contact, "INDEX_EXCLUDED", at=later(hours=2))


def test_a_contact_is_freed_where_its_index_case_was_voided(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    person = scene.person()
    scene.clinical(person, index_case=index)
    scene.voided(index, frees=True)
    assert colour(person, later(days=1)) == Colour.GREEN


def test_reclassified_is_red_all_the_way(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CLOSE_CONTACT")
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=1))
    assert Transition.objects.count() == 1
    assert order_of(person).kind == "HOSPITAL_TREATMENT"
    assert list(Case.objects.of(person).open().values_list("ground", flat=True)) == ["CONFIRMED"]


@pytest.mark.parametrize("new", ["", "SUSPECTED", "OVERSEAS", "RUMOUR"])
def test_reclassified_names_another_infected_ground(scene: Scene, new):
    case = scene.clinical(scene.person(), "SUSPECTED")
    refused(exits.NewGroundMissing, scene.exit_reported, case, "RECLASSIFIED", new_ground=new)


def test_reclassified_as_what_already_stands_on_that_evidence_only_ends_the_old(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED", evidence_kind="LAB_REPORT", evidence_ref="L1")
    case = scene.clinical(person, "SUSPECTED")
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", evidence_ref="L1", at=later(hours=1))
    assert Case.objects.of(person).open().count() == 1


def test_reclassified_as_what_waits_on_that_evidence_is_refused(scene: Scene):
    person = scene.person()
    scene.reported(person, "CONFIRMED", evidence_kind="LAB_REPORT", evidence_ref="L1")
    case = scene.clinical(person, "SUSPECTED")
    report = scene.exit_reported(case, "RECLASSIFIED", new_ground="CONFIRMED", evidence_ref="L1")
    refused(cases.AlreadyStanding, exits.enter, report, by=scene.cast.group_xinchang, at=later(hours=1))


def test_two_cases_discharged_on_one_record_convalesce_once(scene: Scene):
    person = scene.person()
    for case in [scene.clinical(person, ground) for ground in ("CONFIRMED", "ASYMPTOMATIC")]:
        scene.exited(case, "DISCHARGED", evidence_ref="出院1", at=later(days=10))
    assert list(Case.objects.of(person).open().values_list("ground", flat=True)) == ["CONVALESCENT"]


def test_convalescence_ends_like_every_control(scene: Scene):
    person = scene.person()
    scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(days=10))
    scene.ended(person, at=DUE + timedelta(days=10, hours=8))
    assert colour(person, DUE + timedelta(days=11)) == Colour.GREEN
    assert not ControlOrder.objects.standing().exists()


def test_a_report_of_a_contact_whose_index_case_is_excluded_goes_back(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    waiting = scene.reported(scene.person(), index_case=index)
    scene.exited(index, "EXCLUDED")
    assert (fresh(waiting).state, bool(fresh(waiting).closing_reason)) == ("REFUSED", True)
