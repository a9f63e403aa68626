"""One person or fifty: the engine takes the same number of statements."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Transition
from cases.models.cases import Channel, EvidenceKind
from cases.services.engine.codes import turning

from .scenes import TODAY, Scene, T, fresh, later


def turned(scene: Scene, number: int) -> int:
    """Open and end a case for so many persons in two acts; return how many statements that took."""
    persons, by = [fresh(scene.person()) for _ in range(number)], scene.cast.province
    with CaptureQueriesContext(connection) as statements:
        with turning(persons, by=by, at=T, act="case.opened") as turn:
            turn.open(*(yellow(person, by) for person in persons))
        with turning(persons, by=by, at=later(hours=1), act="case.ended") as turn:
            turn.end(*turn_cases(persons), exit="RELEASED")
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
