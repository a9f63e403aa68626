"""What the database holds besides triggers: constraints that are lost, and triggers on tables without rules."""

import time
from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from healthcode.core.audit import checks, constraints
from healthcode.core.audit.constraints import TEXT
from tests.factories import Cast


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rewritten(table: str, name: str, check: Callable[[str], str]) -> None:
    """Write another check in the place of one into the statement that made a SQLite table, as its owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        sql = cursor.fetchone()[0]
        head, mark, tail = sql.partition(f'CONSTRAINT "{name}" CHECK (')
        plain, depth, end = TEXT.sub(lambda text: "_" * len(text.group()), tail), 1, 0
        while depth:
            depth += {"(": 1, ")": -1}.get(plain[end], 0)
            end += 1
        cursor.execute("PRAGMA writable_schema = ON")
        made = f"{head}{mark}{check(tail[: end - 1])}){tail[end:]}"
        cursor.execute("UPDATE sqlite_master SET sql = %s WHERE name = %s", [made, table])
        cursor.execute("PRAGMA writable_schema = OFF")


def lose(table: str, name: str) -> None:
    if connection.vendor == "postgresql":
        connection.check_constraints()
        run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    else:
        rewritten(table, name, lambda check: "1")


def test_every_constraint_of_every_model_stands_and_is_looked_at_quickly(cast: Cast):
    begun = time.monotonic()
    assert constraints.lost(connection) == []
    assert time.monotonic() - begun < 5


CHECKS = [("cases_void", "void_two_persons"), ("cases_case", "case_state_follows_instants")]
CHECKS += [("complaints_ticket", "ticket_limits")]


@pytest.mark.parametrize(("table", "name"), CHECKS)
def test_no_writer_starts_without_a_check_that_a_model_declares(cast: Cast, table: str, name: str):
    lose(table, name)
    with pytest.raises(ImproperlyConfigured, match=rf"audit.E004\) Constraint {name} of {table}"):
        checks.refuse_lost_guards()


@pytest.mark.parametrize("name", ["order_one_standing", "void_one_pending"])
def test_no_writer_starts_without_what_is_declared_unique(cast: Cast, name: str):
    run(f"DROP INDEX {name}")
    with pytest.raises(ImproperlyConfigured, match=rf"audit.E004\) Constraint {name}"):
        checks.refuse_lost_guards()


def test_no_writer_starts_where_another_constraint_has_only_the_name(cast: Cast):
    run("DROP INDEX order_one_standing", "CREATE UNIQUE INDEX order_one_standing ON cases_controlorder (id)")
    with pytest.raises(ImproperlyConfigured, match="Constraint order_one_standing"):
        checks.refuse_lost_guards()


UNRULED = {
    "postgresql": [
        "CREATE RULE swallow AS ON INSERT TO cases_ordercase DO INSTEAD NOTHING",
        "CREATE RULE swallow AS ON UPDATE TO cases_person DO INSTEAD NOTHING",
    ],
    "sqlite": [
        "CREATE TRIGGER swallow AFTER INSERT ON cases_ordercase"
        " BEGIN DELETE FROM cases_ordercase WHERE id = NEW.id; END",
        "CREATE TRIGGER swallow AFTER UPDATE ON cases_person"
        " BEGIN UPDATE cases_controlorder SET until = '2026-11-03' WHERE person_id = NEW.id; END",
    ],
}


@pytest.mark.parametrize("statement", UNRULED[connection.vendor])
def test_no_writer_starts_beside_a_trigger_of_others_on_a_table_without_rules(cast: Cast, statement: str):
    run(statement)
    with pytest.raises(ImproperlyConfigured, match=r"swallow on cases_(ordercase|person)"):
        checks.refuse_lost_guards()
