"""Rules of single rows that the database itself holds: what breaks one is not written, by whatever way.

A model declares them in `guards`, in SQL that both engines read. `triggers.py` puts them in place, beside what keeps
the append-only tables; a table that is guarded loses no row either, or a rule would be evaded by writing a row anew.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

LETTERS_AND_DIGITS = ("Lu", "Ll", "Lt", "Lo", "Nd", "Nl", "No")
FILLERS = "\u115f\u1160\u3164\uffa0"  # letters of Hangul by their class, and nothing to be seen
IDEOGRAPHS = range(0x20000, 0x3FFFE)  # the two planes that hold nothing else, whatever is added to them


def _signs() -> str:
    """Return the letters and digits of all scripts, as the ranges within a character class.

    By a version of Unicode that stays: the triggers are compared letter by letter, whichever Python runs.
    """
    category, ranges = unicodedata.ucd_3_2_0.category, list[list[int]]()
    for code in range(IDEOGRAPHS.start):  # beyond their planes that version has no letter and no digit
        sign = chr(code)
        if category(sign) in LETTERS_AND_DIGITS and sign not in FILLERS:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    ranges.append([IDEOGRAPHS.start, IDEOGRAPHS.stop - 1])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in ranges)


SIGNS = _signs()
SIGN = re.compile(f"[{SIGNS}]")
SILENT = "SAYS_NOTHING"  # stands in a rule for what each engine calls it
SILENT_IN = {"postgresql": f"!~ '[{SIGNS}]'", "sqlite": f"NOT GLOB '*[{SIGNS}]*'"}


@dataclass(frozen=True)
class Guard:
    """A rule: a row is refused where the SQL `refuses` is true. It speaks of NEW, on an UPDATE of OLD as well."""

    on: str  # INSERT or UPDATE
    refuses: str
    message: str


UNLIKE = "#"  # written over a text that has to stay unlike all others of its column: the row's own key
GONE = "–"  # written over a text that may not be empty
AGO = re.compile(r"DAYS_AGO\((\d+)\)")  # stands in a rule for what each engine calls that instant
AGO_IN = {
    "postgresql": r"(now() - interval '\1 days')",
    "sqlite": r"strftime('%Y-%m-%d %H:%M:%S', 'now', '-\1 days')",
}


@dataclass(frozen=True)
class Erasable:
    """What of an append-only table does not stay for ever, in SQL that both engines read.

    Its `texts` may be written over, each with what stands here, where `erased` is true of NEW, and nothing else with
    them; a row of which `over` is true, which speaks of OLD, may go.
    """

    texts: Mapping[str, str | None] = field(default_factory=dict)
    erased: str = ""
    over: str = ""


def lets_pass(erasable: Erasable, columns: Sequence[str], vendor: str) -> tuple[str, str]:
    """Return the SQL that tells whether an UPDATE, and whether a DELETE, is one that is let pass."""
    kept = [column for column in columns if column not in erasable.texts]
    texts = (f"({_written_over(name, text)} OR NOT {changed(name)})" for name, text in erasable.texts.items())
    update = " AND ".join([f"NOT {changed(*kept)}", *texts, erasable.erased]) if erasable.erased else ""
    return _dialect(update, vendor), _dialect(erasable.over, vendor)


def _written_over(column: str, text: str | None) -> str:
    if text is None:
        return f'NEW."{column}" IS NULL'
    return f'NEW."{column}" = ' + ("'erased-' || NEW.id" if text == UNLIKE else f"'{text}'")


def _dialect(sql: str, vendor: str) -> str:
    sql = AGO.sub(AGO_IN[vendor], sql)
    return sql.replace("IS DISTINCT FROM", "IS NOT") if vendor == "sqlite" else sql


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


def says(text: str) -> bool:
    """Tell whether a text has a letter or a digit of any script: blanks, dots and dashes say nothing."""
    return SIGN.search(text) is not None


ID_STAYS = stays("id", message="the key of a row stays")


def blank(column: str) -> str:
    """Return the SQL that tells whether a text has no letter and no digit, as `says` tells it."""
    return f'NEW."{column}" {SILENT}'


def silent(column: str, *, optional: bool) -> Guard:
    """Return the rule that a text which somebody writes says something."""
    given = f"NEW.\"{column}\" <> '' AND " if optional else ""
    return Guard("INSERT", f"{given}{blank(column)}", f"{column} says nothing")


def declared(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, Sequence[Guard]]]:
    """Yield the tables that exist and have rules, of their models or of a field, with them."""
    standing = set(connection.introspection.table_names())
    for model in apps.get_models():
        of_fields = [field.guard for field in model._meta.local_fields if hasattr(field, "guard")]
        own = getattr(model, "guards", ())
        if model._meta.db_table in standing and (own or of_fields):
            yield model._meta.db_table, (*own, *([ID_STAYS] if own else ()), *of_fields)


def keeping() -> set[str]:
    """Return the tables that lose no row: those that have rules of their own, beside those of a field."""
    return {model._meta.db_table for model in apps.get_models() if getattr(model, "guards", ())}


def statements(vendor: str, table: str, guards: Sequence[Guard]) -> Iterator[tuple[str, str, str]]:
    """Yield name and statement of each trigger of a table, and the body of the function that PostgreSQL calls for it.

    One trigger for all rules of a verb: a mass opening inserts rows by the hundred thousand.
    """
    for verb in ("INSERT", "UPDATE"):
        rules = [
            (guard.refuses.replace(SILENT, SILENT_IN[vendor]), guard.message)
            for guard in guards
            if guard.on == verb
        ]
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
