"""What stands, table by table, and which tables an act reads and writes: what leads nowhere new is not gone on from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from cases.models import Case, ClinicVisit, ControlOrder, LabResult, NumberChange, Person
from tests.alone.forms import COSMETIC

# The rows whose times decide, to the hour; of all others that something is there.
TIMED = {LabResult: ("sampled_at",), ClinicVisit: ("visited_at",), ControlOrder: ("until",)}
UNTOLD = {
    "LookUp",
    "HealthLog",
    "Transport",
    "GateCheck",
    "Transition",
    "Venue",
    "GroundChannel",
    "BatchPart",
    "Basis",
}
EXACT = {"document_index", "exit", "pool_size"}


@contextmanager
def touching(read: set[str]) -> Iterator[set[str]]:
    """Add the tables that are read, and collect those that are written to."""
    written: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        looked_at, changed = tables_of(sql)
        read.update(looked_at)
        written.update(changed)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


@cache
def tables_of(sql: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tables that a statement reads, and those that it writes to."""
    return frozenset(READS.findall(sql)) & TABLES.keys(), frozenset(WRITES.findall(sql))


@dataclass(frozen=True)
class State:
    """What stands, table by table: two sequences that lead to the same need not both be gone on from."""

    tables: tuple[tuple[str, int], ...]

    @classmethod
    def now(cls) -> "State":
        return cls(tuple((table, _read(TABLES[table])) for table in sorted(TABLES)))

    def after(self, written: set[str]) -> "State":
        """Return what stands now that these tables were written to."""
        return State(
            tuple((table, _read(TABLES[table]) if table in written else read) for table, read in self.tables)
        )


def _read(model: type[models.Model]) -> int:
    return hash(tuple(sorted(_rows(model))))


def _rows(model: type[models.Model]) -> Iterator[str]:
    fields = model._meta.concrete_fields
    names = [one.attname for one in fields if _decides(one)]
    filled = [one.attname for one in fields if isinstance(one, models.DateTimeField) and one.null]
    times = TIMED.get(model, ())
    for row in model._default_manager.values_list(*times, *names, *filled):
        count = len(times) + len(names)
        exact = [f"{value:%d%H}" if value else "" for value in row[: len(times)]]
        yield repr((exact, row[len(times) : count], [value is None for value in row[count:]]))


def _decides(one: models.Field[Any, Any]) -> bool:
    if one.name in COSMETIC or one.name == "reading":
        return False
    chosen = isinstance(one, models.ForeignKey | models.BooleanField) or bool(one.choices)
    return chosen or one.name in EXACT


WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
READS = re.compile(r'(?:FROM|JOIN|INTO|UPDATE) "?(\w+)"?')
TABLES: dict[str, type[models.Model]] = {
    model._meta.db_table: model
    for label in ("cases", "complaints")
    for model in apps.get_app_config(label).get_models()
    if model.__name__ not in UNTOLD
}
# Only where one of these changes can a code be lighter, or somebody else's.
DECIDING = {model._meta.db_table for model in (Case, Person, NumberChange)}
