"""A delivery of results is taken back in parts of people: it comes out alike, and nothing of one part is kept."""

import gc
import weakref
from contextlib import contextmanager

import pytest

from cases.models import Case, LabResult, Transition
from cases.policy.colours import Colour
from cases.services.deliveries import batches, undone_results
from cases.services.engine import codes, dialects
from cases.services.engine.refusals import Grown
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, colour, day, fresh, later, sound
from tests.tampering.owner import found

PEOPLE = 5


@pytest.fixture
def ended(scene: Scene, send):
    """Return people whose yellows ended on one delivery, each with two results in it, and the delivery."""
    area, persons = scene.listed(), [scene.person() for _number in range(PEOPLE)]
    for person in persons:
        scene.risk(person, area, began_on=day(-1))
    rows = [
        f"{person.document},2026-11-02 0{hour}:00,,阴性,县疾控,R{number}-{hour}"
        for hour in (7, 8)
        for number, person in enumerate(persons)
    ]
    batch = send("RESULTS", *rows, by="service.xinchang")
    assert {colour(one, later(minutes=30)) for one in persons} == {Colour.GREEN}
    return persons, batch


def undone(scene: Scene, batch):
    undo = batches.propose_undo(batch, reason="发错", by=scene.cast.service_xinchang, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    return fresh(undo)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_it_comes_out_alike_however_large_the_parts(scene: Scene, ended, monkeypatch, size):
    persons, batch = ended
    monkeypatch.setattr(dialects, "PART", size)
    undo = undone(scene, batch)
    assert {colour(one, later(hours=3)) for one in persons} == {Colour.YELLOW}
    assert not LabResult.objects.uncorrected().exists()
    assert Case.objects.open().count() == Case.objects.filter(resumes__isnull=False).count() == PEOPLE
    # Of one instant, each once.
    turned = Transition.objects.filter(act="batch.undone")
    assert sorted(turned.values_list("person", flat=True)) == sorted(one.pk for one in persons)
    assert set(turned.values_list("at", flat=True)) == {undo.decided_at}
    assert Event.objects.filter(action="case.fell").count() == PEOPLE
    body = Event.objects.get(action="batch.undone").body
    assert '"reopened":5' in body and '"results":10' in body
    assert found() == []
    sound()


def test_nothing_of_one_part_is_kept_for_the_next(scene: Scene, ended, monkeypatch):
    _persons, batch = ended
    monkeypatch.setattr(dialects, "PART", 1)
    turns, alive = [], []

    @contextmanager
    def watched(*args, **fields):
        gc.collect()
        alive.append(sum(one() is not None for one in turns))
        with codes.turning(*args, **fields) as turn:
            turns.append(weakref.ref(turn))
            yield turn

    monkeypatch.setattr(undone_results, "turning", watched)
    undone(scene, batch)
    assert (len(turns), max(alive)) == (PEOPLE, 0)


def test_an_ending_that_two_results_of_the_delivery_bore_in_two_parts_falls(scene: Scene, send, monkeypatch):
    one, other = scene.person(), scene.person()
    scene.risk(one, began_on=day(-1))
    rows = [
        f"{who.document},2026-11-02 0{hour}:00,,阴性,县疾控,R{hour}" for who, hour in ((one, 7), (other, 8))
    ]
    batch = send("RESULTS", *rows, by="service.xinchang")
    scene.merged(other, one, at=later(minutes=30))
    monkeypatch.setattr(dialects, "PART", 1)
    undone(scene, batch)
    assert colour(one, later(hours=3)) == Colour.YELLOW
    assert found() == []


def test_whoever_came_to_rest_on_it_after_the_reading_lets_it_begin_anew(scene: Scene, ended, monkeypatch):
    persons, batch = ended
    whom = undone_results.reached
    asked = []

    def late(of):
        asked.append(1)
        return whom(of) - ({persons[0].pk} if len(asked) % 2 else set())

    monkeypatch.setattr(undone_results, "reached", late)
    with pytest.raises(Grown):
        undone(scene, batch)
    assert len(asked) == 6  # three times, read before the lock and after
    assert {colour(one, later(hours=3)) for one in persons} == {Colour.GREEN}
