"""The database itself refuses an ending that rests on nothing, whichever way it is written."""

import pytest
from django.db import DatabaseError, connection, transaction

from cases.models import Case
from cases.models.cases import State
from healthcode.core.audit import triggers
from tests.cases.scenes import Scene, T, later

pytestmark = pytest.mark.every_row


def by_orm(case):
    case.state, case.exit, case.closed_at, case.closed_by = (
        State.ENDED,
        "DEATH",
        later(hours=1),
        case.entered_by,
    )
    case.save()


def in_bulk(case):
    Case.objects.filter(pk=case.pk).update(
        state=State.ENDED, exit="DEATH", closed_at=later(hours=1), closed_by=case.entered_by
    )


def by_sql(case):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET state = 'ENDED', exit = 'DEATH', closed_at = opened_at, closed_by_id = opened_by_id"
            " WHERE id = %s",
            [case.pk],
        )


def as_a_new_row(case):
    case.pk, case.evidence_ref = None, "another"
    by_orm(case)


@pytest.mark.parametrize("write", [by_orm, in_bulk, by_sql, as_a_new_row])
def test_no_case_ends_without_a_basis(scene: Scene, write):
    case = scene.overseas(scene.person(), at=T)
    key = case.pk
    with pytest.raises(DatabaseError, match="a case ends on a basis"), transaction.atomic():
        write(case)
    assert Case.objects.open().filter(pk=key).exists()


def test_a_guard_that_is_gone_is_found(scene: Scene):
    triggers.drop(connection, "cases_case")
    assert {(fault.kind, fault.table) for fault in triggers.faults(connection)} == {("missing", "cases_case")}
    triggers.install(connection)
    assert triggers.faults(connection) == []
