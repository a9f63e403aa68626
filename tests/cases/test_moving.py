"""Moving house: who answers for control before and after."""

import pytest

from cases.models import Handover
from cases.services.persons import transfers
from healthcode.core.audit.models import Event

from .scenes import Scene, later, order_of


@pytest.fixture
def person(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def moved(scene: Scene, person):
    nanming = scene.cast.community_nanming
    fields = {"to": nanming.office.division, "reason": "搬家", "at": later(hours=1)}
    transfer = transfers.propose(person, by=scene.cast.community_yulin, **fields)
    transfers.accept(transfer, by=nanming, at=later(hours=2))


def test_a_move_takes_home_observation_to_the_new_community(scene: Scene):
    person = scene.person()
    scene.ordered(person)
    moved(scene, person)
    order = order_of(person)
    assert (order.officer, order.office) == (None, scene.cast.community_nanming.office)
    handover = Handover.objects.get()
    assert (handover.from_officer, handover.to_officer, handover.reason) == (
        scene.cast.officer_yulin,
        None,
        "搬家",
    )
    event = Event.objects.get(action="order.handed_over")
    assert event.target == f"order:{order.pk}"


def test_a_move_leaves_centralised_isolation_with_its_officer(scene: Scene, person):
    moved(scene, person)
    assert order_of(person).officer == scene.cast.officer_yulin
