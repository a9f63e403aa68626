"""An area is listed, lifted and taken back by two people, and means nothing before its instant (1.2b, 1.4)."""

from datetime import timedelta

import pytest

from cases.models import Case, Presence, RiskArea
from cases.models.cases import BASIS_GONE
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import areas
from cases.services.areas import Listing
from cases.services.engine import second_person
from cases.services.engine.admission import AreaNotListed
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import corrections, results
from healthcode.core.audit.models import Event
from healthcode.portal.recurring import ticking
from tests.cases.scenes import Scene, T, colour, fresh, later, order_of, refused, sample, sound
from tests.deliveries.conftest import HEADINGS
from tests.factories import DivisionFactory, delivered, sealed

XINCHANG, BEIJING = "330624", "110106"
SEVERE = {"severe": True, "assessment_document": "省卫健委评估1号", "consent_document": "省领导小组1号"}
KINDS = ("LIFT", "WITHDRAW", "UNLIFT")


def proposed(scene: Scene, by: str = "duty.city", **fields):
    body = {"name": "丰台", "level": "HIGH", "source_document": "公告1号", "from_at": T, **fields}
    return areas.propose(Listing(**body), by=scene.cast[by], at=T)


def tracked(scene: Scene, code: str = BEIJING, *, days_ago: int = 2):
    """Return somebody who stayed in a division."""
    person, by = scene.person(), scene.cast.telecom
    left = T - timedelta(days=days_ago)
    fields = {"kind": "STAY", "division": DivisionFactory(code=code), "source": by.office, "recorded_by": by}
    Presence.objects.create(person=person, from_at=left - timedelta(days=1), until_at=left, **fields)
    return person


def state_for(scene: Scene, kind: str) -> RiskArea:
    """Return an area that may be changed so."""
    area = scene.listed(division=DivisionFactory(code=XINCHANG))
    if kind == "UNLIFT":
        scene.changed(area, "LIFT", at=later(minutes=1))
    return fresh(area)


# --- who -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["duty.deputy", "policy.city"])
def test_another_human_of_the_city_or_the_health_commission_decides_a_listing(scene: Scene, by):
    areas.decide(proposed(scene), approve=True, by=scene.cast[by], at=T)
    assert RiskArea.objects.listed(T).exists()


def test_a_listing_of_the_province_needs_one_of_the_city(scene: Scene):
    areas.decide(proposed(scene, "province"), approve=True, by=scene.cast.duty_city, at=T)
    assert RiskArea.objects.listed(T).exists()


@pytest.mark.parametrize("code", [BEIJING, XINCHANG, None])
def test_a_county_decides_no_listing(scene: Scene, code):
    area = proposed(scene, division=DivisionFactory(code=code) if code else None)
    refused(areas.AreasCityOnly, areas.decide, area, approve=True, by=scene.cast.duty_xinchang, at=T)


@pytest.mark.parametrize("code", ["3306", "330602", BEIJING, None])
def test_a_county_applies_for_nothing_that_lies_elsewhere(scene: Scene, code):
    division = DivisionFactory(code=code) if code else None
    refused(areas.AreasCityOnly, proposed, scene, by="duty.xinchang", division=division)


@pytest.mark.parametrize("code", [XINCHANG, "330624001"])
def test_a_county_applies_for_its_own_and_the_city_decides(scene: Scene, code):
    area = proposed(scene, by="duty.xinchang", division=DivisionFactory(code=code))
    areas.decide(area, approve=True, by=scene.cast.duty_city, at=T)
    assert RiskArea.objects.listed(T).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_waits_for_another_human_of_the_city(scene: Scene, kind):
    area = state_for(scene, kind)
    change = scene.change_proposed(area, kind, at=later(hours=1))
    fields = {"approve": True, "at": later(hours=2)}
    refused(second_person.SamePerson, areas.decide_change, change, by=scene.cast.duty_city, **fields)
    refused(areas.AreasCityOnly, areas.decide_change, change, by=scene.cast.duty_xinchang, **fields)
    refused(NotAllowed, areas.decide_change, change, by=scene.cast.province, **fields)
    before = fresh(area)
    areas.decide_change(change, by=scene.cast.policy_city, **fields)
    assert fresh(area).__dict__ != before.__dict__


@pytest.mark.parametrize("kind", KINDS)
def test_a_county_proposes_changes_of_its_own_areas_alone(scene: Scene, kind):
    county = {"by": scene.cast.duty_xinchang, "at": later(hours=1)}
    own = state_for(scene, kind)
    elsewhere = scene.listed()
    refused(areas.AreasCityOnly, scene.change_proposed, elsewhere, "WITHDRAW", **county)
    assert scene.change_proposed(own, kind, **county).decision == "PENDING"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_changes_by_one_word_nor_by_a_change_sent_back(scene: Scene, kind):
    person, area = scene.person(), state_for(scene, "LIFT")
    scene.risk(person, area)
    if kind == "UNLIFT":
        scene.changed(area, "LIFT", at=later(minutes=1))
    before = fresh(area)
    change = scene.change_proposed(before, kind, at=later(hours=1), test_still_due=False)
    assert colour(person, later(hours=2)) == Colour.YELLOW
    deputy = {"by": scene.cast.duty_deputy, "at": later(hours=2)}
    areas.decide_change(change, approve=False, answer="公告未到", **deputy)
    assert colour(person, later(hours=3)) == Colour.YELLOW
    assert fresh(area).lifted_at == before.lifted_at and fresh(area).withdrawn_at is None


def test_one_change_waits_at_a_time(scene: Scene):
    area = scene.listed()
    scene.change_proposed(area, "LIFT", at=later(hours=1))
    refused(areas.AreaChangeWaits, scene.change_proposed, area, "WITHDRAW", at=later(hours=1))


def test_a_change_says_why(scene: Scene):
    refused(second_person.SentBackWithoutReason, scene.change_proposed, scene.listed(), "LIFT", reason=" ")


def test_what_waits_is_on_the_list_of_the_other_lead_alone(scene: Scene):
    scene.change_proposed(scene.listed(), "LIFT", at=later(hours=1))
    listing = {
        name: {one.key for one in worklists(scene.cast[name], later(hours=2))}
        for name in ("duty.city", "duty.deputy", "policy.city", "duty.xinchang")
    }
    waits = {name for name, keys in listing.items() if "area_changes" in keys}
    assert waits == {"duty.deputy", "policy.city"}


# --- from its instant on -------------------------------------------------------------------------------------


def early(scene: Scene, **fields):
    return scene.listed(
        name="丰台",
        division=DivisionFactory(code=BEIJING),
        from_at=later(days=2),
        at=later(hours=1),
        **fields,
    )


@pytest.mark.parametrize("flags", [{}, SEVERE], ids=["yellow", "red"])
def test_nothing_rests_on_an_area_before_its_instant(scene: Scene, flags):
    person, area = tracked(scene), early(scene, **flags)
    assert colour(person, later(days=1)) == Colour.GREEN
    ground = "SEVERE_AREA" if flags else "RISK_AREA"
    refused(AreaNotListed, scene.opened, scene.person(), ground, risk_area=area, at=later(days=1))
    assert areas.begin_due(by=scene.cast.duty_city, at=later(days=1, hours=23)) == 0
    assert areas.match(area, by=scene.cast.duty_deputy, at=later(days=1)).cases == 0


def test_tracks_that_come_before_its_instant_wait_for_it(scene: Scene):
    area = early(scene)
    person = scene.person()
    stay = ",".join(f"{later(hours=hours):%Y-%m-%d %H:%M}" for hours in (-40, -20))
    rows = sealed(f"{HEADINGS['PRESENCES']}\n{person.document},旅居,{BEIJING},,{stay}")
    delivered(rows, kind="PRESENCES", by=scene.cast.telecom, at=later(hours=2))
    assert colour(person, later(days=1)) == Colour.GREEN
    areas.begin_due(by=scene.cast.duty_city, at=later(days=2))
    assert colour(person, later(days=2, hours=1)) == Colour.YELLOW
    assert Case.objects.get().risk_area == area


@pytest.mark.parametrize(
    ("flags", "after"), [({}, Colour.YELLOW), (SEVERE, Colour.RED)], ids=["yellow", "red"]
)
def test_it_begins_by_itself_at_its_instant_once_as_its_approver_decided(scene: Scene, flags, after):
    person, area = tracked(scene), early(scene, **flags)
    ticking.tick(at=later(days=2))
    assert colour(person, later(days=2, hours=1)) == after
    assert Case.objects.get().opened_by == scene.cast.duty_deputy
    assert areas.begin_due(by=scene.cast.duty_city, at=later(days=3)) == 0
    assert Event.objects.filter(action="area.begun", target=f"area:{area.pk}").count() == 1
    sound()


def test_whoever_was_tested_is_not_yellow_again_when_it_begins_anew(scene: Scene):
    person = tracked(scene)
    area = scene.listed(name="丰台", division=DivisionFactory(code=BEIJING), from_at=T)
    scene.tested(person, at=later(hours=1), by=scene.cast.service_xinchang)
    scene.changed(area, "LIFT", at=later(hours=2))
    missed = tracked(scene)
    scene.changed(fresh(area), "UNLIFT", at=later(hours=3))
    areas.begin_due(by=scene.cast.duty_city, at=later(hours=4))
    assert [colour(one, later(hours=5)) for one in (person, missed)] == [Colour.GREEN, Colour.YELLOW]


def test_the_list_names_an_area_once_even_before_it_begins(scene: Scene):
    early(scene)
    fields = {"division": DivisionFactory(code=BEIJING), "from_at": later(days=2), "level": "MEDIUM"}
    refused(areas.AreaAlreadyProposed, proposed, scene, **fields)


# --- withdrawn -----------------------------------------------------------------------------------------------


def test_a_listing_withdrawn_before_it_began_never_was(scene: Scene):
    person, area = tracked(scene), early(scene)
    assert scene.changed(area, "WITHDRAW", at=later(hours=2)) == 0
    assert areas.begin_due(by=scene.cast.duty_city, at=later(days=3)) == 0
    assert colour(person, later(days=3)) == Colour.GREEN


@pytest.mark.parametrize("flags", [{}, SEVERE], ids=["yellow", "red"])
def test_what_rests_on_a_listing_falls_with_it(scene: Scene, flags):
    reached, other = tracked(scene), scene.person()
    area = scene.listed(name="丰台", division=DivisionFactory(code=BEIJING), from_at=T, **flags)
    scene.risk(other)
    assert scene.changed(area, "WITHDRAW", at=later(hours=2)) == 1
    assert [colour(one, later(hours=3)) for one in (reached, other)] == [Colour.GREEN, Colour.YELLOW]
    case = Case.objects.get(risk_area=area)
    assert (case.state, case.exit) == ("ENDED", BASIS_GONE)
    assert case.bases.get().fact == "WITHDRAWAL"
    assert not reached.orders.filter(ended_at=None).exists()
    refused(AreaNotListed, scene.risk, scene.person(), fresh(area), at=later(hours=3))
    sound()


def test_another_ground_of_the_same_person_stands_on(scene: Scene):
    person, area = scene.person(), scene.severe()
    scene.opened(person, "SEVERE_AREA", risk_area=area)
    scene.overseas(person)
    scene.changed(area, "WITHDRAW", at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.RED
    assert set(order_of(person).served.values_list("case__ground", flat=True)) >= {"OVERSEAS"}


def test_nothing_stands_again_on_a_listing_that_was_withdrawn(scene: Scene):
    person, area = scene.person(), scene.listed()
    scene.risk(person, area)
    scene.changed(area, "LIFT", test_still_due=False, at=later(hours=1))
    scene.changed(fresh(area), "WITHDRAW", at=later(hours=2))
    refused(areas.NotListed, scene.change_proposed, fresh(area), "UNLIFT", at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN


def test_a_listing_is_withdrawn_once(scene: Scene):
    area = scene.listed()
    scene.changed(area, "WITHDRAW", at=later(hours=1))
    refused(areas.NotListed, scene.change_proposed, fresh(area), "WITHDRAW", at=later(hours=2))


# --- a lifting taken back ------------------------------------------------------------------------------------


def lifted(scene: Scene):
    area, people = scene.listed(), [scene.person() for _ in range(2)]
    for person in people:
        scene.risk(person, area)
    scene.changed(area, "LIFT", test_still_due=False, at=later(hours=1))
    return fresh(area), people


def test_what_a_lifting_ended_stands_again_when_it_is_taken_back(scene: Scene):
    area, people = lifted(scene)
    assert {colour(one, later(hours=2)) for one in people} == {Colour.GREEN}
    assert scene.changed(area, "UNLIFT", at=later(hours=3)) == 2
    assert {colour(one, later(hours=4)) for one in people} == {Colour.YELLOW}
    assert RiskArea.objects.listed(later(hours=4)).filter(pk=area.pk).exists()
    sound()


def test_a_test_taken_meanwhile_bears_the_ending_of_whoever_took_it(scene: Scene):
    area, (tested, other) = lifted(scene)
    result = scene.tested(tested, at=later(hours=2))
    scene.changed(area, "UNLIFT", at=later(hours=3))
    assert [colour(one, later(hours=4)) for one in (tested, other)] == [Colour.GREEN, Colour.YELLOW]
    fields = {"reason": "录错人", "by": scene.cast.hospital_city, "at": later(hours=5)}
    corrections.move(result, to=scene.person(), **fields)
    assert colour(tested, later(hours=6)) == Colour.YELLOW
    sound()


def test_a_lifting_without_a_test_bears_the_ending_of_whoever_was_tested_before_it(scene: Scene):
    area, person = scene.listed(), scene.person()
    scene.risk(person, area)
    result = results.enter(person, sample(later(hours=1)), by=scene.cast.service_xinchang, at=later(hours=1))
    scene.changed(area, "LIFT", test_still_due=False, at=later(hours=2))
    fields = {"reason": "录错人", "by": scene.cast.service_xinchang, "at": later(hours=3)}
    corrections.move(fresh(result), to=scene.person(), **fields)
    assert colour(person, later(hours=4)) == Colour.GREEN
    scene.changed(fresh(area), "UNLIFT", at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.YELLOW
    sound()


def test_lifted_once_more_it_ends_once_more(scene: Scene):
    area, people = lifted(scene)
    scene.changed(area, "UNLIFT", at=later(hours=3))
    assert scene.changed(fresh(area), "LIFT", test_still_due=False, at=later(hours=5)) == 2
    assert {colour(one, later(hours=6)) for one in people} == {Colour.GREEN}


def test_only_what_was_lifted_is_taken_back(scene: Scene):
    refused(areas.NotLifted, scene.change_proposed, scene.listed(), "UNLIFT", at=later(hours=1))


def test_a_lifting_is_not_taken_back_over_a_newer_listing(scene: Scene):
    area = scene.listed(name="丰台", from_at=T)
    scene.changed(area, "LIFT", at=later(hours=1))
    scene.listed(name="丰台", from_at=later(hours=2), at=later(hours=2))
    refused(areas.ListedAnew, scene.change_proposed, fresh(area), "UNLIFT", at=later(hours=3))
