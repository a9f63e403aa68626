"""A track that comes before its person is registered waits for them, as long as it is looked back on."""

from datetime import timedelta

import pytest

from cases.models import Batch, Case, Person, Presence, WaitingTrack
from cases.policy.colours import Colour
from cases.services.areas import presences
from cases.services.deliveries import batches
from cases.services.engine import tracks
from tests.cases.scenes import Scene, T, colour, fresh, later
from tests.factories import DivisionFactory, delivered, resident_number, sealed
from tests.facts.test_admission import PLACE, listed

HEADING = "证件号码,类型,区划代码,场所,起始时间,截止时间"


def sent(scene: Scene, *numbers: str, at=T, until="2026-11-01 20:00") -> Batch:
    DivisionFactory(code=PLACE)
    rows = (f"{number},旅居,{PLACE},,2026-11-01 08:00,{until}" for number in numbers)
    content = sealed("\n".join((HEADING, *rows)))
    return delivered(content, kind="PRESENCES", by=scene.cast.telecom, at=at, at_once=True)


def test_whoever_is_registered_after_their_track_came_is_coded_at_once(scene: Scene):
    listed(scene)
    number = resident_number()
    batch = sent(scene, number)
    assert (batch.accepted, batch.rejected, WaitingTrack.objects.count()) == (1, 0, 1)
    person = scene.person(document_number=number, at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.YELLOW
    case = Case.objects.get(person=person)
    assert (case.source_office, case.batch) == (scene.cast.telecom.office, batch)
    assert not WaitingTrack.objects.exists()


def test_an_area_that_is_listed_later_reaches_the_track_all_the_same(scene: Scene):
    number = resident_number()
    sent(scene, number)
    person = scene.person(document_number=number, at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.GREEN
    listed(scene, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.YELLOW


def test_tracks_of_others_go_on_waiting(scene: Scene):
    listed(scene)
    one, other = resident_number(), resident_number()
    sent(scene, one, other)
    scene.person(document_number=one, at=later(hours=1))
    assert WaitingTrack.objects.count() == 1 == Presence.objects.count()


def test_what_came_at_the_moment_of_the_registration_is_claimed_by_the_timer(scene: Scene):
    listed(scene)
    number = resident_number()
    sent(scene, number)
    person = scene.person(at=later(hours=1))
    # The delivery looked the number up before the registration was there, and stored its row after.
    Person.objects.filter(pk=person.pk).update(document_index=WaitingTrack.objects.get().document_index)
    assert tracks.claim_all(by=scene.cast.telecom, at=later(hours=2)) == 1
    assert colour(person, later(hours=3)) == Colour.YELLOW


def test_a_track_beyond_the_look_back_is_dropped_and_reaches_nobody(scene: Scene):
    listed(scene)
    number = resident_number()
    sent(scene, number)
    assert presences.drop_old(by=scene.cast.telecom, at=later(days=30)) == 1
    person = scene.person(document_number=number, at=later(days=30))
    assert colour(person, later(days=31)) == Colour.GREEN


def test_a_delivery_taken_back_takes_its_waiting_tracks_with_it(scene: Scene):
    listed(scene)
    number = resident_number()
    batch = sent(scene, number)
    undo = batches.propose_undo(batch, reason="送错", by=scene.cast.telecom, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    person = scene.person(document_number=number, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN


@pytest.mark.parametrize("hours", [0, 1])
def test_registering_twice_claims_once(scene: Scene, hours):
    listed(scene)
    number = resident_number()
    sent(scene, number)
    person = scene.person(document_number=number, at=later(hours=1))
    assert tracks.claim(fresh(person), at=later(hours=1) + timedelta(hours=hours)) == 0
    assert Case.objects.filter(person=person).count() == 1
