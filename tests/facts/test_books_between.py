"""A rule book is adopted between an ending and its fall: the book in force gives colour and order."""

import pytest

from cases.models import ControlOrder
from cases.policy.colours import Colour
from cases.services.samples import corrections
from healthcode.portal import reconciling
from tests.cases import books
from tests.cases.scenes import Scene, colour, fresh, later, order_of, sample, sound


def doubted(scene: Scene, row, *, at) -> None:
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="实验室更正", by=row.entered_by, at=at)


@pytest.mark.parametrize("other", [False, True], ids=["alone", "beside another red"])
def test_what_is_red_by_a_book_of_since_stands_again_under_an_order(scene: Scene, other: bool):
    person = scene.person()
    scene.risk(person)
    row = scene.tested(person, at=later(hours=1), by=scene.cast.service_xinchang)
    books.adopted(scene, books.with_red_risk_areas(), at=later(hours=2))
    if other:
        scene.clinical(fresh(person), at=later(hours=3))
    doubted(scene, row, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.RED
    served = order_of(person).served.filter(case__state="OPEN").values_list("case__ground", flat=True)
    assert set(served) == {"RISK_AREA", "CLOSE_CONTACT"} if other else {"RISK_AREA"}
    sound()
    assert not list(reconciling.findings())


def freed(scene: Scene, ground: str):
    """Return somebody green by a test while the ground was red by the book, and the test."""
    person = scene.person()
    scene.risk(person) if ground == "RISK_AREA" else scene.fever(person)
    books.adopted(scene, books.with_red(ground), at=later(hours=1))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    scene.visit(person, at=later(hours=2))
    row = scene.tested(person, at=later(hours=2), by=scene.cast.service_xinchang)
    if ground == "FEVER":
        scene.well(person, at=later(hours=3))
    return person, row


@pytest.mark.parametrize("ground", ["RISK_AREA", "FEVER"])
def test_a_test_or_a_form_that_ends_what_is_red_by_the_book_lets_go_of_its_order(scene: Scene, ground: str):
    person, _row = freed(scene, ground)
    assert colour(person, later(hours=4)) == Colour.GREEN
    assert not ControlOrder.objects.of(fresh(person)).standing().exists()
    sound()


@pytest.mark.parametrize("ground", ["RISK_AREA", "FEVER"])
def test_what_is_yellow_by_a_book_of_since_stands_again_without_an_order(scene: Scene, ground: str):
    person, row = freed(scene, ground)
    books.adopted(scene, books.GUIDE, at=later(hours=4))
    doubted(scene, row, at=later(hours=5))
    assert colour(person, later(hours=6)) == Colour.YELLOW
    assert not ControlOrder.objects.of(fresh(person)).standing().exists()
    sound()
    assert not list(reconciling.findings())


def test_a_fever_that_is_red_by_the_book_is_declared_under_an_order(scene: Scene):
    books.adopted(scene, books.with_red("FEVER"), at=later(hours=-1))
    person = scene.person()
    scene.fever(person)
    assert (colour(person, later(hours=1)), order_of(person).kind) == (Colour.RED, "CENTRAL_ISOLATION")
    sound()
    assert not list(reconciling.findings())
