"""What changes for a person as a whole: moving to another division, and death."""

import pytest

from cases.models import Case, ControlOrder, Transition
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.engine import codes, second_person
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import cases
from cases.services.persons import deaths, transfers
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling import findings
from tests.factories import DivisionFactory

from .scenes import TODAY, Scene, colour, day, fresh, later, order_of, refused, sound

# -- moving to another division


def propose(scene: Scene, person, by="community.yulin", to="330624002"):
    fields = {"to": DivisionFactory(code=to), "reason": "搬家", "at": later(hours=1)}
    return transfers.propose(person, by=scene.cast[by], **fields)


def accept(scene: Scene, transfer, by="community.nanming"):
    transfers.accept(transfer, by=scene.cast[by], at=later(hours=2))


def test_a_move_counts_once_the_receiving_office_accepts(scene: Scene):
    person = scene.person()
    transfer = propose(scene, person)
    assert fresh(person).present_id == "330624001"
    accept(scene, transfer)
    assert fresh(person).present_id == "330624002"


@pytest.mark.parametrize("by", ["community.yuecheng", "community.yulin"])
def test_only_the_receiving_office_accepts(scene: Scene, by):
    refused(NotAllowed, accept, scene, propose(scene, scene.person()), by=by)


def test_the_office_that_proposed_does_not_accept_for_the_other(scene: Scene):
    transfer = propose(scene, scene.person(), by="group.xinchang")
    refused(second_person.SamePerson, accept, scene, transfer, by="group.xinchang")


def test_the_old_offices_write_ends_at_once(scene: Scene):
    person = scene.person()
    accept(scene, propose(scene, person))
    refused(NotAllowed, scene.overseas, fresh(person), at=later(hours=3))
    scene.overseas(fresh(person), by=scene.cast.community_nanming, at=later(hours=3))


def test_the_old_office_that_coded_a_person_goes_on_reading_and_no_more(scene: Scene):
    person, area = scene.person(), scene.listed()
    scene.overseas(person)
    accept(scene, propose(scene, person))
    assert scene.reaches(person, later(hours=3), by="community.yulin")
    refused(NotAllowed, scene.risk, fresh(person), area, at=later(hours=3))


def test_a_move_sent_back_leaves_the_person(scene: Scene):
    person = scene.person()
    transfers.refuse(
        propose(scene, person), answer="查无此人", by=scene.cast.community_nanming, at=later(hours=2)
    )
    assert fresh(person).present_id == "330624001"


def test_a_person_moves_once_at_a_time(scene: Scene):
    person = scene.person()
    propose(scene, person)
    refused(transfers.AlreadyMoving, propose, scene, person)


def test_nobody_moves_to_where_they_live(scene: Scene):
    refused(transfers.AlreadyThere, propose, scene, scene.person(), to="330624001")


def test_an_office_does_not_offer_somebody_elsewhere(scene: Scene):
    refused(NotAllowed, propose, scene, scene.person(), by="community.nanming")


# -- death


def die(scene: Scene, person, by="hospital.city", on=TODAY, at=None):
    return scene.death_recorded(person, on=on, by=by, at=at or later(hours=5))


def dead(scene: Scene, person):
    scene.died(person, at=later(hours=5))


def test_death_closes_cases_and_orders_and_shows_no_colour_at_all(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.risk(person)
    dead(scene, person)
    assert colour(person, later(hours=6)) == Colour.NONE
    assert not Case.objects.open().exists()
    assert ControlOrder.objects.get().ending == "CLOSED_DEATH"


def test_death_of_a_green_person_is_a_conversion_too(scene: Scene):
    dead(scene, scene.person())
    turned = Transition.objects.get()
    assert (turned.from_colour, turned.to_colour) == ("GREEN", "NONE")


def test_before_the_death_the_code_still_showed_its_colour(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    dead(scene, person)
    assert colour(person, later(hours=1)) == Colour.RED


def test_death_sends_back_what_waited(scene: Scene):
    case = scene.reported(scene.person())
    dead(scene, case.person)
    assert fresh(case).state == "REFUSED"
    refused(cases.ReportNotWaiting, cases.enter, case, by=scene.cast.group_xinchang, at=later(hours=6))


@pytest.mark.parametrize("act", ["overseas", "reported", "held", "fever"])
def test_nothing_is_opened_on_the_dead(scene: Scene, act):
    person = scene.person()
    dead(scene, person)
    refused(codes.NoCode, getattr(scene, act), fresh(person), at=later(hours=6))


def test_a_death_is_recorded_once_and_not_in_the_future(scene: Scene):
    person = scene.person()
    refused(deaths.DiedInFuture, die, scene, person, on=day(1))
    death = die(scene, person)
    refused(deaths.BeingChecked, die, scene, person)
    deaths.confirm(death, by=scene.cast.group_xinchang, at=later(hours=6))
    refused(deaths.AlreadyDead, die, scene, person)


@pytest.mark.parametrize("by", ["community.yuecheng", "officer.yulin", "service.xinchang", "bureau.one"])
def test_others_record_no_death(scene: Scene, by):
    refused(NotAllowed, die, scene, scene.person(), by=by)


# -- who is at home, by whatever ground


def at_home(scene: Scene, ground: str):
    """Return somebody at home under the officer of Yulin, and the instant from which they are."""
    person, address = scene.person(), "羽林街道1号"
    group, plan = scene.cast.group_xinchang, Plan(officer=scene.cast.officer_yulin, address=address)
    if ground == "CONVALESCENT":
        scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(hours=1), plan=plan)
    elif ground == "ORDERED_ISOLATION":
        scene.ordered(person)
        control.choose_place(fresh(person), address=address, by=group, at=later(hours=1))
    else:
        scene.clinical(person)
        fields = {"address": address, "reason": "孕晚期", "by": group, "at": later(hours=1)}
        stay = control.propose_home(fresh(person), **fields)
        control.decide_home(fresh(stay), approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    assert order_of(person).place == address
    return person


@pytest.mark.parametrize("address", ["", "南明街道9号"])
@pytest.mark.parametrize("ground", ["CONVALESCENT", "ORDERED_ISOLATION", "CLOSE_CONTACT"])
def test_whoever_is_at_home_is_handed_to_the_community_of_the_new_one(scene: Scene, ground, address):
    person, officer = at_home(scene, ground), scene.cast.officer_yulin
    fields = {"to": DivisionFactory(code="330624002"), "reason": "搬家", "address": address}
    asked = transfers.propose(fresh(person), by=scene.cast.community_yulin, at=later(hours=3), **fields)
    transfers.accept(fresh(asked), by=scene.cast.community_nanming, at=later(hours=4))
    order, office = order_of(person), scene.cast.community_nanming.office
    assert (order.officer, order.office, order.place) == (None, office, address)
    handover = order.handovers.get()
    assert (handover.from_officer, handover.to_officer, handover.reason) == (officer, None, "搬家")
    assert Event.objects.filter(action="order.handed_over", at_us=microseconds(handover.at)).count() == 1
    lists = {one.key for one in worklists(scene.cast.community_nanming, later(hours=5))}
    assert ("unplaced" in lists) == (not address) and "without_officer" in lists
    assert list(findings()) == []
    sound()


def test_whoever_is_at_a_site_stays_with_its_officer(scene: Scene):
    person = scene.clinical(scene.person()).person
    accept(scene, propose(scene, fresh(person)))
    assert (order_of(person).officer, order_of(person).site) == (
        scene.cast.officer_yulin,
        scene.cast.office("isolation-xinchang"),
    )


def test_whoever_moved_while_in_hospital_is_not_left_to_the_officer_of_the_old_home(scene: Scene):
    person, plan = scene.person(), Plan(officer=scene.cast.officer_yulin)
    scene.clinical(person)
    confirmed = scene.clinical(fresh(person), "CONFIRMED", at=later(minutes=5), plan=plan)
    accept(scene, propose(scene, fresh(person)))
    scene.exited(fresh(confirmed), "DISCHARGED", at=later(hours=5))
    order = order_of(person)
    assert (order.kind, order.officer) == ("CONVALESCENCE", None)
    assert order.office == scene.cast.community_nanming.office
