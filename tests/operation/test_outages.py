"""A database that goes away: background work waits for it, pages and API say so."""

import sqlite3
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.test import Client
from django_tasks_db.management.commands import db_worker

from healthcode.core import outages
from healthcode.core.offices.models import User
from healthcode.portal import home
from healthcode.portal.recurring import ticking
from tests.factories import Cast

pytestmark = pytest.mark.any_database


def of_postgresql(kind: type[psycopg.OperationalError] = psycopg.OperationalError) -> OperationalError:
    """Return what Django raises when psycopg raised this."""
    error = OperationalError("server closed the connection unexpectedly")
    error.__cause__ = kind("server closed the connection unexpectedly")
    return error


def of_sqlite(name: str) -> OperationalError:
    cause = sqlite3.OperationalError(name)
    cause.sqlite_errorname = name
    error = OperationalError(name)
    error.__cause__ = cause
    return error


LOST = of_postgresql()
BUSY = of_postgresql(psycopg.errors.QueryCanceled)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LOST, "lost"),
        (of_postgresql(psycopg.errors.AdminShutdown), "lost"),
        (of_postgresql(psycopg.errors.CannotConnectNow), "lost"),
        (of_postgresql(psycopg.errors.TooManyConnections), "lost"),
        (of_postgresql(psycopg.errors.DiskFull), "lost"),
        (InterfaceError("connection already closed"), "lost"),
        (of_sqlite("SQLITE_CANTOPEN"), "lost"),
        (of_sqlite("SQLITE_IOERR_WRITE"), "lost"),
        (BUSY, "busy"),
        (of_postgresql(psycopg.errors.LockNotAvailable), "busy"),
        (of_postgresql(psycopg.errors.DeadlockDetected), "busy"),
        (of_sqlite("SQLITE_BUSY"), "busy"),
        (of_sqlite("SQLITE_ERROR"), ""),
        (InterfaceError("the cursor is closed"), ""),
        (ProgrammingError("no such column"), ""),
        (ValueError("connection"), ""),
    ],
)
def test_a_lost_a_busy_and_a_misused_database_are_told_apart(error, kind):
    found = "lost" if outages.is_lost(error) else "busy" if outages.is_busy(error) else ""
    assert found == kind


def test_work_is_begun_anew_after_growing_pauses_and_says_so(caplog, monkeypatch):
    work, waited = mock.Mock(side_effect=[LOST] * 8 + ["done"]), []
    monkeypatch.setattr("time.sleep", waited.append)
    assert outages.outlast(work) == "done"
    assert waited == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert "The database is away (server closed the connection unexpectedly)" in caplog.text


def test_a_fault_of_the_program_is_not_outlasted():
    with pytest.raises(ProgrammingError):
        outages.outlast(mock.Mock(side_effect=ProgrammingError("no such column")))


def test_the_timer_goes_on_when_the_database_is_back(monkeypatch: Any, db: None):
    rounds = mock.Mock(side_effect=[LOST, [], LOST, [], KeyboardInterrupt])
    monkeypatch.setattr(ticking, "tick", lambda *, at: rounds())
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(KeyboardInterrupt):
        call_command("tick", every=1)
    assert rounds.call_count == 5


def test_one_round_without_a_database_is_a_failure_of_one_line(monkeypatch: Any, db: None):
    monkeypatch.setattr(ticking, "tick", mock.Mock(side_effect=LOST))
    with pytest.raises(CommandError, match="The database is away"):
        call_command("tick")


def test_a_step_that_loses_the_database_ends_the_round():
    after = mock.Mock(return_value=0)
    steps = (ticking.TickStep("one", mock.Mock(side_effect=LOST)), ticking.TickStep("two", after))
    with mock.patch.object(ticking.accounts, "system"), pytest.raises(OperationalError):
        ticking.tick(at=mock.sentinel.at, steps=steps)
    assert not after.called


@pytest.fixture
def queue(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def test_the_worker_goes_on_when_the_database_is_back(queue: None, monkeypatch: Any, db: None):
    found = mock.Mock(side_effect=[LOST, LOST, None])
    monkeypatch.setattr("django_tasks_db.models.DBTaskResultQuerySet.get_locked", lambda rows: found())
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    call_command("db_worker", batch=True, startup_delay=False)
    assert found.call_count == 3


def test_a_worker_told_to_stop_while_the_database_is_away_does_not_begin_again(
    queue: None, monkeypatch: Any, db: None
):
    found = mock.Mock(side_effect=LOST)
    monkeypatch.setattr("django_tasks_db.models.DBTaskResultQuerySet.get_locked", lambda rows: found())
    options = {"queue_names": ["*"], "interval": 0, "batch": False, "backend_name": "default"}
    options |= {"startup_delay": False, "max_tasks": None, "worker_id": "one", "excluded_queue_names": []}
    worker = db_worker.Worker(**options)

    def stop(seconds: float) -> None:
        worker.running = False

    monkeypatch.setattr("time.sleep", stop)
    worker.run()
    assert found.call_count == 1


@pytest.fixture
def clerk(cast: Cast) -> User:
    return cast.service_xinchang


@pytest.fixture
def browser(clerk: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(clerk, backend="healthcode.core.offices.backends.RoleBackend")
    return client


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "暂时无法使用"), ("en", "Not available just now")]
)
@pytest.mark.parametrize("error", [LOST, BUSY])
def test_a_page_says_in_the_users_language_that_the_database_is_away(browser, clerk, language, words, error):
    User.objects.filter(pk=clerk.pk).update(language=language)
    with mock.patch.object(home, "home", side_effect=error):
        answer = browser.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "暂时无法使用"), ("en", "Not available just now")]
)
def test_who_asks_cannot_be_looked_up_and_is_answered_in_the_language_of_before(
    browser, clerk, language, words
):
    User.objects.filter(pk=clerk.pk).update(language=language)
    browser.get("/gate/")
    with mock.patch("healthcode.core.offices.backends.RoleBackend.get_user", side_effect=LOST):
        answer = browser.get("/")
    assert answer.status_code == 503
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "where",
    ["cases.api.persons.PersonsView.get_queryset", "healthcode.core.offices.backends.RoleBackend.get_user"],
)
def test_the_api_says_so_as_a_problem(browser, where):
    with mock.patch(where, side_effect=LOST):
        answer = browser.get("/api/v1/persons")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "10"


def test_a_fault_of_the_program_stays_one(browser):
    with mock.patch.object(home, "home", side_effect=ProgrammingError("no such column")):
        assert browser.get("/").status_code == 500


def test_a_fault_before_the_view_is_a_problem_of_the_api_too(browser):
    with mock.patch("healthcode.core.offices.backends.RoleBackend.get_user", side_effect=ValueError):
        answer = browser.get("/api/v1/persons")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
