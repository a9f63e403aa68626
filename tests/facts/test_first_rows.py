"""What stands again counts from the first row of its chain: it is no younger than when it stood first."""

from datetime import timedelta

import pytest

from cases.models import Declaration
from cases.models.declarations import Mode
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.grounds import cases
from cases.services.samples import amendments, corrections, declarations, results
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, sample

REASON = {"reason": "录到别人名下"}


def cleared(scene: Scene):
    """Return somebody whose fever was examined, tested and cleared within the first two hours."""
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    result = scene.tested(person, at=later(hours=1, minutes=10))
    scene.well(person, at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN
    return person, result


def relapsed(scene: Scene):
    """Return somebody tested on the day of the fever, and cleared of the relapse of the next day by a second test."""
    person = scene.person()
    scene.fever(person, onset_on=day(0))
    scene.tested(person, at=later(hours=2))
    again = declarations.Form(fever=True, onset_on=day(1))
    declarations.declare(fresh(person), again, mode=Mode.ALONE, by=scene.cast.citizen, at=later(days=1))
    scene.visit(person, at=later(days=1, hours=1))
    result = scene.tested(person, at=later(days=1, hours=2))
    scene.well(person, at=later(days=1, hours=3))
    assert colour(person, later(days=1, hours=4)) == Colour.GREEN
    return person, result


def moved(scene: Scene, result, *, at) -> None:
    corrections.move(result, to=scene.person(), **REASON, by=scene.cast.hospital_city, at=at)


def test_a_fever_that_stands_again_keeps_the_onset_of_its_relapse(scene: Scene):
    person, result = relapsed(scene)
    moved(scene, result, at=later(days=1, hours=5))
    scene.well(person, at=later(days=1, hours=6))
    assert colour(person, later(days=1, hours=7)) == Colour.YELLOW
    scene.tested(person, at=later(days=1, hours=8))
    scene.well(person, at=later(days=1, hours=9))
    assert colour(person, later(days=1, hours=10)) == Colour.GREEN


@pytest.mark.parametrize("missing", ["form", "test"])
def test_a_fever_that_stands_again_days_later_misses_only_what_was_taken_back(scene: Scene, missing):
    person, result = cleared(scene)
    if missing == "form":
        form = Declaration.objects.get(person=person, fever=False)
        amendments.withdraw_form(form, reason="不是本人", by=scene.cast.citizen, at=later(days=5))
    else:
        moved(scene, result, at=later(days=5))
        scene.tested(person, at=later(days=5, hours=1))
    assert colour(person, later(days=5, hours=2)) == Colour.YELLOW
    scene.well(person, at=later(days=5, hours=3))
    assert colour(person, later(days=5, hours=4)) == Colour.GREEN


def test_whoever_was_sampled_since_the_first_row_is_not_listed_as_untested(scene: Scene):
    person = scene.person()
    scene.risk(person, began_on=day(-1))
    result = results.enter(person, sample(later(hours=1)), by=scene.cast.service_xinchang, at=later(hours=2))
    scene.tested(person, at=later(hours=3), outcome="INCONCLUSIVE")
    corrections.move(result, to=scene.person(), **REASON, by=scene.cast.service_xinchang, at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.YELLOW
    found = {one.key for one in worklists(scene.cast.service_xinchang, later(hours=5))}
    assert "untested" not in found


def test_a_report_that_came_back_is_not_made_again_by_what_stands_again(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    person = scene.person()
    scene.clinical(person, index_case=index)
    result = results.enter(person, sample(later(days=14)), by=scene.cast.hospital_city, at=later(days=14))
    control.end(fresh(person), by=scene.cast.officer_yulin, at=DUE + timedelta(hours=9))
    report = scene.reported(person, began_on=day(14), at=DUE + timedelta(hours=10))
    cases.send_back(report, reason="证据不足", by=scene.cast.group_xinchang, at=DUE + timedelta(hours=11))
    moved(scene, result, at=DUE + timedelta(hours=12))
    found = {one.key: one.total for one in worklists(scene.cast.cdc_xinchang, DUE + timedelta(hours=13))}
    assert found["sent_back"] == 1
