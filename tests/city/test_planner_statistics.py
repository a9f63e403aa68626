"""An act on many counts first what it goes through, under an account that owns no table."""

import pytest
from django.db import connection

from healthcode.core import planner_statistics
from tests.factories import Cast, DivisionFactory

GROWN = 60  # more than the fifty rows that the database lets pass

pytestmark = [pytest.mark.skipif("connection.vendor != 'postgresql'")]


def counted() -> float:
    """Return how many divisions the planner reckons with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE relname = 'offices_division'")
        return float(cursor.fetchone()[0])


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
