"""No statement of a mass act compares everybody with everybody: SQLite says beforehand in which order it reads."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.cases.scenes import Scene
from tests.facts.test_area_sets import KINDS, area_of, changed
from tests.facts.test_areas import SEVERE, tracked

READ = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
SCAN = re.compile(
    r"SCAN (?!CONSTANT|json_each|\()"
)  # from end to end, but for what is written into the statement
pytestmark = [pytest.mark.skipif("connection.vendor != 'sqlite'")]


@pytest.fixture
def nested() -> Iterator[list[str]]:
    """Return the statements sent so far that read a table from end to end for each row of another."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "mass_" in sql and not many and READ.match(sql) and is_nested(sql, params):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def is_nested(sql: str, params: Any) -> bool:
    """Tell whether a statement reads a table from end to end for each row of another one."""
    loops = set()
    for _key, parent, _nothing, detail in connection.connection.execute(
        f"EXPLAIN QUERY PLAN {sql.replace('%s', '?')}", params or ()
    ):
        if parent in loops and SCAN.match(detail):
            return True
        if detail.startswith(("SCAN", "SEARCH")):
            loops.add(parent)
    return False


@pytest.mark.parametrize("fields", [{}, SEVERE], ids=["yellow", "red"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_mass_act_reads_one_table_at_a_time_from_end_to_end(scene: Scene, nested: list[str], kind, fields):
    tracked(scene)
    changed(scene, area_of(scene, **fields), kind, hours=2)
    assert nested == []


def test_whoever_is_hit_is_found_again_by_an_index(scene: Scene, nested: list[str]):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE mass_one (a bigint)")
        cursor.execute("CREATE TEMPORARY TABLE mass_other (b bigint)")
        cursor.execute("SELECT 1 FROM mass_one CROSS JOIN mass_other WHERE a + 0 > b + 0")
    assert len(nested) == 1
