"""A delivery is taken back by the opposite of each of its acts, and of no other's."""

import pytest

from cases.models import Case
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
