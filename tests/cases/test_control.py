"""The end of control (clause 3.3), and who answers for it meanwhile."""

from datetime import timedelta

import pytest
from django.utils import translation

from cases.models import Case, ControlOrder, Handover, Transition
from cases.models.control import Ending
from cases.policy.colours import Colour
from cases.services import control, results, second_person, transfers
from cases.services.control import ConditionMissing
from cases.services.orders import NotAnOfficer, Plan
from cases.services.refusals import NotAllowed

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
    said = refused(ConditionMissing, scene.ended, person, at=DUE - timedelta(minutes=1))
    assert "2026年11月17日00:00" in str(said)
    assert said.field == "until"


def test_the_refusal_speaks_english_to_who_reads_english(scene: Scene, person):
    with translation.override("en"):
        said = refused(ConditionMissing, scene.ended, person, at=DUE - timedelta(days=1))
    assert str(said) == "The measure runs until 2026-11-17 00:00."


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
    said = refused(ConditionMissing, control.end, person, by=scene.cast.officer_yulin, at=MORNING)
    assert said.field == "result"


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


def test_convalescence_waits_while_a_graver_case_stands(scene: Scene, person):
    confirmed = scene.clinical(person, "CONFIRMED", at=later(days=1))
    scene.exited(confirmed, "DISCHARGED", at=later(days=5))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    assert order_of(person).until == DUE + timedelta(days=5)
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
    scene.clinical(person, at=DUE + timedelta(days=1))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    sound()


# -- hand-over


def hand_over(scene: Scene, person, by: str, to: str = "officer.deputy", **said):
    said = {"reason": "病假", "at": later(hours=1), **said}
    return control.hand_over(person, officer=scene.cast[to], by=scene.cast[by], **said)


@pytest.mark.parametrize("by", ["officer.yulin", "group.xinchang", "community.yulin"])
def test_the_officer_the_group_and_the_head_hand_over(scene: Scene, person, by):
    hand_over(scene, person, by)
    assert order_of(person).officer == scene.cast.officer_deputy
    assert Handover.objects.get().from_officer == scene.cast.officer_yulin


@pytest.mark.parametrize("by", ["officer.deputy", "community.nanming", "service.xinchang", "duty.city"])
def test_others_do_not_hand_over(scene: Scene, person, by):
    refused(NotAllowed, hand_over, scene, person, by)


def test_a_member_of_the_community_who_is_not_its_head_does_not_hand_over(scene: Scene, person):
    head = scene.cast.community_yulin
    type(head).objects.filter(pk=head.pk).update(is_head=False)
    refused(NotAllowed, hand_over, scene, person, "community.yulin")


def test_after_the_hand_over_the_deputy_ends_control_and_the_first_officer_does_not(scene: Scene, person):
    hand_over(scene, person, "officer.yulin")
    refused(NotAllowed, scene.ended, person, at=MORNING)
    scene.ended(person, at=MORNING, by=scene.cast.officer_deputy)
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_only_an_active_officer_takes_over(scene: Scene, person):
    deputy = scene.cast.officer_deputy
    type(deputy).objects.filter(pk=deputy.pk).update(is_active=False)
    refused(NotAnOfficer, hand_over, scene, person, "officer.yulin")


def test_a_clerk_does_not_take_over(scene: Scene, person):
    refused(NotAnOfficer, hand_over, scene, person, "group.xinchang", to="service.xinchang")


@pytest.mark.parametrize("by", ["officer.yulin", "community.yulin"])
def test_only_the_group_assigns_across_offices(scene: Scene, person, by):
    refused(NotAnOfficer, hand_over, scene, person, by, to="hospital.city")
    hand_over(scene, person, "group.xinchang", to="hospital.city")
    assert order_of(person).office == scene.cast.hospital_city.office


def test_the_same_officer_is_not_handed_over_to(scene: Scene, person):
    refused(control.SameOfficer, hand_over, scene, person, "officer.yulin", to="officer.yulin")


# -- extension


def extend(scene: Scene, person, number: int, by: str = "group.xinchang"):
    said = {"until_day": day(number), "document": "省指挥部2号", "reason": "变异株", "at": later(hours=1)}
    return control.extend(person, by=scene.cast[by], **said)


def test_an_extension_moves_the_end_of_order_and_cases(scene: Scene, person):
    extend(scene, person, 22)
    assert order_of(person).until == later(days=22).replace(hour=0)
    refused(ConditionMissing, scene.ended, person, at=MORNING)
    sound()


def test_an_extension_is_not_a_shortening(scene: Scene, person):
    refused(control.NotLater, extend, scene, person, 15)


def test_the_officer_does_not_extend(scene: Scene, person):
    refused(NotAllowed, extend, scene, person, 22, by="officer.yulin")


def test_an_open_end_is_not_extended(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    refused(control.OpenEnd, extend, scene, person, 22)


# -- at home instead of centrally


def home(scene: Scene, person):
    said = {"address": "某小区1幢", "reason": "孕晚期", "at": later(hours=1)}
    return control.propose_home(person, by=scene.cast.group_xinchang, **said)


def test_a_stay_at_home_waits_for_the_duty_lead(scene: Scene, person):
    home(scene, person)
    assert not order_of(person).at_home


def test_an_approved_stay_at_home_keeps_the_days_and_the_officer(scene: Scene, person):
    control.decide_home(home(scene, person), approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    order = order_of(person)
    assert (order.at_home, order.place, order.until) == (True, "某小区1幢", DUE)
    assert order.officer == scene.cast.officer_yulin


def test_the_proposer_does_not_decide_on_the_stay_at_home(scene: Scene, person):
    refused(
        NotAllowed, control.decide_home, home(scene, person), approve=True, by=scene.cast.group_xinchang, at=T
    )


def test_a_stay_at_home_is_proposed_once(scene: Scene, person):
    home(scene, person)
    refused(control.AlreadyProposed, home, scene, person)


def test_a_stay_at_home_is_decided_once(scene: Scene, person):
    stay = home(scene, person)
    said = {"by": scene.cast.duty_xinchang, "at": later(hours=2)}
    control.decide_home(stay, approve=False, answer="无独立房间", **said)
    refused(second_person.AlreadyDecided, control.decide_home, stay, approve=True, **said)


def test_a_stay_at_home_is_not_approved_for_an_order_that_has_ended(scene: Scene, person):
    stay = home(scene, person)
    scene.clinical(person, "CONFIRMED", at=later(hours=2))
    said = {"approve": True, "by": scene.cast.duty_xinchang, "at": later(hours=3)}
    refused(control.NoOrder, control.decide_home, stay, **said)


def test_hospital_treatment_is_not_replaced_by_a_stay_at_home(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    refused(control.NotCentral, home, scene, person)


# -- elsewhere, and out of the province


def away(scene: Scene, person):
    """Let the order be served in another city, and return the person."""
    moved = {"place": "杭州市某隔离点", "letter": "协查函8号"}
    control.serve_elsewhere(person, **moved, by=scene.cast.group_xinchang, at=later(days=1))
    return person


def release(scene: Scene, person, at=MORNING, **said):
    said = {"certificate": "解除隔离证明7号", "sample": sample(at - timedelta(hours=9)), **said}
    return control.release_elsewhere(person, by=said.pop("by", scene.cast.group_xinchang), at=at, **said)


def test_no_certificate_goes_round_the_responsible_officer(scene: Scene, person):
    refused(control.ServedHere, release, scene, person)


def test_the_group_ends_a_stay_served_elsewhere_on_its_certificate(scene: Scene, person):
    assert release(scene, away(scene, person)).letter == "解除隔离证明7号"
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_a_stay_served_elsewhere_needs_its_test_and_its_time_too(scene: Scene, person):
    refused(ConditionMissing, release, scene, away(scene, person), sample=None)
    refused(ConditionMissing, release, scene, person, at=DUE - timedelta(hours=1))


def test_a_stay_served_elsewhere_is_not_ended_without_a_certificate(scene: Scene, person):
    refused(control.CertificateMissing, release, scene, away(scene, person), certificate=" ")


def test_the_officer_does_not_end_a_stay_served_elsewhere(scene: Scene, person):
    refused(NotAllowed, release, scene, away(scene, person), by=scene.cast.officer_yulin)


def sent_out(scene: Scene, person):
    said = {
        "letter": "移交函3号",
        "destination": "江苏",
        "by": scene.cast.group_xinchang,
        "at": later(days=1),
    }
    return control.transfer_out(person, **said)


def test_whoever_is_handed_to_another_province_stays_red(scene: Scene, person):
    assert sent_out(scene, person).ending == Ending.TRANSFERRED_OUT
    assert colour(person, later(days=2)) == Colour.RED
    assert not ControlOrder.objects.standing().exists()


def test_whoever_was_handed_to_another_province_is_released_on_its_certificate(scene: Scene, person):
    sent_out(scene, person)
    refused(ConditionMissing, release, scene, person, at=DUE - timedelta(hours=1))
    assert release(scene, person).ending == Ending.TRANSFERRED_OUT
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


# -- moving house


def moved(scene: Scene, person):
    nanming = scene.cast.community_nanming
    said = {"to": nanming.office.division, "reason": "搬家", "at": later(hours=1)}
    transfer = transfers.propose(person, by=scene.cast.community_yulin, **said)
    transfers.accept(transfer, by=nanming, at=later(hours=2))


def test_a_move_takes_home_observation_to_the_new_community(scene: Scene):
    person = scene.person()
    scene.ordered(person)
    moved(scene, person)
    order = order_of(person)
    assert (order.officer, order.office) == (None, scene.cast.community_nanming.office)


def test_a_move_leaves_centralised_isolation_with_its_officer(scene: Scene, person):
    moved(scene, person)
    assert order_of(person).officer == scene.cast.officer_yulin


def test_it_is_still_today_when_nothing_happened(person):
    assert order_of(person).day0 == TODAY
    assert fresh(person).acted_at >= T
