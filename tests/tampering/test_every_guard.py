"""Whichever guard the database lost, or has another of in its place, no writer starts, and a sentence names it."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import CheckConstraint, UniqueConstraint

from healthcode.core.audit import checks
from tests.factories import Cast

from .test_constraints import lose, rewritten, run

ON_POSTGRESQL = connection.vendor == "postgresql"
STANDING = (
    "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    if ON_POSTGRESQL
    else "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
)
NOTHING = (
    "CREATE OR REPLACE FUNCTION audit_nothing() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END$$"
)
Declared = tuple[str, Any]  # a table, and a constraint of its model


@pytest.fixture
def triggers(cast: Cast) -> list[tuple[str, str, str]]:
    """All that stand, each with its table and the statement that made it."""
    if ON_POSTGRESQL:
        connection.check_constraints()  # with deferred ones waiting, it takes no trigger away
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        return cursor.fetchall()


def drop(name: str, table: str) -> str:
    return f"DROP TRIGGER {name}" + (f" ON {table}" if ON_POSTGRESQL else "")


def idle(made: str) -> str:
    """Return the statement of a trigger of the same name, at the same moments, that does nothing."""
    if ON_POSTGRESQL:
        return made.rpartition(" EXECUTE ")[0] + " EXECUTE FUNCTION audit_nothing()"
    return made.partition(" BEGIN ")[0] + " BEGIN SELECT 1; END"


def sentences() -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        checks.refuse_lost_guards()
    return str(refused.value)


def test_each_trigger_that_is_gone_is_named(triggers):
    run(*(drop(name, table) for name, table, _made in triggers))
    refused = sentences()
    assert [name for name, *_ in triggers if f"(audit.E001) Trigger {name} is missing" not in refused] == []


def test_each_trigger_that_does_nothing_any_more_is_named(triggers):
    if ON_POSTGRESQL:
        run(NOTHING)
    for name, table, made in triggers:
        run(drop(name, table), idle(made))
    refused = sentences()
    assert [name for name, *_ in triggers if f"(audit.E002) Trigger {name} in" not in refused] == []


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite switches no trigger off")
@pytest.mark.parametrize("state", ["DISABLE", "ENABLE REPLICA"])
def test_each_trigger_that_is_switched_off_is_named(triggers, state):
    run(*(f"ALTER TABLE {table} {state} TRIGGER {name}" for name, table, _made in triggers))
    refused = sentences()
    assert [name for name, *_ in triggers if f"(audit.E002) Trigger {name} in" not in refused] == []


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one kind of session")
def test_all_triggers_are_named_where_the_session_lets_none_fire(triggers):
    """As `ALTER ROLE … SET session_replication_role` has it for whoever serves."""
    run("SET LOCAL session_replication_role = replica")
    refused = sentences()
    run("SET LOCAL session_replication_role = origin")
    assert [name for name, *_ in triggers if f"(audit.E002) Trigger {name} in" not in refused] == []


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite's triggers call no function")
def test_a_function_that_does_nothing_any_more_is_named_with_each_trigger_that_calls_it(triggers):
    called = {made.rpartition(" ")[2] for _name, _table, made in triggers}
    run(*(NOTHING.replace("audit_nothing()", function) for function in called))
    refused = sentences()
    assert [name for name, *_ in triggers if f"(audit.E002) Trigger {name} in" not in refused] == []


def declared(kind: type) -> list[Declared]:
    models = apps.get_models(include_auto_created=True)
    return [
        (model._meta.db_table, one)
        for model in models
        for one in model._meta.constraints
        if isinstance(one, kind)
    ]


def unnamed(constraints: list[Declared]) -> list[str]:
    refused = sentences()
    return [one.name for table, one in constraints if f"Constraint {one.name} of {table} in" not in refused]


def test_each_check_that_is_gone_is_named(cast: Cast):
    lost = declared(CheckConstraint)
    for table, one in lost:
        lose(table, one.name)
    assert unnamed(lost) == []


def standing_check(table: str, name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass",
            [name, table],
        )
        return cursor.fetchone()[0]


def weaken(table: str, name: str) -> None:
    """Let a check speak of the same columns and refuse nothing."""
    if ON_POSTGRESQL:
        check = standing_check(table, name)
        lose(table, name)
        run(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (({check}) OR ({check}) IS NOT TRUE)")
    else:
        rewritten(table, name, lambda check: f"({check}) OR ({check}) IS NOT TRUE")


def test_each_check_that_refuses_nothing_any_more_is_named(cast: Cast):
    weakened = declared(CheckConstraint)
    for table, one in weakened:
        weaken(table, one.name)
    assert unnamed(weakened) == []


def partial() -> list[Declared]:
    return [(table, one) for table, one in declared(UniqueConstraint) if one.condition is not None]


def test_each_partial_index_that_is_gone_is_named(cast: Cast):
    run(*(f"DROP INDEX {one.name}" for _table, one in partial()))
    assert unnamed(partial()) == []


def test_each_partial_index_that_holds_fewer_rows_is_named(cast: Cast):
    """The same columns, and a condition about the same columns."""
    of = "pg_indexes WHERE indexname" if ON_POSTGRESQL else "sqlite_master WHERE name"
    for _table, one in partial():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {'indexdef' if ON_POSTGRESQL else 'sql'} FROM {of} = %s", [one.name])
            made, _where, rows = cursor.fetchone()[0].partition(" WHERE ")
        run(f"DROP INDEX {one.name}", f"{made} WHERE ({rows}) AND id < 0")
    assert unnamed(partial()) == []


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite hides no rows")
def test_a_policy_that_hides_rows_is_named(cast: Cast):
    run("CREATE POLICY hidden ON cases_case FOR SELECT USING (id < 0)")
    assert "(audit.E003) hidden on cases_case" in sentences()
