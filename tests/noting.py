"""Note which statements each test sends, for `make covered`: `NOTES=/tmp/notes pytest -p tests.noting`.

A statement is the line of the product that sent it, its verb, every name of a table or column in it, and whether the
database refused it. What the fixtures of a module send counts for the module.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db import DatabaseError, connection

ROOMS = tuple(
    str(Path(__file__).parents[1] / room) + os.sep for room in ("cases", "complaints", "healthcode")
)
# About the database itself, or sending it whatever comes: bodies, and stories told at random.
DATABASE = (
    *("tests/tampering/", "tests/audit/", "tests/facts/test_guard.py", "tests/api/test_fuzz.py"),
    "tests/facts/test_machine.py",
)
COMMITS = frozenset(("transactional_db", "together", "live_server"))
NAME = re.compile(r'"(\w+)"')
numbers: dict[tuple[str, str], int] = {}
tests: dict[str, dict[str, Any]] = {}
modules: dict[str, set[int]] = {}
sends: list[set[int]] = []


def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    text = str(sql)  # psycopg composes some
    verb = text.lstrip().partition(" ")[0].upper()
    refused = ""
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        refused = type(error).__name__
        raise
    finally:
        place = _place(sys._getframe(1))
        if sends and place and verb not in ("SAVEPOINT", "RELEASE", "ROLLBACK"):
            names = " ".join(sorted(set(NAME.findall(text)) or {text[:200]}))
            sends[-1].add(numbers.setdefault((place, f"{refused} {verb} {names}"), len(numbers)))


def _place(frame: FrameType | None) -> str:
    while frame is not None:
        if frame.f_code.co_filename.startswith(ROOMS):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Iterator[Any]:
    if fixturedef.scope == "function":
        return (yield)
    module = request.node.nodeid.partition("::")[0]
    sends.append(modules.setdefault(module, set()) if fixturedef.scope == "module" else set())
    try:
        return (yield)
    finally:
        sends.pop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    if note not in connection.execute_wrappers:
        connection.execute_wrappers.append(note)
    own: set[int] = set()
    sends.append(own)
    began = time.process_time()
    result = yield
    sends.pop()
    tests[item.nodeid] = {
        "sends": sorted(own),
        "seconds": time.process_time() - began,
        "fixed": item.nodeid.startswith(DATABASE) or _commits(item),
    }
    return result


def _commits(item: pytest.Item) -> bool:
    marked = any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
    return marked or not COMMITS.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_sessionfinish() -> None:
    path = Path(f"{os.environ['NOTES']}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}.json")
    made = {module: sorted(keys) for module, keys in modules.items()}
    path.write_text(json.dumps({"statements": list(numbers), "tests": tests, "modules": made}))
