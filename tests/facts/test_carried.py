"""What waited about a case, or its order, when it ended waits again where the ending falls: nobody makes it anew."""

from datetime import timedelta

import pytest

from cases.models import Case, Certificate, ExitReport, HomeStay, Release, Relocation
from cases.selectors import awaited, undecided
from cases.services.grounds import exits
from healthcode.portal.reconciling import findings
from tests.alone.pairs import PAIRS
from tests.cases.scenes import Scene, fresh, later, sound

DIED, LIVES = later(days=10), later(days=10, hours=2)
ACTS = {
    "order.decide_home": HomeStay,
    "order.decide_elsewhere": Relocation,
    "order.decide_certificate": Certificate,
    "case.decide_release": Release,
    "case.enter_exit": ExitReport,
}


def person_of(row):
    return getattr(row, "case", None).person if hasattr(row, "case") else row.order.person


def waiting(model, person):
    return undecided.waiting(model).filter(
        **{("case__person" if model in (Release, ExitReport) else "order__person"): person}
    )


@pytest.mark.parametrize("act", ACTS)
def test_it_waits_again_for_who_was_thought_dead_and_can_be_decided(scene: Scene, act):
    pair = next(pair for pair in PAIRS if pair.act == act)
    row = fresh(pair.propose(scene))
    person, model = person_of(row), ACTS[act]
    scene.died(person, at=DIED)
    assert not waiting(model, person)
    scene.death_taken_back(person, at=LIVES)
    again = waiting(model, person).get()
    assert (again.proposed_by, again.proposed_at) == (row.proposed_by, row.proposed_at)
    assert act in {one.act for one in awaited.about(fresh(person), LIVES + timedelta(hours=1))}
    fields = {"by": scene.cast[pair.decider], "at": LIVES + timedelta(hours=1)}
    pair.decide(fresh(again), approve=True, **fields)
    assert fresh(again).decision == "APPROVED"
    assert list(findings()) == []
    sound()


def test_cdcs_report_of_an_infection_waits_again_about_the_case_that_stands_again(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "SUSPECTED")
    report = scene.exit_reported(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=2))
    scene.died(person, at=later(hours=3))
    scene.death_taken_back(person, at=later(hours=4))
    again = waiting(ExitReport, person).get()
    assert again.pk != report.pk and again.case.resumes_id == case.pk
    exits.enter(fresh(again), by=scene.cast.group_xinchang, at=later(hours=5))
    assert Case.objects.of(fresh(person)).open().get().ground == "CONFIRMED"
    sound()
