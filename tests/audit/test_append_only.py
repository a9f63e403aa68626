"""History grows and never changes: the database itself refuses, on both engines."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases.models import LabResult, Transition
from cases.services import people
from healthcode.audit import checks, triggers
from healthcode.audit.models import AppendOnlyError, Event
from tests.cases.scenes import Scene, T, sample

POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture(autouse=True)
def history(cast):
    """One row in every append-only table."""
    from cases.services import results

    scene = Scene(cast)
    assert cast.group_xinchang.office
    person = scene.person()
    scene.clinical(person)
    results.enter(person, sample(T), by=cast.hospital_city, at=T)
    assert people.look_up


def refuses(statement: str, *values: Any) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


MODELS = pytest.mark.parametrize("model", [Event, Transition, LabResult])
COLUMNS = {Event: "actor", Transition: "act", LabResult: "laboratory"}


@MODELS
def test_a_row_is_not_updated(model):
    refuses(f"UPDATE {model._meta.db_table} SET {COLUMNS[model]} = 'x'")


@MODELS
def test_a_row_is_not_deleted(model):
    refuses(f"DELETE FROM {model._meta.db_table}")


@MODELS
def test_a_queryset_does_neither(model):
    for act in (
        lambda: model.objects.update(**{COLUMNS[model]: "x"}),
        lambda: model.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


@MODELS
def test_an_instance_does_neither(model):
    row = model.objects.first()
    for act in (row.save, row.delete):
        with pytest.raises(AppendOnlyError):
            act()


@MODELS
@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no TRUNCATE")
def test_a_table_is_not_truncated(model):
    connection.check_constraints()  # with deferred ones waiting, PostgreSQL refuses for that reason
    refuses(f"TRUNCATE {model._meta.db_table} CASCADE")


@MODELS
@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL has no REPLACE")
def test_a_row_is_not_replaced_by_its_key(model):
    table = model._meta.db_table
    refuses(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize("model", [Transition, LabResult])
def test_a_row_is_not_replaced_by_another_unique_column(model):
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    moved = ", ".join("id + 1000" if column == "id" else column for column in columns)
    refuses(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {moved} FROM {table}")


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite's upsert needs the same words in another order")
def test_an_upsert_does_not_change_a_row():
    refuses("INSERT INTO audit_event SELECT * FROM audit_event ON CONFLICT (id) DO UPDATE SET actor = 'x'")


@pytest.mark.django_db(transaction=True)
def test_a_missing_trigger_is_reported_and_put_back_by_migrate(transactional_db):
    triggers.drop(connection)
    found = checks.triggers_stand(databases=["default"])
    assert {error.id for error in found} == {"audit.E001"}
    assert len(found) == len(triggers.tables(connection)) * len(triggers.NAMES[connection.vendor])
    call_command("migrate", verbosity=0)
    assert checks.triggers_stand(databases=["default"]) == []


def test_every_append_only_table_is_guarded():
    assert {"audit_event", "cases_transition", "cases_labresult"} <= set(triggers.tables(connection))
    assert triggers.missing(connection) == []
