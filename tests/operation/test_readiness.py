"""What a load balancer and a monitor ask: whether the process lives, can answer, and how old the work beside it is."""

import base64
import json
from datetime import timedelta
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases import tasks
from healthcode.core.audit import ledger, sealing, skew, triggers
from healthcode.portal.models import Heartbeat
from healthcode.portal.operation import readiness, status
from tests.factories import Cast, register

ADDRESSES = ("/healthz", "/readyz", "/statusz")
LOST = OperationalError("server closed the connection unexpectedly")
LOST.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
RECORDER = "django.db.migrations.recorder.MigrationRecorder"


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: Any) -> None:
    monkeypatch.setattr(readiness._State, "guards_stood_at", -1e9)
    monkeypatch.setattr(readiness._State, "is_waiting", False)
    monkeypatch.setattr(readiness._State, "asked_at", -1e9)


@pytest.fixture
def anybody(settings: Any) -> Client:
    """Return a load balancer: it knows no host name and speaks no HTTPS."""
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["portal.example.gov.cn"], True
    return Client(headers={"Host": "10.0.0.7"}, raise_request_exception=False)


def asked(client: Client, path: str) -> tuple[int, dict[str, Any]]:
    answer = client.get(path)
    return answer.status_code, json.loads(answer.content)


@pytest.mark.parametrize("path", ADDRESSES)
def test_it_is_answered_before_host_check_and_redirect(db: None, anybody: Client, path: str):
    assert anybody.get(path).status_code == 200


@pytest.mark.any_database
def test_the_process_lives_without_a_database(anybody: Client):
    with mock.patch.object(connection, "ensure_connection", side_effect=LOST):
        assert asked(anybody, "/healthz") == (200, {"alive": True})


def test_without_a_database_it_is_not_ready(db: None, anybody: Client):
    with mock.patch.object(connection, "ensure_connection", side_effect=LOST):
        assert asked(anybody, "/readyz") == (503, {"ready": False, "faults": ["database"]})


def test_without_a_database_nothing_is_known_of_the_work(db: None, anybody: Client):
    with mock.patch.object(status, "ages", side_effect=LOST):
        assert asked(anybody, "/statusz") == (503, {"faults": ["database"]})


def forget(*, app: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", [app, name])


def test_a_missing_migration_is_named_at_the_start_and_keeps_it_from_being_ready(db: None, anybody: Client):
    forget(app="supervision", name="0002_heartbeat")
    assert asked(anybody, "/readyz") == (503, {"ready": False, "faults": ["migrations"]})
    with pytest.raises(ImproperlyConfigured, match=r"E012.*supervision\.0002_heartbeat.*manage\.py migrate"):
        readiness.require_sound_database()


@pytest.fixture
def newer(db: None) -> None:
    """Apply a migration that this version does not know."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_next', %s)",
            [timezone.now()],
        )


def test_an_unknown_newer_migration_is_no_fault(newer: None, anybody: Client):
    readiness.require_sound_database()
    assert asked(anybody, "/readyz")[0] == 200


def test_a_lost_guard_keeps_it_from_being_ready(db: None, anybody: Client):
    triggers.drop(connection, "audit_event")
    assert asked(anybody, "/readyz") == (503, {"ready": False, "faults": ["guards"]})


def test_the_guards_of_a_newer_version_are_not_this_ones_to_judge(newer: None, anybody: Client):
    triggers.drop(connection, "audit_event")
    assert asked(anybody, "/readyz")[0] == 200


def test_clocks_that_are_apart_keep_it_from_being_ready(db: None, anybody: Client):
    with mock.patch.object(skew, "are_together", return_value=False):
        assert asked(anybody, "/readyz") == (503, {"ready": False, "faults": ["clock"]})


def other_key(byte: int) -> str:
    return base64.urlsafe_b64encode(bytes([byte]) * 32).decode()


def test_a_key_that_does_not_open_what_is_stored_is_refused_by_its_column(cast: Cast, settings: Any):
    register(by=cast.service_xinchang)
    settings.VAULT_KEYS = [other_key(7)]
    with pytest.raises(ImproperlyConfigured, match=r"E013.*cases\.Person\.document_sealed"):
        readiness.require_sound_database()


def test_the_old_key_behind_a_new_one_opens_it(cast: Cast, settings: Any):
    register(by=cast.service_xinchang)
    settings.VAULT_KEYS = [other_key(7), *settings.VAULT_KEYS]
    readiness.require_sound_database()


def test_a_server_that_starts_without_a_database_answers_503_until_its_checks_pass(db: None):
    client = Client(raise_request_exception=False)
    with mock.patch.object(readiness, "require_sound_database", side_effect=LOST):
        readiness.start()
        page, api = client.get("/login/"), client.get("/api/v1/persons")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert (api.status_code, api.json()["code"]) == (503, "unavailable")
    readiness._State.asked_at = -1e9
    assert client.get("/login/").status_code == 200


def test_what_does_not_pass_when_the_database_is_back_is_not_served(db: None, caplog: Any):
    client = Client(raise_request_exception=False)
    with mock.patch.object(readiness, "require_sound_database", side_effect=LOST):
        readiness.start()
    triggers.drop(connection, "audit_event")
    assert client.get("/login/").status_code == 503
    assert "audit.E001" in caplog.text
    assert asked(client, "/readyz") == (503, {"ready": False, "faults": ["start"]})


def test_while_the_checks_do_not_pass_they_are_not_done_for_each_request(db: None):
    client = Client(raise_request_exception=False)
    with mock.patch.object(readiness, "require_sound_database", side_effect=LOST) as checked:
        readiness.start()
        client.get("/login/")
        client.get("/login/")
    assert checked.call_count == 2


@pytest.fixture
def work(cast: Cast, settings: Any) -> dict[str, Any]:
    """Let an event, a task and both processes wait for ten minutes."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    sealing.seal(at=timezone.now())
    before = timezone.now() - timedelta(minutes=10)
    for name in (status.TICK, status.WORKER):
        status.beat(name, at=before)
    tasks.work_on_delivery.enqueue(0)
    DBTaskResult.objects.update(enqueued_at=before)
    ledger.record("session.opened", by=cast.admin_one, at=before, about=cast.admin_one, device="")
    return status.ages()


@pytest.mark.parametrize("name", ["tick", "worker", "seal", "queue"])
def test_the_age_of_each_is_told_and_what_is_late_is_named(work: dict[str, Any], name: str):
    assert 600 <= work[f"{name}_seconds"] < 660
    assert name in work["late"]


def test_how_many_tasks_wait_is_told(work: dict[str, Any]):
    assert work["queued"] == 1


def test_a_late_timer_takes_no_server_out_of_rotation(work: dict[str, Any], client: Client):
    assert asked(client, "/readyz")[0] == asked(client, "/statusz")[0] == 200


def test_what_never_ran_is_named(db: None, settings: Any):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert status.ages()["never"] == ["tick", "worker"]


def test_timer_and_worker_are_heard_of(cast: Cast, settings: Any):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    call_command("tick")
    call_command("db_worker", batch=True, startup_delay=False)
    assert {one.name for one in Heartbeat.objects.all()} == {"tick", "worker"}


def test_a_worker_is_heard_of_while_it_works(db: None, monkeypatch: Any):
    heard: list[str] = []
    beating = status.Beating("worker")
    monkeypatch.setattr(status, "BEAT_SECONDS", 0)
    monkeypatch.setattr(status, "beat", lambda name, *, at: (heard.append(name), beating.end()))
    beating.run()
    assert heard == ["worker"]


def test_a_timer_that_goes_on_lives_through_a_migration_under_way(cast: Cast, caplog: Any):
    """While somebody migrates the guards step aside: nothing is done, and the next round looks again."""

    def migrated(_seconds: float) -> None:
        if Heartbeat.objects.exists():
            raise KeyboardInterrupt
        triggers.install(connection)

    triggers.drop(connection, "audit_event")
    with mock.patch("time.sleep", side_effect=migrated), pytest.raises(KeyboardInterrupt):
        call_command("tick", every=30)
    assert "Nothing was done" in caplog.text and "audit.E001" in caplog.text
