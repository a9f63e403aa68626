"""The test databases: SQLite by default, PostgreSQL through `python -m tools.postgres -- pytest`.

What every test begins with, the demo cast under the shipped rule book, is made once for each run and copied for each
process. A test that
needs real commits (threads, a live server) takes `transactional_db`; afterwards the tables are emptied and that is put
back.
"""

import fcntl
import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import TransactionTestCase, override_settings

from healthcode.core.audit import skew, triggers
from tests import factories, migrated

THREAD_SECONDS = 60
gc.set_threshold(
    100_000, 20, 50
)  # the ORM makes many objects that die young: looking for cycles costs a tenth
# What every test begins with. Not on the connection: a browser test has another one beside its event loop.
loaded: dict[str, list[tuple[Any, ...]]] = {}
Outcome = Any  # what a call returned, or the exception that it raised


@pytest.fixture(scope="session")
def django_db_setup(
    tmp_path_factory: pytest.TempPathFactory, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Copy a database with the cast, that the first of this run's processes made, and remember what is in it."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    folder = tmp_path_factory.getbasetemp().parent if process else tmp_path_factory.getbasetemp()
    with django_db_blocker.unblock():
        with _one_at_a_time(folder / "lock"):
            if not (folder / "made").exists():
                _make(folder)
                (folder / "made").touch()
            _copy(folder, process or "alone")
        factories.know_the_cast()
        loaded.update({table: _rows(table) for table in connection.introspection.table_names()})
        yield
        connection.close()


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    original = connection.settings_dict["NAME"]
    _keep_in(folder)
    migrated.make()
    factories.people_the_house()
    connection.close()  # nobody may be connected to what is copied
    connection.settings_dict["NAME"] = original


def _copy(folder: Path, name: str) -> None:
    _keep_in(folder)
    creation = connection.creation
    connection.settings_dict["NAME"] = creation._get_test_db_name()
    creation.clone_test_db(suffix=name, verbosity=0, autoclobber=True)
    connection.close()
    connection.settings_dict.update(creation.get_test_db_clone_settings(name))
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"]


def _keep_in(folder: Path) -> None:
    """Keep SQLite's databases in files: threads cannot share one in memory."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")


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
    """Hash passwords cheaply, list no static files for each test client, do background work at once.

    A page that is refused writes no traceback of it: to format one takes longer than to refuse.
    """
    hashers = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "healthcode.core.offices.one_time.CodeHasher",
    ]
    at_once = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    skew.TOLERANCE = timedelta(days=100_000)  # tests travel in time, and PostgreSQL does not
    for name in ("django.request", "django.security"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True, TASKS=at_once, KEPT_DIR=""):
        yield


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of what the services write, as the database has it, but the lines that outlast a refusal."""
    labels = ("cases", "complaints", "audit", "offices", "acts", "supervision")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return {model.__name__: _rows(model._meta.db_table) for model in models}


def _rows(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        lasting = " WHERE action <> 'person.look_up_refused'" if table == "audit_event" else ""
        cursor.execute(f"SELECT * FROM {table}{lasting} ORDER BY 1")
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
