"""Handed over to another province stays handed over, whatever falls meanwhile, until the hand-over is taken back."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, Person
from cases.policy.colours import Colour
from cases.services import control
from cases.services.control.changing import NotHandedOver
from cases.services.control.elsewhere import order_elsewhere
from healthcode.portal import reconciling
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused, sound

LETTER = {"letter": "移交函2026-1号", "destination": "江苏"}


@pytest.fixture
def person(scene: Scene):
    """Return a close contact who was handed to another province: red, under no order here."""
    person = scene.person()
    scene.clinical(person)
    control.transfer_out(fresh(person), **LETTER, by=scene.cast.group_xinchang, at=later(days=1))
    return person


def certificate_taken_back(scene: Scene, person) -> None:
    paper = scene.certified(person, at=DUE + timedelta(hours=1))
    control.release_elsewhere(fresh(person), by=scene.cast.group_xinchang, at=DUE + timedelta(hours=2))
    assert colour(person, DUE + timedelta(hours=3)) == Colour.GREEN
    by, at = scene.cast.cdc_xinchang, DUE + timedelta(hours=4)
    control.withdraw_certificate(fresh(paper), reason="证明系伪造", by=by, at=at)


def death_taken_back(scene: Scene, person) -> None:
    scene.died(person, at=later(days=2))
    scene.death_taken_back(person, at=later(days=3))


FALLS = (certificate_taken_back, death_taken_back)


@pytest.mark.parametrize("fall", FALLS)
def test_what_stands_again_is_handed_over_still(scene: Scene, person, fall):
    fall(scene, person)
    at = DUE + timedelta(hours=6)
    assert colour(person, at) == Colour.RED
    assert not ControlOrder.objects.of(fresh(person)).standing().exists()
    assert control.handed_over(fresh(person)) == order_elsewhere(fresh(person))


@pytest.mark.parametrize("fall", FALLS)
def test_a_true_certificate_releases_them_again(scene: Scene, person, fall):
    fall(scene, person)
    scene.certified(person, at=DUE + timedelta(hours=7))
    control.release_elsewhere(fresh(person), by=scene.cast.group_xinchang, at=DUE + timedelta(hours=8))
    assert colour(person, DUE + timedelta(hours=9)) == Colour.GREEN
    assert control.handed_over(fresh(person)) is None


@pytest.mark.parametrize("fall", FALLS)
def test_taken_back_control_goes_on_here_with_its_days(scene: Scene, person, fall):
    until = control.handed_over(fresh(person)).until
    fall(scene, person)
    scene.brought_back(person, at=DUE + timedelta(hours=7))
    assert (order_of(person).until, order_of(person).officer) == (until, scene.cast.officer_yulin)
    assert control.handed_over(fresh(person)) is None
    sound()


def test_control_of_a_later_exposure_here_ends_both(scene: Scene, person):
    """They never left: the order here serves all that stands, and nobody stays red on no list when it ends."""
    scene.ordered(fresh(person), at=later(days=2), began_on=day(2))
    assert order_of(person).served.count() == 2
    assert control.handed_over(fresh(person)) is None
    scene.ended(fresh(person), at=later(days=17))
    assert colour(person, later(days=17, hours=1)) == Colour.GREEN
    sound()


def test_what_ended_there_is_handed_over_no_more(scene: Scene, person):
    scene.certified(person, at=DUE + timedelta(hours=1))
    control.release_elsewhere(fresh(person), by=scene.cast.group_xinchang, at=DUE + timedelta(hours=2))
    common = {"reason": "未成行", "by": scene.cast.group_xinchang}
    at = DUE + timedelta(hours=3)
    refused(NotHandedOver, control.propose_transfer_back, fresh(person), at=at, **common)


def test_of_the_dead_nothing_is_handed_over(scene: Scene, person):
    scene.died(person, at=later(days=2))
    assert control.handed_over(fresh(person)) is None


def held_here_for_an_illness(scene: Scene) -> tuple[Person, Case]:
    """Return somebody handed over as a contact and by linked data, who fell ill and is held here for all of it."""
    person = scene.person()
    scene.automatic(person, "AUTO_RED")
    contact = scene.clinical(person, at=later(hours=1))
    control.transfer_out(fresh(person), **LETTER, by=scene.cast.group_xinchang, at=later(days=1))
    scene.exited(contact, "RECLASSIFIED", new_ground="SUSPECTED", at=later(days=2))
    return person, Case.objects.get(ground="SUSPECTED")


@pytest.mark.parametrize("end", ["EXCLUDED", "voided"])
def test_what_stands_again_of_somebody_held_here_is_served_here(scene: Scene, end: str):
    person, ill = held_here_for_an_illness(scene)
    if end == "voided":
        scene.voided(ill, at=later(days=3), frees=True)
    else:
        scene.exited(ill, end, at=later(days=3))
    standing = Case.objects.of(fresh(person)).open()
    assert set(standing.values_list("ground", flat=True)) == {"AUTO_RED", "CLOSE_CONTACT"}
    assert {row.case for row in order_of(person).served.filter(case__in=standing)} == set(standing)
    sound()
    assert not list(reconciling.findings())
