"""`--ends`: of a test that is given a table, the first row and the last alone.

The run on PostgreSQL asks for it: every row runs on SQLite, and what PostgreSQL may answer in another way is the
statement, which the rows of one table share. Where each row brings statements of its own, or where the database itself
refuses, the test is marked `every_row`.
"""

from collections import defaultdict

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ends", action="store_true", help="run the first and the last row of each table alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("ends"):
        return
    tables: dict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if getattr(item, "callspec", None) and not item.get_closest_marker("every_row"):
            tables[item.path, getattr(item, "originalname", item.name)].append(item)
    between = {item for rows in tables.values() for item in rows[1:-1]}
    if between:
        config.hook.pytest_deselected(items=list(between))
        items[:] = [item for item in items if item not in between]
