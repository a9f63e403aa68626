"""Two forms with a fever, one case: where that was never so, the other form bears the yellow (3.2a)."""

import pytest

from cases.models import Case
from cases.policy.colours import Colour
from cases.services.samples import amendments
from tests.cases.scenes import Scene, colour, fresh, later, sound


@pytest.fixture
def twice(scene: Scene):
    """Return somebody who declared a fever twice, and the case of the first form."""
    person = scene.person()
    case = scene.fever(person)
    scene.fever(fresh(person), at=later(hours=5))
    return person, case


def test_the_other_form_keeps_yellow(scene: Scene, twice):
    person, case = twice
    scene.voided(fresh(case), at=later(hours=6), reason_class="DECLARED_BY_MISTAKE")
    assert colour(person, later(hours=7)) == Colour.YELLOW
    borne = Case.objects.of(person).open().get()
    assert borne.evidence_ref == f"declaration:{person.declarations.latest('pk').pk}"
    assert borne.entered_by == scene.cast.citizen
    sound()


def test_voided_as_well_nothing_bears_it(scene: Scene, twice):
    person, case = twice
    scene.voided(fresh(case), at=later(hours=6))
    scene.voided(Case.objects.of(person).open().get(), at=later(hours=8))
    assert colour(person, later(hours=9)) == Colour.GREEN


def test_a_form_that_was_withdrawn_bears_nothing(scene: Scene, twice):
    person, case = twice
    form = person.declarations.latest("pk")
    amendments.withdraw_form(form, reason="误填", by=scene.cast.citizen, at=later(hours=6))
    scene.voided(fresh(case), at=later(hours=7))
    assert colour(person, later(hours=8)) == Colour.GREEN


def test_a_fever_that_was_cleared_before_bears_nothing(scene: Scene):
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    scene.well(person, at=later(hours=3))
    assert colour(person, later(hours=4)) == Colour.GREEN
    again = scene.fever(fresh(person), at=later(hours=5))
    scene.voided(again, at=later(hours=6))
    assert colour(person, later(hours=7)) == Colour.GREEN


def test_voided_after_its_end_nothing_stands_anew(scene: Scene, twice):
    """The other fever was cleared with it."""
    person, case = twice
    scene.visit(person, at=later(hours=6))
    scene.tested(person, at=later(hours=7))
    scene.well(person, at=later(hours=8))
    scene.voided(fresh(case), at=later(hours=9))
    assert colour(person, later(hours=10)) == Colour.GREEN
