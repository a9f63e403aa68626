"""A stay has two ends: a test from before it began says nothing of it, and a passage is no stay (1.2b, 3.4b)."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.selectors import samples
from cases.services.grounds import cases, claims
from cases.services.samples import corrections, results
from tests.cases.scenes import TODAY, Scene, T, colour, day, fresh, later, refused, sample
from tests.factories import DivisionFactory, delivered, sealed

BEIJING = "110106"
LEFT = T - timedelta(days=2)  # Saturday, nine in the morning
NOW = later(hours=1)
HEADING = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,到达日期,风险地区,证据类型,证据编号"


@pytest.fixture
def area(scene: Scene):
    return scene.listed(division=DivisionFactory(code=BEIJING), at=T)


def track(send, person, began, left=LEFT, *, kind="旅居", at=NOW):
    stay = ",".join(f"{one:%Y-%m-%d %H:%M}" for one in (began, left))
    send("PRESENCES", f"{person.document},{kind},{BEIJING},,{stay}", at=at)


def by_track(scene: Scene, send, area, person, began):
    track(send, person, began)


def by_file(scene: Scene, send, area, person, began):
    row = (
        f"R1,{person.name},{person.document},330624001,赋码,中高风险地区旅居史,{LEFT:%Y-%m-%d},{began:%Y-%m-%d},"
        f"{area.pk},TRACK,轨迹1"
    )
    delivered(sealed(f"{HEADING}\n{row}"), kind="GROUNDS", by=scene.cast.province, at=NOW)


def by_hand(scene: Scene, send, area, person, began):
    scene.risk(person, area, began_on=LEFT.date(), arrived_on=began.date(), at=NOW)


WAYS = (by_track, by_file, by_hand)


def verified(scene: Scene, person, taken, at=None):
    at = at or later(hours=2)
    return results.enter(person, sample(taken, origin="VERIFIED"), by=scene.cast.service_xinchang, at=at)


@pytest.mark.parametrize("way", WAYS)
def test_a_negative_from_before_the_stay_leaves_the_code_yellow(scene: Scene, send, area, way):
    person = scene.person()
    way(scene, send, area, person, LEFT - timedelta(days=2))
    assert colour(person, NOW) == Colour.YELLOW
    verified(scene, person, LEFT - timedelta(days=3))
    assert colour(person, later(hours=3)) == Colour.YELLOW


@pytest.mark.parametrize("way", WAYS)
def test_a_valid_negative_taken_during_the_stay_converts_the_code(scene: Scene, send, area, way):
    person = scene.person()
    way(scene, send, area, person, LEFT - timedelta(days=2))
    verified(scene, person, LEFT - timedelta(days=1))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_the_stored_negative_of_before_is_not_applied(scene: Scene, send, area):
    person = scene.person()
    scene.tested(person, at=LEFT - timedelta(days=3))
    track(send, person, LEFT - timedelta(days=1))
    refused(results.StillMissing, results.apply, person, by=scene.cast.service_xinchang, at=later(hours=2))


def test_the_province_s_yellow_ends_by_no_test_from_before_its_day(scene: Scene):
    person = scene.person()
    scene.automatic(person, "AUTO_YELLOW", began_on=day(-2))
    verified(scene, person, T - timedelta(days=3))
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_pieces_of_a_track_that_overlap_are_one_stay(scene: Scene, send, area):
    person = scene.person()
    hours = [LEFT - timedelta(hours=number) for number in (48, 24, 20, 0)]
    track(send, person, hours[0], hours[2])
    track(send, person, hours[1], hours[3], at=later(hours=2))
    area.refresh_from_db()
    other = scene.listed(division=area.division, level="HIGH", at=later(hours=3))
    assert Case.objects.get(person=person, risk_area=other).stayed_from == hours[0]


def test_of_two_stays_the_last_one_has_to_be_answered(scene: Scene, send):
    person = scene.person()
    DivisionFactory(code=BEIJING)
    track(send, person, T - timedelta(days=6), T - timedelta(days=5))
    track(send, person, LEFT - timedelta(hours=5), at=later(hours=2))
    scene.listed(division=DivisionFactory(code=BEIJING), at=later(hours=3))
    verified(scene, person, LEFT - timedelta(hours=6), at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.YELLOW


def test_a_passage_is_no_stay(scene: Scene, send, area):
    passing, staying = scene.person(), scene.person()
    track(send, passing, LEFT - timedelta(minutes=29))
    track(send, staying, LEFT - timedelta(minutes=30), at=later(hours=2))
    assert colour(passing, later(hours=3)) == Colour.GREEN
    assert colour(staying, later(hours=3)) == Colour.YELLOW


def test_a_stay_of_no_length_reaches_nobody_when_the_area_is_listed_later(scene: Scene, send):
    person = scene.person()
    DivisionFactory(code=BEIJING)
    track(send, person, LEFT)
    scene.severe(division=DivisionFactory(code=BEIJING), at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN


def test_a_contact_in_a_severe_situation_needs_no_length(scene: Scene, send):
    person = scene.person()
    scene.severe(division=DivisionFactory(code=BEIJING))
    track(send, person, LEFT, kind="接触")
    assert colour(person, later(hours=2)) == Colour.RED


def test_a_stay_does_not_end_before_it_began(scene: Scene, area):
    days = {"began_on": day(-2), "arrived_on": day(-1)}
    refusal = refused(claims.LeftBeforeArriving, scene.risk, scene.person(), area, **days)
    assert refusal.field == "arrived_on"


def test_what_stands_again_keeps_both_ends_of_the_stay(scene: Scene, send, area):
    person = scene.person()
    track(send, person, LEFT - timedelta(days=1))
    result = verified(scene, person, LEFT)
    corrections.move(
        result, to=scene.person(), reason="别人的", by=scene.cast.service_xinchang, at=later(hours=5)
    )
    again = Case.objects.of(fresh(person)).open().get()
    assert again.stayed_from == LEFT - timedelta(days=1)


def test_only_a_ground_of_an_area_keeps_the_beginning_of_a_stay(scene: Scene):
    claim = scene.claim("OVERSEAS", arrived_on=TODAY - timedelta(days=3))
    case = cases.open_case(
        scene.person(), claim, channel=cases.Channel.COMMUNITY, by=scene.cast.community_yulin, at=T
    )
    assert case.stayed_from is None


MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("pieces", "stays"),
    [
        ([(0, 15), (60, 75)], True),  # together the shortest stay
        ([(0, 15), (60, 74)], False),
        ([(0, 20), (5, 25)], False),  # two sources tell of the same minutes
        ([(0, 20), (0, 20), (0, 20)], False),
        ([(0, 20), (10, 29), (40, 41)], True),
        ([(0, 10), (20, 30), (40, 50)], True),
        ([(0, 0), (10, 10)], False),
    ],
)
def test_passages_that_together_are_as_long_as_a_stay_are_one(scene: Scene, send, area, pieces, stays):
    person, other = scene.person(), scene.person()
    began = LEFT - timedelta(days=1)
    for number, (start, end) in enumerate(pieces):
        at = NOW + number * MINUTES
        track(send, person, began + start * MINUTES, began + end * MINUTES, at=at)
    track(send, other, began, began + 20 * MINUTES, at=later(hours=2))  # somebody else's add nothing
    assert (colour(person, later(hours=3)) == Colour.YELLOW) is stays
    assert colour(other, later(hours=3)) == Colour.GREEN
    if stays:
        # The last piece that none before it touches: a test from before it says nothing.
        assert Case.objects.get(person=person).stayed_from == began + pieces[-1][0] * MINUTES


@pytest.mark.parametrize("first", ["merged", "listed"])
def test_passages_of_two_records_of_one_human_add_up(scene: Scene, send, first):
    one, two, other = scene.person(), scene.person(), scene.person()
    division, began = DivisionFactory(code=BEIJING), LEFT - timedelta(days=1)
    for person, start in ((one, 0), (two, 60), (other, 0)):
        track(send, person, began + start * MINUTES, began + (start + 15) * MINUTES, at=NOW + start * MINUTES)
    if first == "merged":
        scene.merged(two, one, at=later(hours=4))
        scene.listed(division=division, at=later(hours=5))
    else:
        scene.listed(division=division, at=later(hours=4))
        assert colour(one, later(hours=4)) == Colour.GREEN
        scene.merged(two, one, at=later(hours=5))
    assert [colour(one, later(hours=6)), colour(other, later(hours=6))] == [Colour.YELLOW, Colour.GREEN]
    assert Case.objects.get().person == fresh(
        two
    )  # whose passage was the last: its own, should they be parted


def test_a_passage_after_a_stay_moves_neither_of_its_ends(scene: Scene, send):
    person = scene.person()
    DivisionFactory(code=BEIJING)
    track(send, person, LEFT - timedelta(days=1), LEFT)
    track(
        send, person, LEFT + timedelta(hours=5), LEFT + timedelta(hours=5) + 10 * MINUTES, at=later(hours=2)
    )
    scene.listed(division=DivisionFactory(code=BEIJING), at=later(hours=3))
    case = Case.objects.get(person=person)
    assert (case.began_on, case.stayed_from) == (LEFT.date(), LEFT - timedelta(days=1))


@pytest.mark.parametrize("way", WAYS)
def test_a_later_stay_has_to_be_answered_as_well(scene: Scene, send, area, way):
    person, back = scene.person(), T + timedelta(days=3)
    way(scene, send, area, person, LEFT - timedelta(days=1))
    scene.tested(person, at=later(days=1))
    track(send, person, back - timedelta(hours=9), back, at=back)
    at = back + timedelta(hours=1)
    first, later_stay = Case.objects.of(person).open().order_by("began_on")
    assert [one.pk for one in samples.applicable(scene.cast.service_xinchang, at)] == [first.pk]
    assert results.apply(person, by=scene.cast.service_xinchang, at=at) == [first]
    assert fresh(later_stay).state == "OPEN"
    verified(
        scene, person, back - timedelta(hours=10), at=at
    )  # a day old, but from before they were there again
    assert colour(person, back + timedelta(hours=2)) == Colour.YELLOW
    verified(scene, person, back - timedelta(hours=1), at=back + timedelta(hours=3))
    assert colour(person, back + timedelta(hours=4)) == Colour.GREEN
