"""Where the red are: at a place that the book's measure allows, driven there in a closed vehicle (2.1a-2.1f)."""

from datetime import timedelta

import pytest

from cases.models import RuleBook
from cases.operations.control import ChoosePlace
from cases.policy.rulebook import parse
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import elsewhere, homes
from cases.services.engine import places
from cases.services.engine.plans import Plan
from cases.services.persons import transfers
from cases.services.samples import corrections
from healthcode.core.acts.base import run
from healthcode.core.audit.models import Event
from healthcode.core.offices.staff import ROLE_KEYS
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, T, day, fresh, later, order_of, refused, sample
from tests.factories import DivisionFactory

HOSPITAL, SITE = "hospital-city", "isolation-xinchang"
GROUNDS = {
    "CONFIRMED": HOSPITAL,
    "SUSPECTED": HOSPITAL,
    "ASYMPTOMATIC": HOSPITAL,
    "CLOSE_CONTACT": SITE,
    "OVERSEAS": SITE,
    "SEVERE_AREA": SITE,
    "AUTO_RED": SITE,
    "ORDERED_ISOLATION": SITE,
}


def made_red(scene: Scene, ground: str, plan: Plan, *, at=T):
    """Let whoever enters a ground name the place."""
    person = scene.person()
    match ground:
        case "OVERSEAS":
            scene.overseas(person, plan=plan, at=at)
        case "SEVERE_AREA":
            scene.opened(person, ground, risk_area=scene.severe(), plan=plan, at=at)
        case "AUTO_RED":
            scene.automatic(person, ground, plan=plan, at=at)
        case "ORDERED_ISOLATION":
            plan = Plan(kind="CENTRAL_ISOLATION", site=plan.site, address=plan.address)
            scene.opened(person, ground, by=scene.cast.group_xinchang, channel="GROUP", plan=plan, at=at)
        case _:
            scene.clinical(person, ground, plan=plan, at=at)
    return person


@pytest.mark.parametrize("ground", GROUNDS)
def test_an_order_is_served_where_the_book_says(scene: Scene, ground):
    site = scene.cast.office(GROUNDS[ground])
    order = order_of(made_red(scene, ground, Plan(site=site)))
    assert (order.site, order.place) == (site, site.name)


@pytest.mark.parametrize("ground", GROUNDS)
def test_no_order_is_served_anywhere_else(scene: Scene, ground):
    wrong = SITE if GROUNDS[ground] == HOSPITAL else HOSPITAL
    with pytest.raises(places.WrongPlace) as caught:
        made_red(scene, ground, Plan(site=scene.cast.office(wrong)))
    assert caught.value.field == "site"
    with pytest.raises(places.WrongPlace) as caught:
        made_red(scene, ground, Plan(address="自己家中"))
    assert caught.value.field == "address"
    with pytest.raises(places.NotASite):
        made_red(scene, ground, Plan(site=scene.cast.office("school")))


def test_home_observation_is_served_at_an_address(scene: Scene):
    person, by = scene.person(), scene.cast.group_xinchang
    fields = {"by": by, "channel": "GROUP"}
    plan = Plan(kind="HOME_OBSERVATION", address="某小区1幢")
    scene.opened(person, "ORDERED_ISOLATION", plan=plan, **fields)
    assert (order_of(person).site, order_of(person).place) == (None, "某小区1幢")


@pytest.mark.parametrize("plan", [{"address": "某小区1幢"}, {"site": SITE}])
def test_convalescence_is_served_at_home_or_at_a_site(scene: Scene, plan):
    person = scene.person()
    plan = {key: scene.cast.office(value) if key == "site" else value for key, value in plan.items()}
    case = scene.clinical(person, "CONFIRMED")
    scene.exited(case, "DISCHARGED", at=later(days=5), plan=Plan(**plan))
    assert order_of(person).place == plan.get("address", "新昌县集中隔离点")


def test_the_place_of_an_isolation_is_not_that_of_an_inpatient(scene: Scene):
    person = scene.person()
    scene.clinical(person, "CONFIRMED")
    scene.clinical(person, at=later(hours=1))
    assert order_of(person).site == scene.cast.office(HOSPITAL)


# -- rides


def driven(scene: Scene, person, **fields):
    body = {
        "from_place": "家",
        "to_site": scene.cast.office(SITE),
        "vehicle": "CLOSED_BUS",
        "plate": "浙D12345",
        "escort": "甲",
        "sealed": True,
        "left_at": later(hours=1),
        "arrived_at": later(hours=2),
        "handed_to": "乙",
        "at": later(hours=3),
        "by": scene.cast.officer_yulin,
    }
    return control.transport(person, **{**body, **fields})


@pytest.fixture
def red(scene: Scene):
    person = scene.person()
    scene.clinical(person, plan=Plan(officer=scene.cast.officer_yulin))
    return person


@pytest.mark.parametrize("vehicle", ["步行", "公交车", "TAXI", ""])
def test_nobody_walks_or_takes_a_bus(scene: Scene, red, vehicle):
    refusal = refused(control.UnknownVehicle, driven, scene, red, vehicle=vehicle)
    assert refusal.field == "vehicle"


@pytest.mark.parametrize("plate", ["", "闭环01", "D12345", "浙D1"])
def test_a_vehicle_has_its_plate(scene: Scene, red, plate):
    refused(control.WrongPlate, driven, scene, red, plate=plate)


@pytest.mark.parametrize("plate", ["浙D·12345", " 浙d 12345", "浙Ｄ１２３４５"])
def test_a_plate_has_one_spelling(scene: Scene, red, plate):
    assert driven(scene, red, plate=plate).plate == "浙D12345"


@pytest.mark.parametrize("start", ["新昌县集中隔离点", " 新昌县 集中隔离点 ", "新昌县集中隔离点　"])
def test_a_ride_leads_from_one_place_to_another(scene: Scene, red, start):
    refusal = refused(control.NoWay, driven, scene, red, from_place=start)
    assert refusal.field == "to_place"


def test_a_ride_leads_somewhere(scene: Scene, red):
    refused(control.NoDestination, driven, scene, red, to_site=None, to_place=" ")


def test_a_ride_leads_to_no_office_that_is_not_a_site(scene: Scene, red):
    refused(places.NotASite, driven, scene, red, to_site=scene.cast.office("school"))


def test_a_book_of_before_knows_closed_vehicles_too(scene: Scene, guide_without_vehicles):
    assert list(guide_without_vehicles.vehicles) == ["CLOSED_BUS"]


@pytest.fixture
def guide_without_vehicles(scene: Scene):
    text = RuleBook.objects.get().text
    start, end = text.index("[vehicles."), text.index("# ── （二）黄码人员")
    return parse(text[:start] + text[end:], roles=ROLE_KEYS)


# -- who waits for a ride


def not_moved(scene: Scene, username: str, at) -> int:
    found = {one.key: one.total for one in worklists(scene.cast[username], at)}
    return found.get("not_moved", 0)


@pytest.mark.parametrize("username", ["officer.yulin", "group.xinchang"])
def test_whoever_is_red_waits_for_a_ride_until_they_were_driven(scene: Scene, red, username):
    assert not_moved(scene, username, later(hours=1)) == 1
    driven(scene, red)
    assert not_moved(scene, username, later(hours=4)) == 0
    assert order_of(red).site == scene.cast.office(SITE)
    assert Event.objects.filter(action="order.transported").count() == 1


@pytest.mark.parametrize("to", [{"to_site": HOSPITAL}, {"to_site": None, "to_place": "某酒店"}])
def test_a_ride_to_elsewhere_does_not_bring_them_there(scene: Scene, red, to):
    to = {key: scene.cast.office(value) if value == HOSPITAL else value for key, value in to.items()}
    driven(scene, red, **to)
    assert not_moved(scene, "officer.yulin", later(hours=4)) == 1


def test_a_graver_measure_needs_a_ride_of_its_own(scene: Scene, red):
    driven(scene, red)
    scene.clinical(red, "CONFIRMED", at=later(days=1), began_on=day(1))
    assert not_moved(scene, "group.xinchang", later(days=1, hours=1)) == 1


def test_nobody_waits_for_a_ride_at_home(scene: Scene, red):
    stay = control.propose_home(
        red, address="某小区1幢", reason="孕晚期", by=scene.cast.group_xinchang, at=later(hours=1)
    )
    homes.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    at_home = scene.person()
    scene.ordered(at_home)
    assert not_moved(scene, "group.xinchang", later(hours=3)) == 0


def test_after_its_days_only_the_end_is_missing(scene: Scene, red):
    assert not_moved(scene, "officer.yulin", order_of(red).until - timedelta(seconds=1)) == 1
    assert not_moved(scene, "officer.yulin", order_of(red).until) == 0


# -- orders that name no place


def test_an_order_of_a_file_or_track_waits_for_its_place_until_somebody_chooses_it(scene: Scene):
    person = scene.person()
    scene.automatic(person, "AUTO_RED")
    at = later(hours=1)

    def keys(who: str) -> set[str]:
        return {one.key for one in worklists(scene.cast[who], at)}

    for who in ("group.xinchang", "community.yulin"):
        assert "unplaced" in keys(who)
    assert "unplaced" not in keys("community.yuecheng")
    fields = {"by": scene.cast.community_yulin, "at": at}
    refused(control.NoPlaceNamed, control.choose_place, person, **fields)
    refused(places.WrongPlace, control.choose_place, person, address="家中", **fields)
    refused(places.WrongPlace, control.choose_place, person, site=scene.cast.office(HOSPITAL), **fields)
    site = scene.cast.office(SITE)
    form = ChoosePlace({"site": SITE, "address": ""}, subject=person, by=fields["by"], at=at)
    assert [one.kind for one in form.fields["site"].queryset] == ["ISOLATION_SITE"]
    assert form.is_valid(), form.errors
    run(form)
    order = order_of(person)
    assert (order.site, order.place) == (site, site.name)
    assert "unplaced" not in keys("group.xinchang")
    assert Event.objects.filter(action="order.placed").count() == 1
    assert list(findings()) == []


def test_who_stays_at_home_by_exception_is_at_an_address_and_no_more_once_a_site_is_chosen(scene: Scene):
    person = made_red(scene, "OVERSEAS", Plan(officer=scene.cast.officer_yulin))
    by = scene.cast.group_xinchang
    stay = homes.propose_home(person, address="家中", reason="孕妇", by=by, at=later(hours=1))
    homes.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    control.choose_place(person, address="新家", by=by, at=later(hours=3))
    assert (order_of(person).at_home, order_of(person).place) == (True, "新家")
    control.choose_place(person, site=scene.cast.office(SITE), by=by, at=later(hours=4))
    assert not order_of(person).at_home


# --- what was agreed for one exposure ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", ("home", "elsewhere"))
def test_what_a_merge_brought_since_it_was_proposed_is_not_covered(scene: Scene, way):
    one, two = scene.person(), scene.person()
    scene.clinical(one)
    scene.clinical(two, at=later(minutes=1))
    by = {"by": scene.cast.group_xinchang, "at": later(hours=1)}
    if way == "home":
        asked = control.propose_home(fresh(one), address="新昌县某路1号", reason="幼儿", **by)
        kind, decide, second = control.ExposedSinceHomeStay, control.decide_home, scene.cast.duty_xinchang
    else:
        asked = control.propose_elsewhere(
            fresh(one), place="杭州市某隔离点", letter="杭隔接收函2026-8号", **by
        )
        kind, decide, second = (
            elsewhere.ExposedSinceRelocation,
            control.decide_elsewhere,
            scene.cast.group_city,
        )
    scene.merged(two, one, at=later(hours=2))
    refused(kind, decide, fresh(asked), approve=True, by=second, at=later(hours=3))


def test_placed_here_again_it_is_served_here(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.relocated(person, at=later(hours=1))
    site = scene.cast.office(SITE)
    control.choose_place(fresh(person), site=site, by=scene.cast.group_xinchang, at=later(days=1))
    order = order_of(person)
    assert (order.elsewhere, order.site) == (False, site)
    refused(elsewhere.ServedHere, scene.certificate, person, at=later(days=15))


def test_what_stands_again_at_home_is_answered_for_where_the_person_lives_now(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    stay = control.propose_home(
        fresh(person), address="新昌县某路1号", reason="幼儿", by=scene.cast.group_xinchang, at=later(hours=1)
    )
    control.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=2))
    result = scene.tested(person, at=DUE - timedelta(hours=1))
    control.end(fresh(person), by=scene.cast.officer_yulin, at=DUE)
    move = transfers.propose(
        fresh(person),
        to=DivisionFactory(code="330602001"),
        address="越城区某路2号",
        reason="搬家",
        by=scene.cast.community_yulin,
        at=DUE + timedelta(hours=2),
    )
    transfers.accept(move, by=scene.cast.community_yuecheng, at=DUE + timedelta(hours=3))
    wrong = sample(result.sampled_at, "INCONCLUSIVE", report_number=result.report_number)
    corrections.correct(
        result, wrong, reason="更正", by=scene.cast.hospital_city, at=DUE + timedelta(hours=4)
    )
    order = order_of(person)
    assert (order.at_home, order.officer, order.place) == (True, None, "")
    assert order.office == scene.cast.community_yuecheng.office
