"""A mass act reads as many rows for each person, however many they are: PostgreSQL counts what it reads.

Its planner may know nothing of what came a moment ago. A statement whose order rests on such a guess compares everybody
with everybody, and no plan of a small table shows it.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from cases.models import Case, RiskArea
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory
from tests.facts.test_area_sets import KINDS, changed
from tests.facts.test_areas import SEVERE
from tools.cells import mass

FEW, MANY = 60, 480
TIMES = 12  # eight, and what hash tables and growing indexes make of them
READS = "SELECT sum(seq_scan + seq_tup_read + idx_scan + idx_tup_fetch) FROM pg_stat_xact_user_tables"
pytestmark = [pytest.mark.skipif("connection.vendor != 'postgresql'")]


def reads() -> int:
    """Return how many rows this transaction has read, and how often it has looked for one."""
    with connection.cursor() as cursor:
        cursor.execute(READS)
        return int(cursor.fetchone()[0])


def read_by(act: Callable[[], object]) -> int:
    before = reads()
    act()
    return reads() - before


def read_by_listing_and(scene: Scene, number: int, kind: str, fields: dict[str, Any]) -> tuple[int, int]:
    """Return what a listing reads that reaches so many people, and what its lifting or withdrawal reads."""
    mass.everybody(number, scene.cast.telecom, clean=False, reached=1)
    division = DivisionFactory(code=mass.LISTED)
    opening = read_by(lambda: scene.listed(name="丰台", division=division, from_at=T, **fields))
    area = RiskArea.objects.latest("pk")
    assert Case.objects.open().filter(risk_area=area).count() == number
    return opening, read_by(lambda: changed(scene, area, kind, hours=2))


@pytest.mark.parametrize("fields", [{}, SEVERE], ids=["yellow", "red"])
@pytest.mark.parametrize("kind", KINDS)
def test_eight_times_as_many_people_are_eight_times_as_many_rows(scene: Scene, kind, fields):
    found = []
    for number in (FEW, MANY):
        with transaction.atomic():
            found.append(read_by_listing_and(scene, number, kind, fields))
            transaction.set_rollback(True)
    (opening_few, change_few), (opening_many, change_many) = found
    assert opening_many < TIMES * opening_few
    assert change_many < TIMES * change_few
