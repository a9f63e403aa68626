"""Rules of single rows that the database itself holds: what breaks one is not written, by whatever way.

A model declares them in `guards`, in SQL that both engines read. `triggers.py` puts them in place, beside what keeps
the append-only tables; a table that is guarded loses no row either, or a rule would be evaded by writing a row anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

# What no evidence consists of: the blanks of Unicode, and those that have no width.
BLANKS = "".join(map(chr, (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029)))
BLANKS += "\u202f\u205f\u2060\u3000\u3164\ufeff"


@dataclass(frozen=True)
class Guard:
    """A rule: a row is refused where the SQL `refuses` is true. It speaks of NEW, on an UPDATE of OLD as well."""

    on: str  # INSERT or UPDATE
    refuses: str
    message: str


def changed(*columns: str) -> str:
    """Return the SQL that tells whether an UPDATE changes one of these columns."""
    return "(" + " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns) + ")"


def stays(*columns: str, message: str) -> Guard:
    """Return the rule that columns keep what they were written with."""
    return Guard("UPDATE", changed(*columns), message)


def once(*columns: str, message: str) -> Guard:
    """Return the rule that columns which were empty are written once."""
    again = (f'(OLD."{column}" IS NOT NULL AND {changed(column)})' for column in columns)
    return Guard("UPDATE", " OR ".join(again), message)


def blank(column: str) -> str:
    """Return the SQL that tells whether a text consists of blanks."""
    return f"trim(NEW.\"{column}\", '{BLANKS}') = ''"


def declared(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, Sequence[Guard]]]:
    """Yield the tables that exist and have rules, with them."""
    standing = set(connection.introspection.table_names())
    for model in apps.get_models():
        table, guards = model._meta.db_table, getattr(model, "guards", ())
        if guards and table in standing:
            yield table, guards


def statements(vendor: str, table: str, guards: Sequence[Guard]) -> Iterator[tuple[str, str, str]]:
    """Yield name and statement of each trigger of a table, and the body of the function that PostgreSQL calls for it.

    One trigger for all rules of a verb: a mass opening inserts rows by the hundred thousand.
    """
    for verb in ("INSERT", "UPDATE"):
        rules = [(guard.refuses, guard.message) for guard in guards if guard.on == verb]
        name = f"{table}_guard_{verb.lower()}"
        if not rules:
            continue
        if vendor == "postgresql":
            checks = "".join(f"IF {sql} THEN RAISE EXCEPTION '{message}'; END IF; " for sql, message in rules)
            calls = f"FOR EACH ROW EXECUTE FUNCTION audit_{name}()"
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {calls}",
                f" BEGIN {checks}RETURN NEW; END ",
            )
        else:
            checks = " ".join(f"WHEN {sql} THEN RAISE(ABORT, '{message}')" for sql, message in rules)
            checks = checks.replace("IS DISTINCT FROM", "IS NOT")  # which older SQLites do not know
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT CASE {checks} END; END",
                "",
            )
