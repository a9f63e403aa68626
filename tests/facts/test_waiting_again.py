"""What a death sent back waits again when it is taken back: in its chain, under its record number, in its hold."""

import pytest

from cases.models import Case, MassHold
from cases.policy.colours import Colour
from cases.selectors import chains
from cases.services.deliveries import batches
from cases.services.engine import holds
from cases.services.engine.orders import Plan
from cases.services.grounds import cases, releases
from tests.cases.scenes import Scene, T, colour, fresh, later, sound
from tests.facts.test_mass_hold import send

NUMBER = "浙防指〔2020〕99号"


def thought_dead(scene: Scene, person, meanwhile=lambda: None) -> None:
    scene.died(person, at=later(hours=3))
    meanwhile()
    scene.death_taken_back(person, at=later(hours=5))


def test_contacts_rest_on_the_report_that_waits_again(scene: Scene):
    ill, other = scene.person(), scene.person()
    index = scene.reported(ill, "CONFIRMED")
    contact = scene.clinical(other, index_case=index, at=later(minutes=5))
    thought_dead(scene, ill)
    again = Case.objects.get(person=ill, state="REPORTED")
    plan = Plan(officer=scene.cast.officer_yulin, site=scene.cast.office("hospital-city"))
    cases.enter(again, plan=plan, by=scene.cast.group_xinchang, at=later(hours=6))
    assert again.origin_pk == index.pk and not chains.is_none(fresh(contact).index_case)
    sound()


def test_they_go_free_when_that_is_sent_back(scene: Scene):
    ill, other = scene.person(), scene.person()
    index = scene.reported(ill, "CONFIRMED")
    scene.clinical(other, index_case=index, at=later(minutes=5))
    thought_dead(scene, ill)
    again = Case.objects.get(person=ill, state="REPORTED")
    cases.send_back(again, reason="不符合病例定义", by=scene.cast.group_xinchang, at=later(hours=6))
    assert colour(other, later(hours=7)) == Colour.GREEN


def test_the_provinces_release_finds_what_waits_again(scene: Scene):
    person, by = scene.person(), scene.cast.province
    claim = {"evidence_ref": "甲1号"}
    first = cases.send_down(person, scene.claim("AUTO_YELLOW", **claim), record="R1", by=by, at=T)
    scene.voided(first, at=later(hours=1))
    again = scene.claim("AUTO_YELLOW", **claim)
    assert cases.send_down(fresh(person), again, record="R1", by=by, at=later(hours=2)).state == "HELD"
    thought_dead(scene, person)
    waiting = Case.objects.get(person=person, state="HELD")
    cases.decide(waiting, approve=True, by=scene.cast.duty_xinchang, at=later(hours=6))
    assert colour(person, later(hours=7)) == Colour.YELLOW
    releases.receive("R1", document="解除1号", by=by, at=later(hours=8))
    assert colour(person, later(hours=9)) == Colour.GREEN


def of_many(scene: Scene):
    """Return somebody who waits in a hold with twenty others, the hold, and their delivery."""
    batch = send(scene, [NUMBER] * 21)
    return Case.objects.filter(state="HELD").first().person, MassHold.objects.get(), batch


def test_what_waited_in_a_hold_waits_in_it_again(scene: Scene):
    person, hold, _batch = of_many(scene)
    thought_dead(scene, person)
    holds.decide(hold, approve=True, by=scene.cast.duty_city, at=later(hours=6))
    assert Case.objects.open().filter(hold=hold).count() == 21
    assert colour(person, later(hours=7)) == Colour.RED


@pytest.mark.parametrize("approve", [True, False])
def test_a_hold_decided_meanwhile_decides_nothing_for_who_was_thought_dead(scene: Scene, approve):
    """Approved, a second person looks at the one; refused, nothing of it comes again."""
    person, hold, _batch = of_many(scene)
    common = {"answer": "" if approve else "文号不符", "by": scene.cast.duty_city, "at": later(hours=4)}
    thought_dead(scene, person, lambda: holds.decide(hold, approve=approve, **common))
    waiting = Case.objects.filter(person=person, state="HELD", hold=None)
    assert waiting.exists() == approve
    assert colour(person, later(hours=6)) == Colour.GREEN


def test_what_was_taken_back_with_its_delivery_meanwhile_does_not_come_again(scene: Scene):
    person, _hold, batch = of_many(scene)

    def undone() -> None:
        undo = batches.propose_undo(batch, reason="文号有误", by=scene.cast.province, at=later(hours=4))
        batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=4))

    thought_dead(scene, person, undone)
    assert not Case.objects.filter(state__in=("HELD", "OPEN")).exists()
