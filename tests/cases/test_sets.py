"""One person or fifty, one case or four: the same number of statements."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case, RuleBook, Transition
from cases.models.cases import Channel, EvidenceKind
from cases.selectors.explanation import explain
from cases.services import control
from cases.services.engine.codes import turning

from .scenes import DUE, TODAY, Scene, T, fresh, later

HOLD = connection.vendor == "postgresql"  # an act holds the rule book in a statement of its own


@pytest.fixture(autouse=True)
def _the_book_is_known(scene: Scene) -> None:
    RuleBook.objects.in_force(T).policy  # noqa: B018 - its text comes once for each process


def turned(scene: Scene, number: int) -> int:
    """Open and end a case for so many persons in two acts; return how many statements that took."""
    persons, by = [fresh(scene.person()) for _ in range(number)], scene.cast.province
    with CaptureQueriesContext(connection) as statements:
        with turning(persons, by=by, at=T, act="case.opened") as turn:
            turn.open(*(yellow(person, by) for person in persons))
        with turning(persons, by=by, at=later(hours=1), act="case.ended") as turn:
            turn.end(*turn_cases(persons), exit="RELEASED", basis=[("SOURCE", 1)])
    return len(statements)


def yellow(person, by) -> Case:
    return Case(
        person=person,
        ground="AUTO_YELLOW",
        channel=Channel.AUTOMATIC.value,
        source_office=by.office,
        entered_by=by,
        entered_at=T,
        evidence_kind=EvidenceKind.TRACK.value,
        evidence_ref="轨迹1",
        began_on=TODAY,
    )


def turn_cases(persons) -> list[Case]:
    return list(Case.objects.open().filter(person__in=persons).select_related("person"))


def test_fifty_persons_take_as_many_statements_as_one(scene: Scene, monkeypatch):
    if connection.vendor == "sqlite":  # Django splits at 999 values; SQLite itself takes 32,766
        monkeypatch.setattr(connection.features, "max_query_params", 32_766)
    assert turned(scene, 1) == turned(scene, 50)
    assert Transition.objects.count() == 102


NIGHT = DUE - timedelta(hours=9)  # a sample taken then is in time for the end of control
MORNING = DUE + timedelta(hours=9)


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


@pytest.fixture(params=[1, 4])
def number(request: pytest.FixtureRequest) -> int:
    """Return of how many cases the person has; what an act costs does not depend on it."""
    return request.param


def contacts(scene: Scene, number: int) -> Any:
    """Return a person who is a contact of so many others, tested in time."""
    person = scene.person()
    for minute in range(number):
        scene.clinical(fresh(person), at=later(minutes=minute))
    scene.tested(fresh(person), at=NIGHT)
    return fresh(person)


def test_an_explanation_costs_the_same_for_one_case_and_four(scene: Scene, number: int):
    person = contacts(scene, number)
    explain(person, at=MORNING)
    assert statements(lambda: explain(person, at=MORNING)) == 19
    assert len(explain(person, at=MORNING).standing) == number


def test_explaining_risk_areas_costs_the_same_for_one_and_four(scene: Scene, number: int):
    person = scene.person()
    for minute in range(number):
        scene.risk(fresh(person), at=later(minutes=minute))
    assert (
        statements(lambda: explain(person, at=MORNING)) == 20
    )  # nobody stands under an order: one query more


def test_ending_control_costs_the_same_for_one_case_and_four(scene: Scene, number: int):
    person = contacts(scene, number)
    by = scene.cast.officer_yulin
    assert statements(lambda: control.end(person, by=by, at=MORNING)) == 28 + HOLD
    assert Case.objects.filter(exit="CONTROL_ENDED").count() == number


def test_a_test_that_ends_cases_costs_the_same_for_one_and_four(scene: Scene, number: int):
    person = scene.person()
    for minute in range(number):
        scene.risk(fresh(person), at=later(minutes=minute))
    hospital = scene.cast.hospital_city
    assert statements(lambda: scene.tested(fresh(person), at=MORNING, by=hospital)) == 16 + HOLD


def test_a_form_that_ends_a_fever_costs_the_same_for_one_and_four_other_cases(scene: Scene, number: int):
    person = scene.person()
    scene.fever(person)
    for minute in range(number):
        scene.risk(fresh(person), at=later(minutes=1 + minute))
    scene.visit(fresh(person), at=later(hours=1))
    scene.tested(fresh(person), at=later(hours=2))
    citizen = scene.cast.citizen
    assert citizen
    assert statements(lambda: scene.well(fresh(person), at=later(hours=3))) == 24 + HOLD


def test_an_excluded_index_case_closes_its_contacts_in_one_statement(scene: Scene, number: int):
    index = scene.clinical(scene.person(), "SUSPECTED")
    for _ in range(number):
        scene.clinical(scene.person(), index_case=index)
    with CaptureQueriesContext(connection) as asked:
        scene.exited(index, "EXCLUDED", at=later(hours=1))
    closing = [one for one in asked if one["sql"].startswith('UPDATE "cases_case"')]
    assert len(closing) == 2
