"""What waits for a second person is carried out as it was planned: where, since when, and who answers for it."""

import pytest

from cases.models import Case
from cases.selectors.pending import pending
from cases.services.engine import officers, places
from cases.services.engine.plans import Plan
from cases.services.grounds import cases
from healthcode.core.offices import accounts
from tests.cases.scenes import DUE, Scene, day, fresh, later, order_of, refused


def plan_of(scene: Scene, **fields: object) -> Plan:
    site = scene.cast.office("isolation-xinchang")
    return Plan(**{"officer": scene.cast.officer_yulin, "site": site, "day0": day(0), **fields})  # type: ignore[arg-type]


def waiting(scene: Scene, way: str, **fields: object) -> Case:
    """Let a red wait for a second person: by its ground, or because it was voided before."""
    person = scene.person()
    if way == "discretionary":
        plan = plan_of(scene, kind="CENTRAL_ISOLATION", **fields)
        return scene.held(person, "OTHER_RED", began_on=day(-3), plan=plan)
    first = scene.clinical(person, evidence_ref="协查函1号", began_on=day(-3))
    scene.voided(first, at=later(hours=1))
    plan = plan_of(scene, **fields)
    return scene.clinical(person, evidence_ref="协查函1号", began_on=day(-3), plan=plan, at=later(hours=2))


def approved(scene: Scene, case: Case) -> Case:
    return cases.decide(fresh(case), approve=True, by=scene.cast.duty_xinchang, at=later(days=1))


@pytest.mark.parametrize("way", ("discretionary", "voided before"))
def test_what_was_planned_is_ordered_once_a_second_person_agrees(scene: Scene, way):
    case = waiting(scene, way)
    assert case.state == "HELD"
    approved(scene, case)
    order = order_of(case.person)
    assert (order.officer, order.office) == (scene.cast.officer_yulin, scene.cast.officer_yulin.office)
    assert (order.site, order.place) == (scene.cast.office("isolation-xinchang"), order.site.name)
    assert (order.day0, order.until) == (day(0), DUE)


def test_a_death_that_was_recorded_by_mistake_takes_no_plan_away(scene: Scene):
    case = waiting(scene, "discretionary")
    scene.died(case.person, at=later(hours=3))
    scene.death_taken_back(case.person, at=later(hours=4))
    approved(scene, Case.objects.get(person=case.person, state="HELD"))
    assert order_of(case.person).officer == scene.cast.officer_yulin


def test_an_officer_who_cannot_answer_any_more_is_not_named(scene: Scene):
    case = waiting(scene, "discretionary")
    accounts.deactivate(scene.cast.officer_yulin, reason="离职", by=scene.cast.admin_one, at=later(hours=3))
    approved(scene, case)
    order = order_of(case.person)
    assert (order.officer, order.office.kind) == (None, "COMMUNITY")


def test_a_plan_that_nobody_could_carry_out_does_not_begin_to_wait(scene: Scene):
    hospital = scene.cast.office("hospital-city")
    person = scene.person()
    for kind, extra in (
        (places.WrongPlace, {"site": hospital}),
        (officers.NotAnOfficer, {"officer": scene.cast.cdc_xinchang}),
    ):
        plan = plan_of(scene, kind="CENTRAL_ISOLATION", **extra)
        refused(kind, scene.held, person, "OTHER_RED", plan=plan)


@pytest.mark.parametrize("way", ("discretionary", "voided before"))
def test_whoever_decides_reads_what_will_be_ordered(scene: Scene, way):
    case = waiting(scene, way)
    words = {str(words) for words in dict(pending(case.person, at=later(hours=3))[0].facts).values()}
    assert words >= {"2026-11-02", str(case.plan_site), str(case.plan_officer)}
