"""`--ends`: of a test that is given a table, the first row and the last alone, and none that others cover.

The run on PostgreSQL asks for it: every row runs on SQLite, and what PostgreSQL may answer in another way is the
statement, which the rows of one table share. Where each row brings statements of its own, or where the database itself
refuses, the test is marked `every_row`. Whatever sends only statements that others send as well stands in `covered.txt`
(`make covered`), and what is new does not yet.
"""

from collections import defaultdict
from pathlib import Path

import pytest

COVERED = Path(__file__).parent / "covered.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ends", action="store_true", help="run the first and the last row of each table alone")
    parser.addoption("--covered", action="store_true", help="with --ends, run what others cover as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("ends"):
        return
    tables: dict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if getattr(item, "callspec", None) and not item.get_closest_marker("every_row"):
            tables[item.path, getattr(item, "originalname", item.name)].append(item)
    left_out = {item for rows in tables.values() for item in rows[1:-1]}
    if not config.getoption("covered"):
        covered = set(COVERED.read_text().splitlines())
        left_out |= {item for item in items if item.nodeid in covered}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
