"""What an order takes over from the one before it: officer, home stay, monitoring, and what convalescence replaces."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, Handover, Presence
from cases.models.control import Ending
from cases.policy.colours import Colour
from cases.selectors.story import progress
from cases.services import areas, control
from cases.services.control import homes
from cases.services.engine.plans import Plan
from cases.services.persons import transfers
from cases.services.samples import corrections, results
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused, sample, sound
from tests.factories import DivisionFactory, UserFactory

RED = ("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED")
INFECTED = ("CONFIRMED", "ASYMPTOMATIC")


def exposed(scene: Scene, person, ground: str, **fields):
    """Make somebody red on a ground that ends with control, in centralised isolation under the officer of Yulin."""
    match ground:
        case "CLOSE_CONTACT":
            return scene.clinical(person, **fields)
        case "OVERSEAS":
            return scene.overseas(person, **fields)
        case "ORDERED_ISOLATION":
            return scene.ordered(person, kind="CENTRAL_ISOLATION", **fields)
        case "SEVERE_AREA":
            plan = Plan(officer=scene.cast.officer_yulin)
            return scene.opened(person, "SEVERE_AREA", risk_area=scene.severe(), plan=plan, **fields)
        case "AUTO_RED":
            return scene.automatic(person, "AUTO_RED", plan=Plan(officer=scene.cast.officer_yulin), **fields)
    raise AssertionError(ground)


def inpatient(scene: Scene, person, ground: str, *, at):
    """Let an infection be entered and a clerk of the hospital be responsible."""
    case = scene.clinical(person, ground, at=at, began_on=at.date())
    control.hand_over(
        person,
        officer=scene.cast.hospital_city,
        reason="住院",
        by=scene.cast.group_xinchang,
        at=at + timedelta(hours=1),
    )
    return case


# -- officers


@pytest.mark.parametrize("ground", INFECTED)
def test_after_a_discharge_the_hospital_is_not_responsible_any_more(scene: Scene, ground):
    person = scene.person()
    case = inpatient(scene, person, ground, at=later(hours=1))
    scene.exited(case, "DISCHARGED", at=later(days=5), plan=Plan())
    order = order_of(person)
    assert order.kind == "CONVALESCENCE"
    assert (order.officer, order.office) == (scene.cast.officer_yulin, scene.cast.officer_yulin.office)


def test_an_officer_named_with_a_new_ground_answers_with_their_own_office(scene: Scene):
    person, nanming = scene.person(), scene.cast.community_nanming.office
    exposed(scene, person, "CLOSE_CONTACT")
    other = UserFactory(username="officer.nanming", role="officer", office=nanming)
    scene.overseas(fresh(person), at=later(hours=1), plan=Plan(officer=other))
    order = order_of(person)
    assert (order.officer, order.office) == (other, nanming)


def test_whoever_never_had_an_officer_falls_to_the_community(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED", plan=Plan(officer=scene.cast.hospital_city))
    scene.exited(case, "DISCHARGED", at=later(days=5))
    order = order_of(person)
    assert (order.officer, order.office) == (None, scene.cast.community_yulin.office)


@pytest.mark.parametrize("ground", RED)
def test_after_an_exclusion_the_officer_before_answers_again(scene: Scene, ground):
    person = scene.person()
    exposed(scene, person, ground)
    suspected = inpatient(scene, person, "SUSPECTED", at=later(days=1))
    scene.exited(suspected, "EXCLUDED", at=later(days=2))
    assert order_of(person).officer == scene.cast.officer_yulin
    at = DUE + timedelta(hours=8)
    scene.ended(person, at=at)
    assert colour(person, at + timedelta(seconds=1)) == Colour.GREEN


def test_an_account_that_is_closed_is_not_carried_onto_the_next_order(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    User.objects.filter(pk=scene.cast.officer_yulin.pk).update(is_active=False)
    scene.clinical(person, "CONFIRMED", at=later(days=1), plan=Plan())
    assert order_of(person).officer is None


def test_another_officer_named_with_a_new_ground_is_a_hand_over(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    deputy = scene.cast.officer_deputy
    scene.clinical(person, at=later(days=1), plan=Plan(officer=deputy))
    handover = Handover.objects.get()
    assert (handover.from_officer, handover.to_officer) == (scene.cast.officer_yulin, deputy)
    assert Event.objects.filter(action="order.handed_over").count() == 1


# -- convalescence


@pytest.mark.parametrize("infected", INFECTED)
@pytest.mark.parametrize("ground", RED)
def test_convalescence_replaces_what_was_needed_before(scene: Scene, ground, infected):
    person = scene.person()
    exposed(scene, person, ground)
    confirmed = scene.clinical(person, infected, at=later(days=3), began_on=day(3))
    scene.exited(confirmed, "DISCHARGED", at=later(days=30))
    order = order_of(person)
    assert (order.kind, order.until) == ("CONVALESCENCE", DUE + timedelta(days=30))
    sound()


@pytest.mark.parametrize("ground", RED)
def test_an_exposure_after_the_discharge_counts_by_itself(scene: Scene, ground):
    person = scene.person()
    scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(days=5))
    exposed(scene, person, ground, at=later(days=6), began_on=day(6))
    assert (order_of(person).kind, order_of(person).until) == ("CENTRAL_ISOLATION", DUE + timedelta(days=6))


def test_the_days_of_convalescence_count_from_the_discharge_and_the_exposures_from_its_own(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    case = scene.clinical(person, "CONFIRMED", at=later(days=3))
    scene.exited(case, "DISCHARGED", at=later(days=8))
    assert order_of(person).day0 == day(8)
    reached = progress(order_of(person), at=later(days=9))
    assert reached is not None
    assert (reached.day, reached.days) == (1, 14)
    scene.exit_taken_back(fresh(case), at=later(days=9))
    scene.voided(person.cases.get(ground="CONFIRMED", state="OPEN"), at=later(days=10))
    assert (order_of(person).kind, order_of(person).day0) == ("CENTRAL_ISOLATION", day(0))
    sound()


def test_one_end_of_convalescence_ends_what_it_replaced(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    confirmed = scene.clinical(person, "CONFIRMED", at=later(days=3), began_on=day(3))
    scene.exited(confirmed, "DISCHARGED", at=later(days=5))
    scene.ended(person, at=DUE + timedelta(days=5, hours=8))
    assert not Case.objects.open().exists()


@pytest.mark.parametrize(("ground", "follows"), [("OVERSEAS", True), ("CLOSE_CONTACT", False)])
def test_seven_days_of_monitoring_follow_the_convalescence_of_a_returnee_alone(scene: Scene, ground, follows):
    """2.1e: they follow the isolation of people with an overseas stay; whoever fell ill meanwhile served it so."""
    person = scene.person()
    exposed(scene, person, ground)
    case = scene.clinical(person, "CONFIRMED", at=later(days=3))
    scene.exited(case, "DISCHARGED", at=later(days=10))
    until = order_of(person).until
    scene.ended(person, at=until + timedelta(hours=9))
    monitored = ControlOrder.objects.of(person).standing().filter(kind="COMMUNITY_MONITORING")
    assert monitored.exists() is follows
    if follows:
        assert monitored.get().until == until + timedelta(days=7)


# -- monitoring


def monitored(scene: Scene):
    """Return somebody under monitoring since the end of isolation, for seven days."""
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE + timedelta(hours=8))
    return person


def test_monitoring_goes_on_after_the_isolation_that_interrupted_it(scene: Scene):
    person = monitored(scene)
    until = order_of(person).until
    # The contact was days ago: this isolation is over before the monitoring is.
    at = DUE + timedelta(days=1)
    scene.clinical(person, at=at, began_on=day(4))
    end = order_of(person).until
    assert end < until
    scene.ended(person, at=end + timedelta(hours=8))
    order = order_of(person)
    assert (order.kind, order.until, order.officer) == (
        "COMMUNITY_MONITORING",
        until,
        scene.cast.officer_yulin,
    )
    assert colour(person, end + timedelta(hours=9)) == Colour.GREEN


def test_monitoring_that_went_on_and_ended_does_not_come_back(scene: Scene):
    person = monitored(scene)
    until = order_of(person).until
    scene.clinical(person, at=DUE + timedelta(days=1), began_on=day(4))
    scene.ended(person, at=order_of(person).until + timedelta(hours=8))
    control.end(person, by=scene.cast.officer_yulin, at=until)
    scene.voided(
        scene.clinical(person, at=until + timedelta(hours=1), began_on=until.date()),
        at=until + timedelta(hours=2),
    )
    assert not ControlOrder.objects.of(person).standing().exists()


def test_after_a_move_the_old_community_does_not_go_on_monitoring(scene: Scene):
    person = monitored(scene)
    scene.clinical(person, at=DUE + timedelta(days=1), began_on=day(4))
    nanming = scene.cast.community_nanming
    fields = {"to": nanming.office.division, "reason": "搬家", "at": DUE + timedelta(days=2)}
    transfer = transfers.propose(fresh(person), by=scene.cast.community_yulin, **fields)
    transfers.accept(transfer, by=nanming, at=DUE + timedelta(days=2, hours=1))
    scene.ended(fresh(person), at=order_of(person).until + timedelta(hours=8))
    order = order_of(person)
    assert (order.kind, order.officer, order.office) == ("COMMUNITY_MONITORING", None, nanming.office)


def test_two_records_under_monitoring_have_one_order_once_they_are_one(scene: Scene):
    one, two = monitored(scene), monitored(scene)
    scene.extended(two, 25, at=DUE + timedelta(days=1))
    ends = [order_of(one).until, order_of(two).until]
    merge = scene.merged(one, two, at=DUE + timedelta(days=2))
    standing = ControlOrder.objects.of(fresh(two)).standing()
    assert [order.until for order in standing] == [max(ends)]
    scene.parted(merge, at=DUE + timedelta(days=3))
    assert [order_of(one).until, order_of(two).until] == ends


# -- at home


def at_home(scene: Scene, person, *, at):
    stay = control.propose_home(
        person, address="某小区1幢", reason="孕晚期", by=scene.cast.group_xinchang, at=at
    )
    homes.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=at + timedelta(hours=1))
    return stay


@pytest.mark.parametrize("ground", RED)
@pytest.mark.parametrize("later_ground", RED)
def test_a_home_stay_does_not_cover_a_later_exposure(scene: Scene, ground, later_ground):
    person = scene.person()
    exposed(scene, person, ground)
    at_home(scene, person, at=later(hours=1))
    plan = {} if later_ground != "CLOSE_CONTACT" else {"plan": Plan()}
    exposed(scene, person, later_ground, at=later(days=3), began_on=day(3), **plan)
    order = order_of(person)
    assert (order.kind, order.at_home) == ("CENTRAL_ISOLATION", False)
    assert order.place != "某小区1幢"
    sound()


def test_a_home_stay_of_one_record_does_not_cover_the_other_s_exposure(scene: Scene):
    one, two = scene.person(), scene.person()
    scene.clinical(one)
    at_home(scene, one, at=later(hours=1))
    scene.clinical(two, at=later(hours=2))
    scene.merged(two, one, at=later(hours=3))
    assert not order_of(one).at_home


def test_a_home_stay_goes_on_where_an_exposure_is_voided(scene: Scene):
    person = scene.person()
    first, _second = scene.clinical(person), scene.clinical(person, at=later(minutes=1))
    at_home(scene, person, at=later(hours=1))
    scene.voided(first, at=later(hours=3))
    assert order_of(person).at_home


def test_a_home_stay_proposed_before_another_exposure_is_not_approved_for_it(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    stay = control.propose_home(
        person, address="某小区1幢", reason="孕晚期", by=scene.cast.group_xinchang, at=later(hours=1)
    )
    scene.clinical(person, at=later(hours=2))
    fields = {"by": scene.cast.duty_xinchang, "at": later(hours=3)}
    refused(control.ExposedSinceHomeStay, control.decide_home, stay, approve=True, **fields)
    control.decide_home(stay, approve=False, answer="有新的接触", **fields)


def test_what_stands_again_at_home_stays_at_home_and_takes_no_other_along(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    at_home(scene, person, at=later(hours=1))
    negative = results.enter(person, sample(DUE), by=scene.cast.hospital_city, at=DUE)
    control.end(person, by=scene.cast.officer_yulin, at=DUE + timedelta(hours=1))
    moved = {"to": scene.person(), "reason": "别人的", "by": scene.cast.hospital_city}
    corrections.move(negative, at=DUE + timedelta(hours=2), **moved)
    order = order_of(person)
    assert (order.at_home, order.place, order.ending) == (True, "某小区1幢", "")
    assert ControlOrder.objects.filter(ending=Ending.ENDED).count() == 1


def test_an_officer_of_another_place_takes_over_by_hand_only(scene: Scene):
    person = monitored(scene)
    elsewhere = UserFactory(role="officer", office=scene.cast.community_nanming.office)
    control.hand_over(
        person, officer=elsewhere, reason="代管", by=scene.cast.group_xinchang, at=DUE + timedelta(days=1)
    )
    assert order_of(person).officer == elsewhere


def test_a_mass_opening_gives_no_second_order_to_whom_an_order_stands_on_another_record(scene: Scene):
    """An order of a merged record is the person's own."""
    duplicate, survivor = monitored(scene), scene.person()
    scene.merged(duplicate, survivor, at=DUE + timedelta(days=1))
    at = DUE + timedelta(days=2)
    area = scene.severe(division=DivisionFactory(code="110106"), from_at=DUE)
    Presence.objects.create(
        person=survivor,
        kind="STAY",
        division_id="110106",
        from_at=at - timedelta(days=1),
        until_at=at,
        source=scene.cast.province.office,
        recorded_by=scene.cast.province,
    )
    areas.match(area, by=scene.cast.duty_city, at=at)
    assert [order.kind for order in ControlOrder.objects.of(fresh(survivor)).standing()] == [
        "CENTRAL_ISOLATION"
    ]
