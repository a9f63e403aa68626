"""A delivery is taken back by the opposite of each of its acts, and of no other's."""

import pytest

from cases.models import Case, Declaration
from cases.policy.colours import Colour
from cases.services.deliveries import batches
from cases.services.grounds import exits
from tests.cases.scenes import Scene, colour, fresh, later, sound
from tests.deliveries.conftest import ground


@pytest.mark.parametrize("became", ["confirmed", "cured"])
def test_the_undo_of_a_delivery_frees_no_contact_of_whoever_was_ill_all_the_same(scene: Scene, send, became):
    ill, person = scene.person(), scene.person()
    batch = send("GROUNDS", ground(ill, "S1", "疑似病人", kind="流调报告", evidence="E77"))
    index = Case.objects.of(ill).open().get()
    scene.clinical(person, index_case=index, at=later(hours=1))
    scene.exited(index, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=2))
    confirmed = Case.objects.of(ill).open().get()
    if became == "cured":
        report = scene.exit_reported(confirmed, "DISCHARGED", at=later(days=3))
        exits.enter(report, by=scene.cast.group_city, at=later(days=3))
    asked = batches.propose_undo(fresh(batch), reason="错", by=batch.delivered_by, at=later(days=3, hours=1))
    batches.decide_undo(asked, approve=True, by=scene.cast.duty_city, at=later(days=3, hours=2))
    assert colour(person, later(days=3, hours=3)) == Colour.RED
    sound()


def taken_back(scene: Scene, batch, *, at):
    asked = batches.propose_undo(fresh(batch), reason="错", by=batch.delivered_by, at=at)
    batches.decide_undo(asked, approve=True, by=scene.cast.duty_city, at=at)


def test_what_a_delivery_released_stands_again_when_it_is_taken_back(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S1", "系统自动赋黄码"))
    row = ground(person, "S1", "系统自动赋黄码", action="解除")
    released = send("GROUNDS", row, at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.GREEN
    taken_back(scene, released, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.YELLOW
    send("GROUNDS", row, at=later(hours=5))  # sent again it is new
    assert colour(person, later(hours=6)) == Colour.GREEN
    sound()


def test_the_forms_of_a_delivery_count_no_more_once_it_is_taken_back(scene: Scene, send):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=1, minutes=10))
    batch = send("DECLARATIONS", f"D1,{person.document},否,,36.5,", at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN
    taken_back(scene, batch, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.YELLOW
    assert Declaration.objects.uncorrected().filter(batch=batch).count() == 0
    sound()


def test_a_form_that_brought_a_fever_is_withdrawn_with_its_delivery(scene: Scene, send):
    person = scene.person()
    batch = send("DECLARATIONS", f"D1,{person.document},是,,38.5,2026-11-01", at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.YELLOW
    taken_back(scene, batch, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN
    assert not Declaration.objects.uncorrected().filter(person=person).exists()
    sound()
