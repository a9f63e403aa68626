"""The planner knows how large a table is: before an act on many on PostgreSQL, as the timer goes round on SQLite."""

import pytest
from django.db import connection

from healthcode.core import planner_statistics
from healthcode.core.offices.models import Division
from tests.factories import Cast, DivisionFactory

GROWN = 60  # more than the fifty rows that the database lets pass

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'")
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'")


def counted() -> float:
    """Return how many divisions the planner reckons with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE relname = 'offices_division'")
        return float(cursor.fetchone()[0])


@on_postgresql
def test_a_table_that_grew_is_counted_by_an_account_that_does_not_own_it(cast: Cast):
    before = counted()
    for number in range(GROWN):
        DivisionFactory(code=f"35{number:04}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE serves")
        cursor.execute("SET LOCAL ROLE serves")
        planner_statistics.refresh()
        cursor.execute("RESET ROLE")
    assert counted() >= before + GROWN


@on_postgresql
def test_in_an_act_of_many_parts_a_table_is_counted_as_it_grows_by_half_and_not_in_each_part(cast: Cast):
    before, taken_for, share = Division.objects.count(), set(), []
    for part in range(1, 31):
        codes = range(200 * part, 200 * (part + 1))
        Division.objects.bulk_create(Division(code=f"9{code:08}", name="x") for code in codes)
        planner_statistics.refresh()
        taken_for.add(counted())
        share.append(counted() / (before + 200 * part))
    assert len(taken_for) <= 12
    assert min(share) > 0.6


def counts_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        return [stat for (stat,) in cursor.fetchall()]


@pytest.fixture
def uncounted(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version = 0")


@on_sqlite
def test_the_embedded_database_counts_once_until_it_grew(uncounted):
    assert [planner_statistics.count_embedded() for _round in range(2)] == [True, False]


@on_sqlite
def test_a_small_table_and_an_empty_one_count_as_a_thousand_rows(uncounted):
    planner_statistics.count_embedded()
    for table in ("cases_rulebook", "cases_death"):
        found = counts_of(table)
        assert found
        assert {stat.split()[0] for stat in found} == {str(planner_statistics.FLOOR)}


@on_sqlite
def test_a_large_table_counts_as_what_it_is(uncounted):
    for number in range(2 * planner_statistics.FLOOR):
        DivisionFactory(code=f"35{number:04}")
    planner_statistics.count_embedded()
    most = max(int(stat.split()[0]) for stat in counts_of("offices_division"))
    assert most > 1.5 * planner_statistics.FLOOR  # a sample of an index is told from its pages
