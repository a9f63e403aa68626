"""Each stay is answered by itself, and stands as long as any track bears it, whichever file that came in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.models import Batch, Case, Person, Presence, WaitingTrack
from cases.policy.colours import Colour
from cases.services import areas
from cases.services.deliveries import batches
from cases.services.persons import numbers
from cases.services.samples import results
from healthcode.core.offices.models import Division
from tests.cases.scenes import Scene, T, colour, fresh, later, order_of, sample, sound
from tests.factories import DivisionFactory, delivered, one_off, resident_number, sealed
from tests.facts.test_admission import PLACE
from tests.facts.test_numbers import correct

HEADING = "证件号码,类型,区划代码,场所,起始时间,截止时间"
FIRST, PROLONGED, SECOND = (
    ("2026-10-31 08:00", "2026-11-01 20:00"),
    ("2026-11-01 18:00", "2026-11-05 20:00"),
    ("2026-11-05 08:00", "2026-11-07 20:00"),
)
Stay = tuple[Person | str, tuple[str, str]]


def place(code: str = PLACE) -> Division:
    DivisionFactory(code=code)
    return Division.objects.get(code=code)


def listed(scene: Scene, *, severe: bool = False, code: str = PLACE, at: datetime = T, **fields: Any):
    enter = scene.severe if severe else scene.listed
    return enter(division=place(code), from_at=later(days=-10), at=at, **fields)


def sent(scene: Scene, *stays: Stay, at: datetime, code: str = PLACE) -> Batch:
    place(code)
    rows = (f"{getattr(one, 'document', one)},旅居,{code},,{a},{b}" for one, (a, b) in stays)
    content = sealed("\n".join((HEADING, *rows)))
    return delivered(content, kind="PRESENCES", by=scene.cast.telecom, at=at, at_once=True)


def undone(scene: Scene, batch: Batch, *, at: datetime) -> None:
    undo = batches.propose_undo(fresh(batch), reason="送错", by=scene.cast.telecom, at=at)
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=at)


def negative(scene: Scene, person: Person, sampled_at: datetime, *, at: datetime) -> None:
    results.enter(fresh(person), sample(sampled_at), by=scene.cast.service_xinchang, at=at)


def states(person: Person) -> list[str]:
    return list(Case.objects.of(fresh(person)).order_by("pk").values_list("state", flat=True))


# --- each stay is answered by itself -------------------------------------------------------------------------


@pytest.mark.parametrize("stay", [PROLONGED, SECOND])
def test_a_stay_that_lasted_longer_asks_for_its_own_test_while_the_first_still_stands(scene: Scene, stay):
    person, both = scene.person(), scene.person()
    listed(scene)
    sent(scene, (person, FIRST), at=later(hours=1))
    sent(scene, (person, stay), (both, FIRST), (both, stay), at=later(days=6))
    for one in (person, both):
        negative(scene, one, later(hours=8), at=later(days=6, hours=1))
    if stay == SECOND:  # a test from before the second stay says nothing of it
        assert [colour(one, later(days=6, hours=2)) for one in (person, both)] == [Colour.YELLOW] * 2
    else:  # during the stay, and valid still: it answers both
        assert colour(person, later(days=6, hours=2)) == colour(both, later(days=6, hours=2))
    negative(scene, person, later(days=6, hours=3), at=later(days=6, hours=4))
    assert colour(person, later(days=6, hours=5)) == Colour.GREEN
    assert set(states(person)) == {"ENDED"}


def test_a_prolonged_stay_in_a_severe_area_prolongs_the_order(scene: Scene):
    person = scene.person()
    listed(scene, severe=True)
    sent(scene, (person, FIRST), at=later(hours=1))
    before = order_of(person)
    sent(scene, (person, PROLONGED), at=later(days=4))
    order = order_of(person)
    assert (order.pk, (order.until - before.until).days) == (before.pk, 4)
    sound()


def test_the_same_or_a_shorter_stay_opens_nothing_more(scene: Scene):
    person = scene.person()
    listed(scene)
    sent(scene, (person, SECOND), at=later(days=6))
    sent(scene, (person, FIRST), (person, SECOND), at=later(days=6, hours=1))
    assert states(person) == ["OPEN"]


def test_a_test_during_the_stay_that_ended_it_answers_the_same_track_with_other_hours(scene: Scene):
    person = scene.person()
    listed(scene)
    sent(scene, (person, ("2026-10-28 08:00", "2026-11-01 20:00")), at=later(hours=1))
    negative(scene, person, later(days=-2), at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN
    sent(scene, (person, ("2026-10-28 09:00", "2026-11-01 20:00")), at=later(hours=5))
    # No longer valid by itself, but it was when the stay ended by it.
    sent(scene, (person, ("2026-10-28 10:00", "2026-11-01 20:00")), at=later(days=7))
    assert (colour(person, later(days=7, hours=1)), states(person)) == (Colour.GREEN, ["ENDED"])


def test_a_test_from_before_a_stay_on_the_same_day_answers_nothing(scene: Scene):
    person = scene.person()
    listed(scene)
    negative(scene, person, later(days=-1), at=later(days=-1, minutes=5))
    sent(scene, (person, ("2026-11-01 12:00", "2026-11-01 20:00")), at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.YELLOW


# --- voided before -------------------------------------------------------------------------------------------


def test_a_stay_that_two_people_voided_is_held_when_the_place_becomes_severe(scene: Scene):
    person = scene.person()
    listed(scene)
    sent(scene, (person, FIRST), at=later(hours=1))
    scene.voided(Case.objects.of(person).get(), at=later(hours=2))
    listed(scene, severe=True, level="HIGH", at=later(hours=5))
    assert (colour(person, later(hours=6)), states(person)) == (Colour.GREEN, ["VOIDED", "HELD"])


def test_a_place_known_by_name_alone_is_the_same_place_a_grade_higher_and_no_other(scene: Scene):
    person = scene.person()
    first = scene.listed(name="某市某街道")
    scene.voided(scene.risk(person, first), at=later(hours=1))
    higher = scene.listed(name="某市 某街道", level="HIGH", at=later(hours=2))
    other = scene.listed(name="某市另街道", at=later(hours=2))
    assert scene.risk(fresh(person), other, at=later(hours=3)).state == "OPEN"
    assert scene.risk(fresh(person), higher, at=later(hours=4)).state == "HELD"


# --- borne by several files ----------------------------------------------------------------------------------


def test_a_stay_that_two_files_carry_stands_until_both_are_taken_back(scene: Scene):
    person = scene.person()
    listed(scene)
    one = sent(scene, (person, FIRST), at=later(hours=1))
    two = sent(scene, (person, ("2026-10-31 09:00", "2026-11-01 21:00")), at=later(hours=2))
    undone(scene, one, at=later(hours=3))
    assert (colour(person, later(hours=4)), states(person)) == (Colour.YELLOW, ["OPEN"])
    undone(scene, two, at=later(hours=5))
    assert (colour(person, later(hours=6)), states(person)) == (Colour.GREEN, ["ENDED"])
    sent(scene, (person, ("2026-10-31 09:00", "2026-11-01 20:30")), at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.YELLOW


@pytest.mark.parametrize("first", [True, False])
def test_what_is_left_of_a_stay_stands_when_its_later_part_is_taken_back(scene: Scene, first):
    person = scene.person()
    listed(scene)
    if first:
        sent(scene, (person, FIRST), at=later(hours=1))
    wrong = sent(scene, (person, SECOND), at=later(days=6))
    if not first:
        sent(scene, (person, FIRST), at=later(days=6, hours=1))  # covered by the later one
    undone(scene, wrong, at=later(days=6, hours=2))
    assert colour(person, later(days=6, hours=3)) == Colour.YELLOW
    assert Case.objects.of(person).open().get().began_on.day == 1
    sound()


@pytest.mark.parametrize("severe", [False, True])
def test_what_an_area_listed_later_opened_falls_with_the_file_of_its_track(scene: Scene, severe):
    person = scene.person()
    batch = sent(scene, (person, FIRST), at=T)
    listed(scene, severe=severe, at=later(hours=1))
    assert colour(person, later(hours=2)) == (Colour.RED if severe else Colour.YELLOW)
    undone(scene, batch, at=later(hours=3))
    case = Case.objects.of(person).get()
    assert (colour(person, later(hours=4)), case.exit) == (Colour.GREEN, "BASIS_GONE")
    sound()


def test_tracks_that_waited_are_their_own_files_when_they_lead(scene: Scene):
    number, places = resident_number(), (PLACE, "110107")
    for code in places:
        listed(scene, code=code)
    files = [
        sent(scene, (number, FIRST), at=later(minutes=10 * n), code=code) for n, code in enumerate(places, 1)
    ]
    person = scene.person(document_number=number, at=later(hours=1))
    assert list(Case.objects.of(person).order_by("pk").values_list("batch", flat=True)) == [
        one.pk for one in files
    ]
    undone(scene, files[1], at=later(hours=2))
    assert (colour(person, later(hours=3)), states(person)) == (Colour.YELLOW, ["OPEN", "VOIDED"])


# --- under a corrected number --------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "while"])
@pytest.mark.parametrize("confirmed", [False, True])
def test_tracks_under_a_number_to_be_confirmed_wait_for_whose_it_is(scene: Scene, when, confirmed):
    person = scene.person()
    scene.fever(person)
    listed(scene)
    number = one_off(person.document)
    if when == "before":
        sent(scene, (number, FIRST), at=later(hours=1))
    change = correct(scene, fresh(person), number)
    if when == "while":
        sent(scene, (number, FIRST), at=later(hours=3))
    assert (WaitingTrack.objects.count(), Presence.objects.count()) == (1, 0)
    numbers.decide(change, approve=confirmed, answer="核对", by=scene.cast.bureau_one, at=later(hours=5))
    if confirmed:
        assert Case.objects.of(person).open().filter(ground="RISK_AREA").exists()
    else:
        owner = scene.person(document_number=number, at=later(hours=6))
        assert colour(owner, later(hours=7)) == Colour.YELLOW
        assert not Case.objects.of(person).filter(ground="RISK_AREA").exists()


# --- who came while an area was lifted -----------------------------------------------------------------------


def test_a_lifting_taken_back_reaches_who_came_meanwhile_tested_before_or_not(scene: Scene):
    person, stayed, new = scene.person(), scene.person(), scene.person()
    area = listed(scene)
    sent(scene, (person, FIRST), (stayed, FIRST), at=later(hours=1))
    for one in (person, stayed):
        negative(scene, one, later(hours=2), at=later(hours=3))
    scene.changed(area, "LIFT", at=later(days=1))
    again = ("2026-11-04 08:00", "2026-11-05 20:00")
    sent(scene, (person, again), (new, again), at=later(days=4))
    scene.changed(area, "UNLIFT", at=later(days=5))
    areas.begin_due(by=scene.cast.duty_city, at=later(days=5, hours=1))
    colours = [colour(one, later(days=5, hours=2)) for one in (person, new, stayed)]
    assert colours == [Colour.YELLOW, Colour.YELLOW, Colour.GREEN]


@pytest.mark.parametrize("way", ["by_track", "by_hand"])
def test_a_negative_after_a_positive_that_nobody_answered_answers_no_stay(scene: Scene, way):
    person, area = scene.person(), scene.listed(division=DivisionFactory(code="110106"), from_at=T)
    scene.tested(person, at=later(hours=1), outcome="POSITIVE")
    scene.tested(person, at=later(hours=2))
    at = later(hours=3)
    if way == "by_hand":
        scene.risk(person, area, at=at, began_on=T.date())
    else:
        Presence.objects.create(
            person=person,
            kind="STAY",
            division=area.division,
            from_at=T - timedelta(hours=20),
            until_at=T,
            source=scene.cast.telecom.office,
            recorded_by=scene.cast.telecom,
        )
        areas.match(area, by=scene.cast.duty_city, at=at)
    assert colour(person, later(hours=4)) == Colour.YELLOW
