"""History grows and never changes: the database itself refuses, on both engines."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases.models import LabResult, Transition
from healthcode.core.audit import checks, triggers
from healthcode.core.audit.models import AppendOnlyError, Event
from tests.cases.scenes import Scene, T, sample

POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture(autouse=True)
def history(cast):
    """One row in every append-only table."""
    from cases.services.samples import results

    scene = Scene(cast)
    assert cast.group_xinchang.office
    person = scene.person()
    scene.clinical(person)
    results.enter(person, sample(T), by=cast.hospital_city, at=T)


def refuses(statement: str, *values: Any) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


pytestmark = pytest.mark.every_row
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
    missing = {error.msg.split()[1] for error in found}
    names = {
        name for template in (triggers.APPEND_ONLY, triggers.KEPT) for name in template[connection.vendor]
    }
    assert {name.format(table="audit_event") for name in triggers.APPEND_ONLY[connection.vendor]} <= missing
    assert {name.format(table="cases_case") for name in triggers.KEPT[connection.vendor]} <= missing
    assert {"cases_case_guard_insert", "cases_case_guard_update"} <= missing and len(missing) > len(names)
    call_command("migrate", verbosity=0)
    assert checks.triggers_stand(databases=["default"]) == []


ALTER = {
    "postgresql": "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RETURN coalesce(NEW, OLD); END $$",
    "sqlite": "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT 1; END",
}
SWALLOW = {
    "postgresql": "CREATE RULE swallow AS ON INSERT TO audit_event DO INSTEAD NOTHING",
    "sqlite": "CREATE TRIGGER swallow BEFORE INSERT ON audit_event BEGIN SELECT RAISE(IGNORE); END",
}


def test_a_trigger_that_only_keeps_its_name_is_reported():
    with connection.cursor() as cursor:
        if not POSTGRESQL:
            cursor.execute("DROP TRIGGER audit_event_no_update")
        cursor.execute(ALTER[connection.vendor])
    found = checks.triggers_stand(databases=["default"])
    assert "audit_event_no" in found[0].msg and {error.id for error in found} == {"audit.E002"}


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite cannot switch a trigger off")
def test_a_trigger_switched_off_is_reported():
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_change")
    assert [error.id for error in checks.triggers_stand(databases=["default"])] == ["audit.E002"]


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite's triggers call no function")
def test_a_function_that_may_read_from_end_to_end_again_is_reported():
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_cases_transition_guard_insert() RESET ALL")
    assert [error.id for error in checks.triggers_stand(databases=["default"])] == ["audit.E002"]


def test_what_swallows_events_before_they_are_written_is_reported():
    with connection.cursor() as cursor:
        cursor.execute(SWALLOW[connection.vendor])
    assert [error.id for error in checks.triggers_stand(databases=["default"])] == ["audit.E003"]


def test_every_append_only_table_is_guarded():
    ledger = {"audit_event", "audit_leaf", "audit_seal"}
    assert ledger | {"cases_transition", "cases_labresult"} <= set(triggers.tables(connection))
    assert triggers.faults(connection) == []
