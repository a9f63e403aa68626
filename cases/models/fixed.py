"""The triggers that keep a decided rule book as it was decided: on both engines, side by side.

Only its adoption may still be written, once. A migration that rebuilds the table drops them: they are put back after
every migrate.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.models.rulebooks import RuleBook

TABLE = RuleBook._meta.db_table
NAME = f"{TABLE}_decided"
OPEN = "adopted_at"  # the one thing still to come
COLUMNS = [field.column for field in RuleBook._meta.concrete_fields if field.column != OPEN]
SAME = {"postgresql": "IS DISTINCT FROM", "sqlite": "IS NOT"}
SAID = f"{TABLE}: what was decided stays as it is"


def statements(vendor: str) -> list[str]:
    """Return what puts the trigger in place."""
    differs = SAME[vendor]
    changed = " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in COLUMNS)
    again = f'(OLD."{OPEN}" IS NOT NULL AND NEW."{OPEN}" {differs} OLD."{OPEN}")'
    when = f"(OLD.decision <> 'PENDING' AND ({changed})) OR {again}"
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {NAME}",
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} WHEN {when} BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{SAID}'; END $$",
        f"CREATE OR REPLACE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({when})"
        f" EXECUTE FUNCTION {NAME}()",
    ]


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the trigger in place, once the table is there."""
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor):
            cursor.execute(statement)


def reinstall(*, using: str, **_: Any) -> None:
    """Install after migrate (a post_migrate receiver)."""
    install(connections[using])
