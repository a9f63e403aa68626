"""What writes does not start where the database lost a trigger; what puts the trigger back does."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from healthcode.core.audit import checks, triggers
from healthcode.core.audit.models import Event
from tests.factories import Cast

WRITERS = ("tick", "db_worker")
LOSSES = ("audit_event", "cases_case", "cases_transition", "cases_rulebook", "cases_void")


@pytest.fixture(autouse=True)
def queued(settings: Any) -> None:
    """As in production: what is enqueued waits in the database for `db_worker`."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("table", LOSSES)
def test_no_writer_starts_without_its_triggers(cast: Cast, command, table):
    events = Event.objects.count()
    triggers.drop(connection, table)
    with pytest.raises(ImproperlyConfigured, match=f"{table}.*manage.py migrate"):
        call_command(command)
    assert Event.objects.count() == events


SWALLOWS = {
    "postgresql": "CREATE RULE swallow AS ON UPDATE TO cases_case DO INSTEAD NOTHING",
    "sqlite": "CREATE TRIGGER swallow BEFORE UPDATE ON cases_case BEGIN SELECT RAISE(IGNORE); END",
}


@pytest.mark.parametrize("command", WRITERS)
def test_no_writer_starts_beside_a_trigger_that_is_none_of_ours(cast: Cast, command):
    with connection.cursor() as cursor:
        cursor.execute(SWALLOWS[connection.vendor])
    with pytest.raises(ImproperlyConfigured, match="swallow on cases_case"):
        call_command(command)


def test_whoever_has_all_triggers_starts(cast: Cast):
    checks.refuse_lost_guards()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Copies the database's file")
def test_the_server_does_not_start_without_them_and_migrate_puts_them_back(
    django_db_setup: None, tmp_path: Path
):
    file = tmp_path / "portal.sqlite3"
    # Migrated as the suite's own was: all migrations over again take as long as fifty other tests.
    with sqlite3.connect(connection.settings_dict["NAME"]) as original, sqlite3.connect(file) as copy:
        original.backup(copy)
    environment: dict[str, Any] = {**os.environ, "DATABASE_URL": f"sqlite:///{file}"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert run("-c", "import healthcode.wsgi").returncode == 0
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER cases_case_guard_update")
    refused = run("-c", "import healthcode.wsgi")
    assert refused.returncode == 1 and "(audit.E001) Trigger cases_case_guard_update" in refused.stderr
    assert run("manage.py", "tick").returncode == 1
    assert run("manage.py", "migrate", "--verbosity", "0").returncode == 0
    assert run("-c", "import healthcode.wsgi").returncode == 0
