"""The end of control (clause 3.3), and who answers for it meanwhile."""

from datetime import timedelta

import pytest
from django.utils import translation

from cases.models import Case, ControlOrder, Transition
from cases.models.control import Ending
from cases.policy.colours import Colour
from cases.services import control
from cases.services.control import ConditionMissing
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import results

from .scenes import DUE, TODAY, Scene, T, colour, day, fresh, later, order_of, refused, sample, sound

MORNING = DUE + timedelta(hours=8)


@pytest.fixture
def person(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def test_an_order_ends_at_the_midnight_after_fourteen_full_days(person):
    assert order_of(person).until == DUE


def test_a_negative_alone_does_not_end_red(scene: Scene, person):
    scene.tested(person, at=DUE - timedelta(hours=30), by=scene.cast.service_xinchang)
    assert colour(person, MORNING) == Colour.RED


def test_the_due_day_alone_does_not_end_red(person):
    assert colour(person, DUE + timedelta(days=30)) == Colour.RED


def test_control_is_not_ended_before_the_due_day(scene: Scene, person):
    refusal = refused(ConditionMissing, scene.ended, person, at=DUE - timedelta(minutes=1))
    assert "2026年11月17日00:00" in str(refusal)
    assert refusal.field == "until"


def test_the_refusal_speaks_english_to_who_reads_english(scene: Scene, person):
    with translation.override("en"):
        refusal = refused(ConditionMissing, scene.ended, person, at=DUE - timedelta(days=1))
        assert str(refusal) == "The measure runs until 2026-11-17 00:00."


def test_the_responsible_officer_ends_control_with_the_negative(scene: Scene, person):
    order = scene.ended(person, at=MORNING)
    assert (order.ending, order.relied_on.outcome) == (Ending.ENDED, "NEGATIVE")
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN
    assert Transition.objects.latest("at").clause == "3.3"


def test_the_instant_of_the_due_day_is_late_enough(scene: Scene, person):
    scene.ended(person, at=DUE)
    assert colour(person, DUE + timedelta(seconds=1)) == Colour.GREEN


def test_the_negative_may_have_been_entered_before_the_act(scene: Scene, person):
    scene.tested(person, at=DUE - timedelta(hours=30))
    control.end(person, by=scene.cast.officer_yulin, at=MORNING)
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_control_is_not_ended_without_a_test(scene: Scene, person):
    refusal = refused(ConditionMissing, control.end, person, by=scene.cast.officer_yulin, at=MORNING)
    assert refusal.field == "result"


def test_a_negative_from_before_the_release_window_is_too_early(scene: Scene, person):
    scene.tested(person, at=DUE - timedelta(days=2, seconds=1))
    refused(ConditionMissing, control.end, person, by=scene.cast.officer_yulin, at=MORNING)


@pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE", "PENDING"])
def test_a_later_sample_that_is_not_negative_forbids_the_end(scene: Scene, person, outcome):
    scene.tested(person, at=DUE - timedelta(hours=20), outcome=outcome)
    scene.tested(person, at=DUE - timedelta(hours=19, minutes=59))
    late = sample(DUE - timedelta(hours=1), outcome)
    results.enter(person, late, by=scene.cast.hospital_city, at=DUE)
    refused(ConditionMissing, control.end, person, by=scene.cast.officer_yulin, at=MORNING)


def test_a_lost_sample_counts_as_never_taken(scene: Scene, person):
    scene.tested(person, at=DUE - timedelta(hours=20))
    scene.tested(person, at=DUE - timedelta(hours=10), outcome="LOST")
    control.end(person, by=scene.cast.officer_yulin, at=MORNING)
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_a_refused_end_does_not_keep_the_result_typed_with_it(scene: Scene, person):
    refused(ConditionMissing, scene.ended, person, at=DUE - timedelta(days=3))


@pytest.mark.parametrize(
    "name", ["officer.deputy", "group.xinchang", "cdc.xinchang", "service.xinchang", "bureau.one"]
)
def test_nobody_but_the_responsible_officer_ends_control(scene: Scene, person, name):
    refused(NotAllowed, scene.ended, person, at=MORNING, by=scene.cast[name])


def test_control_that_has_ended_is_not_ended_again(scene: Scene, person):
    scene.ended(person, at=MORNING)
    refused(NotAllowed, scene.ended, person, at=MORNING)


def test_hospital_treatment_does_not_end_by_time(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    refused(control.OpenEnd, scene.ended, person, at=MORNING)


# -- several exposures, one order


def test_of_two_exposures_the_later_end_governs(scene: Scene, person):
    scene.clinical(person, began_on=day(-5), at=later(minutes=1))
    assert order_of(person).until == DUE


def test_a_later_exposure_prolongs_the_order(scene: Scene, person):
    scene.clinical(person, began_on=day(3), at=later(days=3))
    assert order_of(person).until == DUE + timedelta(days=3)
    assert order_of(person).served.count() == 2


def test_one_end_of_control_ends_every_case_the_order_serves(scene: Scene, person):
    scene.clinical(person, at=later(minutes=1))
    scene.ended(person, at=MORNING)
    assert not Case.objects.open().exists()


def test_with_the_later_exposure_voided_the_earlier_end_governs_again(scene: Scene, person):
    case = scene.clinical(person, began_on=day(3), at=later(days=3))
    scene.voided(case, at=later(days=4))
    assert order_of(person).until == DUE


def test_a_graver_measure_supersedes_the_order(scene: Scene, person):
    scene.clinical(person, "CONFIRMED", at=later(days=1))
    assert (order_of(person).kind, order_of(person).until) == ("HOSPITAL_TREATMENT", None)
    assert ControlOrder.objects.filter(person=person, ending="SUPERSEDED").count() == 1


def test_an_exclusion_leaves_the_contact_under_its_own_order(scene: Scene, person):
    suspected = scene.clinical(person, "SUSPECTED", at=later(days=1))
    scene.exited(suspected, "EXCLUDED", at=later(days=2))
    assert (order_of(person).kind, order_of(person).until) == ("CENTRAL_ISOLATION", DUE)


def test_discharge_opens_convalescence_and_stays_red(scene: Scene):
    person = scene.person()
    scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(days=20))
    assert order_of(person).kind == "CONVALESCENCE"
    assert order_of(person).until == DUE + timedelta(days=20)
    assert [(one.from_colour, one.to_colour) for one in Transition.objects.all()] == [("GREEN", "RED")]


def test_convalescence_takes_the_place_of_an_exposure_before_it(scene: Scene, person):
    confirmed = scene.clinical(person, "CONFIRMED", at=later(days=1))
    scene.exited(confirmed, "DISCHARGED", at=later(days=5))
    assert order_of(person).kind == "CONVALESCENCE"
    assert order_of(person).until == DUE + timedelta(days=5)
    sound()


def test_convalescence_waits_while_an_infection_stands(scene: Scene):
    person = scene.person()
    first = scene.clinical(person, "CONFIRMED")
    scene.clinical(person, "ASYMPTOMATIC", at=later(days=1))
    scene.exited(first, "DISCHARGED", at=later(days=5))
    assert order_of(person).kind == "HOSPITAL_ISOLATION"
    sound()


def test_the_last_case_voided_lets_the_order_lapse(scene: Scene, person):
    scene.voided(Case.objects.get())
    assert ControlOrder.objects.get().ending == Ending.LAPSED


def test_an_order_without_officer_falls_to_the_community_of_residence(scene: Scene):
    person = scene.person()
    scene.overseas(person, plan=Plan())
    assert order_of(person).office == scene.cast.community_yulin.office


# -- after overseas: seven days of monitoring, green


def test_monitoring_starts_at_the_end_of_isolation_not_at_the_click(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE + timedelta(days=2))
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    assert order_of(person).until == DUE + timedelta(days=7)
    assert colour(person, DUE + timedelta(days=3)) == Colour.GREEN


def test_monitoring_that_is_over_before_the_click_is_not_opened(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE + timedelta(days=7))
    assert not ControlOrder.objects.standing().exists()


def test_monitoring_is_not_ended_early(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    by, before = scene.cast.officer_yulin, DUE + timedelta(days=6, hours=23)
    refused(ConditionMissing, control.end, person, by=by, at=before)


def test_monitoring_ends_without_a_test(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    control.end(person, by=scene.cast.officer_yulin, at=DUE + timedelta(days=7))
    assert not ControlOrder.objects.standing().exists()


def test_a_new_ground_during_monitoring_makes_red_again(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    scene.clinical(person, at=DUE + timedelta(days=1), began_on=day(16))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    sound()


def test_monitoring_goes_on_when_the_ground_that_interrupted_it_is_voided(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    until = order_of(person).until
    case = scene.clinical(person, at=DUE + timedelta(days=1), began_on=day(16))
    scene.voided(case, at=DUE + timedelta(days=2))
    assert (order_of(person).kind, order_of(person).until) == ("COMMUNITY_MONITORING", until)
    sound()


def test_monitoring_whose_days_are_over_does_not_come_back(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    case = scene.clinical(person, at=DUE + timedelta(days=1), began_on=day(16))
    scene.voided(case, at=DUE + timedelta(days=9))
    assert not ControlOrder.objects.standing().exists()


def test_it_is_still_today_when_nothing_happened(person):
    assert order_of(person).day0 == TODAY
    assert fresh(person).acted_at >= T
