"""The size of a city: what a file asks the database does not grow with its rows, beyond the parts it is written in."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.services.setup import files
from cases.services.setup.overview import overview
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.parts import PART

from .tables import NOW, OFFICES, STAFF, VENUES, prepared, table

HEADINGS = {"OFFICES": OFFICES, "STAFF": STAFF, "VENUES": VENUES}


def row(kind: str, number: int) -> tuple[str, ...]:
    if kind == "OFFICES":
        return (f"new-{number}", f"新社区{number}", "社区", ("新昌县羽林街道", "330624002")[number % 2])
    if kind == "STAFF":
        phone = f"139{number:08}"
        return (
            f"new.{number}",
            f"张{number}",
            phone,
            "社区管控人员",
            ("community-yulin", "community-nanming")[number % 2],
        )
    return (f"门{number}", "学校", ("school", "supermarket")[number % 2])


def content(kind: str, rows: int, *, first: int) -> bytes:
    return table(HEADINGS[kind], *(row(kind, number) for number in range(first, first + rows)))


def queries(kind: str, rows: int, cast, *, first: int) -> list[int]:
    """Return how many statements it takes to prepare a file, to look at it, to grant it and to print its letters."""
    counts = []

    def counted(act):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            made = act()
        counts.append(len(captured))
        return made

    file = counted(lambda: prepared(kind, content(kind, rows, first=first)))
    counted(lambda: overview(file, at=NOW))
    counted(lambda: files.decide(file, approve=True, by=cast.admin_two, at=NOW))
    file.refresh_from_db()
    if kind == "STAFF":
        counted(lambda: files.unfolded(files.folded(files.take_letters(file, by=cast.admin_two, at=NOW))))
    return counts


@pytest.mark.parametrize("kind", ["OFFICES", "STAFF", "VENUES"])
def test_within_one_part_a_file_asks_the_same_however_many_rows_it_has(cast, kind):
    queries(kind, 1, cast, first=0)  # what is read once
    few, many = queries(kind, 20, cast, first=100), queries(kind, 200, cast, first=1000)
    # SQLite writes as many rows with one statement as it can name values.
    writes = 200 * 25 // connection.features.max_query_params if connection.features.max_query_params else 0
    assert many[:2] == few[:2]
    assert sum(many) - sum(few) <= 2 * writes + 4


def test_each_further_part_of_a_file_costs_a_handful_of_statements(cast):
    queries("STAFF", 1, cast, first=0)
    one, three = (queries("STAFF", PART * parts, cast, first=10_000 * parts) for parts in (1, 3))
    assert three[0] - one[0] <= 2 * 3
    assert three[1] - one[1] <= 2 * 3
    assert User.objects.filter(username__startswith="new.").count() == 4 * PART + 1
    assert Office.objects.filter(code__startswith="new-").count() == 0
