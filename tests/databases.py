"""The test databases: SQLite by default, PostgreSQL through `python -m tools.postgres -- pytest`.

What every test begins with, the demo cast under the shipped rule book, is made once for each process. A test that
needs real commits (threads, a live server) takes `transactional_db`; afterwards the tables are emptied and that is put
back.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import TransactionTestCase, override_settings

from healthcode.audit import triggers
from tests import factories

THREAD_SECONDS = 60
gc.set_threshold(
    100_000, 20, 50
)  # the ORM makes many objects that die young: looking for cycles costs a tenth
# What every test begins with. Not on the connection: a browser test has another one beside its event loop.
loaded: dict[str, list[tuple[Any, ...]]] = {}
Outcome = Any  # what a call returned, or the exception that it raised


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's test database in a file of its own: threads cannot share one in memory."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Make the cast once, for all tests of this process, and remember it."""
    with django_db_blocker.unblock():
        factories.people_the_house()
        loaded.update({table: _rows(table) for table in connection.introspection.table_names()})


@pytest.fixture(scope="session", autouse=True)
def emptied_tables() -> Iterator[None]:
    """Let tests with real commits empty append-only tables, and begin again from the cast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield


def empty() -> None:
    """Put back every table that is not as it was: few are, and a TRUNCATE of all takes PostgreSQL half a second."""
    changed = {table: rows for table, rows in loaded.items() if _rows(table) != rows}
    triggers.drop(connection)
    with transaction.atomic(), connection.cursor() as cursor:  # references are checked at its end
        for table, rows in changed.items():
            cursor.execute(f"DELETE FROM {table}")
            if rows:
                places = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    triggers.install(connection)


@pytest.fixture(scope="session", autouse=True)
def cheap_settings() -> Iterator[None]:
    """Hash passwords cheaply, list no static files for each test client, do background work at once."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    at_once = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True, TASKS=at_once):
        yield


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of what the services write, as the database has it."""
    labels = ("cases", "complaints", "audit")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return {model.__name__: _rows(model._meta.db_table) for model in models}


def _rows(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return cursor.fetchall()


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a module's own fixtures write once for all of its tests: each test is undone back to what they wrote.

    What they make lasts for the module, so they take `kept` and are of scope "module" themselves.
    """
    outer = transaction.atomic()
    outer._from_testcase = True  # as Django's own test cases mark theirs: what is durable may run inside
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, outer:
        patch.setattr(connection, "close", lambda: None)  # a test case closes what it leaves behind
        yield
        transaction.set_rollback(True)


@pytest.fixture
def together(transactional_db: None) -> Callable[..., list[Outcome]]:
    """Return a function that runs calls in threads, all released at once.

    Each thread has its own connection. The outcomes come in the order of the calls.
    """
    return run_together


def run_together(*calls: Callable[[], Any]) -> list[Outcome]:
    gate = threading.Barrier(len(calls))
    outcomes: list[Outcome] = [TimeoutError("The call never came back.")] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(THREAD_SECONDS)
            outcomes[place] = call()
        except Exception as refusal:
            outcomes[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(THREAD_SECONDS)
    return outcomes
