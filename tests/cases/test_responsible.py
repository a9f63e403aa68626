"""Who answers for control: hand-over, extension, home instead of central, elsewhere."""

from datetime import timedelta

import pytest
from django.utils import translation

from cases.models import Case, ControlOrder, Handover
from cases.models.control import Ending
from cases.operations.elsewhere import TransferOut
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import ConditionMissing
from cases.services.engine import second_person
from cases.services.engine.officers import NotAnOfficer
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import corrections, results
from healthcode.core.acts.base import run
from healthcode.core.offices.models import User
from tests.factories import UserFactory

from .scenes import DUE, Scene, T, colour, day, fresh, later, order_of, refused, sample, sound

MORNING = DUE + timedelta(hours=8)


ORDER = "省指挥部2号"


@pytest.fixture
def person(scene: Scene):
    scene.documented(ORDER)
    person = scene.person()
    scene.clinical(person)
    return person


# -- hand-over


def hand_over(scene: Scene, person, by: str | User, to: str | User = "officer.deputy", **fields):
    by, to = (scene.cast[user] if isinstance(user, str) else user for user in (by, to))
    fields = {"reason": "病假", "at": later(hours=1), **fields}
    return control.hand_over(person, officer=to, by=by, **fields)


@pytest.mark.parametrize("by", ["officer.yulin", "group.xinchang", "community.yulin"])
def test_the_officer_the_group_and_the_head_hand_over(scene: Scene, person, by):
    hand_over(scene, person, by)
    assert order_of(person).officer == scene.cast.officer_deputy
    assert Handover.objects.get().from_officer == scene.cast.officer_yulin


@pytest.mark.parametrize("by", ["officer.deputy", "community.nanming", "service.xinchang", "duty.city"])
def test_others_do_not_hand_over(scene: Scene, person, by):
    refused(NotAllowed, hand_over, scene, person, by)


def test_a_member_of_the_community_who_is_not_its_head_does_not_hand_over(scene: Scene, person):
    member = scene.cast.community_yulin
    member.is_head = False
    refused(NotAllowed, hand_over, scene, person, member)


def test_after_the_hand_over_the_deputy_ends_control_and_the_first_officer_does_not(scene: Scene, person):
    hand_over(scene, person, "officer.yulin")
    refused(NotAllowed, scene.ended, person, at=MORNING)
    scene.ended(person, at=MORNING, by=scene.cast.officer_deputy)
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_only_an_active_officer_takes_over(scene: Scene, person):
    deputy = scene.cast.officer_deputy
    deputy.is_active = False
    refused(NotAnOfficer, hand_over, scene, person, "officer.yulin", to=deputy)


def test_a_clerk_does_not_take_over(scene: Scene, person):
    refused(NotAnOfficer, hand_over, scene, person, "group.xinchang", to="service.xinchang")


@pytest.mark.parametrize("by", ["officer.yulin", "community.yulin"])
def test_only_the_group_assigns_across_offices(scene: Scene, person, by):
    elsewhere = UserFactory(role="officer", office=scene.cast.community_nanming.office)
    refused(NotAnOfficer, hand_over, scene, person, by, to=elsewhere)
    hand_over(scene, person, "group.xinchang", to=elsewhere)
    assert order_of(person).office == scene.cast.community_nanming.office


@pytest.mark.parametrize("ground", ["CONFIRMED", "SUSPECTED", "ASYMPTOMATIC"])
def test_a_hospital_clerk_answers_for_its_inpatients(scene: Scene, ground):
    person = scene.person()
    scene.clinical(person, ground)
    hand_over(scene, person, "group.xinchang", to="hospital.city")
    assert order_of(person).officer == scene.cast.hospital_city


@pytest.mark.parametrize("ordered", ["clinical", "overseas", "ordered"])
def test_a_hospital_clerk_is_not_responsible_where_control_ends_by_an_officer(scene: Scene, ordered):
    person = scene.person()
    getattr(scene, ordered)(person)
    refused(NotAnOfficer, hand_over, scene, person, "group.xinchang", to="hospital.city")


def test_the_same_officer_is_not_handed_over_to(scene: Scene, person):
    refused(control.SameOfficer, hand_over, scene, person, "officer.yulin", to="officer.yulin")


# -- extension


def extend(scene: Scene, person, number: int, by: str = "group.xinchang"):
    fields = {"until_day": day(number), "document": ORDER, "reason": "变异株", "at": later(hours=1)}
    return control.extend(person, by=scene.cast[by], **fields)


def test_an_extension_moves_the_end_of_order_and_cases(scene: Scene, person):
    extend(scene, person, 22)
    assert order_of(person).until == later(days=22).replace(hour=0)
    refused(ConditionMissing, scene.ended, person, at=MORNING)
    sound()


def test_an_extension_is_not_a_shortening(scene: Scene, person):
    refused(control.NotLater, extend, scene, person, 15)


def test_an_extension_adds_at_most_the_books_time_of_that_measure(scene: Scene, person):
    assert refused(control.ExtensionTooLong, extend, scene, person, 30).values == {"days": 14}
    refused(control.ExtensionTooLong, extend, scene, person, 3000)
    extend(scene, person, 29)
    assert order_of(person).until == later(days=29).replace(hour=0)


def test_the_officer_does_not_extend(scene: Scene, person):
    refused(NotAllowed, extend, scene, person, 22, by="officer.yulin")


def test_an_open_end_is_not_extended(scene: Scene):
    scene.documented(ORDER)
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    refused(control.OpenEnd, extend, scene, person, 22)


# -- at home instead of centrally


def home(scene: Scene, person):
    fields = {"address": "某小区1幢", "reason": "孕晚期", "at": later(hours=1)}
    return control.propose_home(person, by=scene.cast.group_xinchang, **fields)


def test_a_stay_at_home_waits_for_the_duty_lead(scene: Scene, person):
    home(scene, person)
    assert not order_of(person).at_home


def test_an_approved_stay_at_home_keeps_the_days_and_the_officer(scene: Scene, person):
    control.decide_home(home(scene, person), approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    order = order_of(person)
    assert (order.at_home, order.place, order.until) == (True, "某小区1幢", DUE)
    assert order.officer == scene.cast.officer_yulin
    assert order.measure.endswith("经复核居家实施")


def test_the_proposer_does_not_decide_on_the_stay_at_home(scene: Scene, person):
    refused(
        NotAllowed, control.decide_home, home(scene, person), approve=True, by=scene.cast.group_xinchang, at=T
    )


def test_a_stay_at_home_is_proposed_once(scene: Scene, person):
    home(scene, person)
    refused(control.HomeStayAlreadyProposed, home, scene, person)


def test_a_stay_at_home_is_decided_once(scene: Scene, person):
    stay = home(scene, person)
    fields = {"by": scene.cast.duty_xinchang, "at": later(hours=2)}
    control.decide_home(stay, approve=False, answer="无独立房间", **fields)
    refused(second_person.AlreadyDecided, control.decide_home, stay, approve=True, **fields)


def test_a_stay_at_home_is_not_approved_for_an_order_that_has_ended(scene: Scene, person):
    stay = home(scene, person)
    scene.clinical(person, "CONFIRMED", at=later(hours=2))
    fields = {"approve": True, "by": scene.cast.duty_xinchang, "at": later(hours=3)}
    refused(second_person.Lapsed, control.decide_home, stay, **fields)


def test_hospital_treatment_is_not_replaced_by_a_stay_at_home(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    refused(control.NotCentral, home, scene, person)


# -- elsewhere, and out of the province


def away(scene: Scene, person):
    """Let the order be served in another city, and return the person."""
    scene.relocated(person, at=later(days=1))
    return person


def release(scene: Scene, person, at=MORNING, **fields):
    scene.certified(person, at=at - timedelta(hours=1), **fields)
    return control.release_elsewhere(person, by=scene.cast.group_xinchang, at=at)


def test_no_certificate_goes_round_the_responsible_officer(scene: Scene, person):
    refused(control.ServedHere, release, scene, person)


def test_the_group_ends_a_stay_served_elsewhere_on_its_certificate(scene: Scene, person):
    assert release(scene, away(scene, person), number="解除隔离证明7号").letter == "解除隔离证明7号"
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


def test_a_stay_served_elsewhere_needs_its_test_and_its_time_too(scene: Scene, person):
    by, early = scene.cast.group_xinchang, DUE - timedelta(hours=1)
    paper = scene.certified(away(scene, person), at=early, sample=None)
    refused(ConditionMissing, control.release_elsewhere, person, by=by, at=MORNING)
    control.withdraw_certificate(paper, reason="未附检测", by=by, at=early)
    scene.certified(person, at=early)
    refused(ConditionMissing, control.release_elsewhere, person, by=by, at=DUE - timedelta(minutes=1))
    assert control.release_elsewhere(person, by=by, at=MORNING).ended_at is not None


def test_a_stay_served_elsewhere_is_not_ended_without_a_certificate(scene: Scene, person):
    fields = {"by": scene.cast.group_xinchang, "at": MORNING}
    refused(control.CertificateMissing, control.release_elsewhere, away(scene, person), **fields)


def test_the_officer_does_not_end_a_stay_served_elsewhere(scene: Scene, person):
    scene.certified(away(scene, person), at=DUE)
    fields = {"by": scene.cast.officer_yulin, "at": MORNING}
    refused(NotAllowed, control.release_elsewhere, person, **fields)


def sent_out(scene: Scene, person):
    fields = {
        "letter": "移交函3号",
        "destination": "江苏",
        "by": scene.cast.group_xinchang,
        "at": later(days=1),
    }
    return control.transfer_out(person, **fields)


def test_whoever_is_handed_to_another_province_stays_red(scene: Scene, person):
    assert sent_out(scene, person).ending == Ending.TRANSFERRED_OUT
    assert colour(person, later(days=2)) == Colour.RED
    assert not ControlOrder.objects.standing().exists()


def test_whoever_was_handed_to_another_province_is_released_on_its_certificate(scene: Scene, person):
    sent_out(scene, person)
    assert release(scene, person).ending == Ending.TRANSFERRED_OUT
    assert colour(person, MORNING + timedelta(seconds=1)) == Colour.GREEN


# -- what an officer entered


@pytest.mark.parametrize("ended", [False, True])
def test_an_officer_moves_a_mistyped_result_also_after_control_has_ended(scene: Scene, person, ended):
    other, taken = scene.person(), MORNING - timedelta(hours=9)
    wrong = results.enter(person, sample(taken), by=scene.cast.officer_yulin, at=MORNING)
    if ended:
        control.end(person, by=scene.cast.officer_yulin, at=MORNING + timedelta(minutes=1))
    moved = {"reason": "录到别人名下", "by": scene.cast.officer_yulin, "at": MORNING + timedelta(hours=1)}
    assert corrections.move(wrong, to=other, **moved).person == other
    assert colour(person, MORNING + timedelta(hours=2)) == Colour.RED


def test_an_officer_corrects_what_they_typed_after_the_person_was_handed_over(scene: Scene, person):
    wrong = results.enter(person, sample(T), by=scene.cast.officer_yulin, at=later(minutes=10))
    elsewhere = UserFactory(role="officer", office=scene.cast.community_nanming.office)
    hand_over(scene, person, "group.xinchang", to=elsewhere)
    right = sample(T, "INCONCLUSIVE", report_number=wrong.report_number)
    fields = {"reason": "看错", "at": later(hours=2)}
    assert corrections.correct(wrong, right, by=scene.cast.officer_yulin, **fields).outcome == "INCONCLUSIVE"
    refused(NotAllowed, corrections.correct, wrong, right, by=scene.cast.service_yuecheng, **fields)


def test_a_hand_over_to_another_province_is_taken_back_with_its_days_and_officer(scene: Scene, person):
    before = order_of(person)
    by, at = scene.cast.group_xinchang, later(days=2)
    refused(control.NotHandedOver, control.propose_transfer_back, person, reason="未成行", by=by, at=at)
    sent_out(scene, person)
    scene.brought_back(person, at=at)
    now = order_of(person)
    names = ("kind", "day0", "until", "place", "officer", "office")
    assert [getattr(now, name) for name in names] == [getattr(before, name) for name in names]
    refused(control.NotHandedOver, control.propose_transfer_back, person, reason="未成行", by=by, at=at)
    scene.ended(person, at=MORNING)
    assert colour(person, MORNING + timedelta(hours=1)) == Colour.GREEN
    sound()


def test_monitoring_handed_to_another_province_is_taken_back(scene: Scene):
    person, at = scene.person(), DUE + timedelta(days=1)
    scene.overseas(person)
    scene.ended(person, at=MORNING)
    until = order_of(person).until
    fields = {"letter": "移交函3号", "destination": "江苏", "by": scene.cast.group_xinchang, "at": at}
    control.transfer_out(person, **fields)
    scene.brought_back(person, at=at + timedelta(hours=1))
    assert (order_of(person).kind, order_of(person).until) == ("COMMUNITY_MONITORING", until)


@pytest.mark.parametrize(("ground", "word"), [("green", "green"), ("red", "as it is")])
def test_the_message_of_a_hand_over_claims_no_red_for_somebody_green(scene: Scene, ground, word):
    person, at = scene.person(), DUE + timedelta(days=1)
    scene.overseas(person)
    if ground == "green":
        scene.ended(person, at=MORNING)
    data = {"letter": "移交函3号", "destination": "江苏"}
    with translation.override("en"):
        form = TransferOut(data, subject=fresh(person), by=scene.cast.group_xinchang, at=at)
        assert form.is_valid()
        message = run(form).message
    assert message.endswith(f"the code stays {word}.") and "red" not in message


# -- proposals whose order ended meanwhile


def test_a_stay_at_home_whose_order_ended_leaves_the_list_and_can_be_sent_back(scene: Scene, person):
    stay = home(scene, person)
    assert "home_stays" in {one.key for one in worklists(scene.cast.duty_xinchang, later(hours=2))}
    scene.voided(Case.objects.get(), at=later(hours=3))
    assert "home_stays" not in {one.key for one in worklists(scene.cast.duty_xinchang, later(hours=4))}
    no = {"approve": False, "answer": "已解除", "by": scene.cast.duty_xinchang, "at": later(hours=4)}
    control.decide_home(stay, **no)
    assert fresh(stay).decision == "REFUSED"
