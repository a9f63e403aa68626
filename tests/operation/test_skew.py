"""A server whose clock is wrong takes no act."""

import time
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from healthcode.core.audit import ledger, skew
from healthcode.core.audit.models import Event
from healthcode.portal import home
from tests.factories import Cast


@pytest.fixture(autouse=True)
def tolerance(monkeypatch: Any) -> None:
    monkeypatch.setattr(skew, "TOLERANCE", timedelta(seconds=2))
    monkeypatch.setattr(skew._Last, "zero", None)
    monkeypatch.setattr(skew._Last, "apart", timedelta(0))


def database_at(seconds: float) -> Any:
    """Return a connection to a PostgreSQL whose clock is this far ahead."""
    fake = mock.MagicMock(vendor="postgresql", alias="default")
    cursor = fake.cursor.return_value.__enter__.return_value
    cursor.fetchone.side_effect = lambda: (time.time() + seconds,)
    return fake


@pytest.mark.any_database
@pytest.mark.parametrize("seconds", [-7200, -2.1, 2.1, 7200])
def test_clocks_over_two_seconds_apart_are_found_and_told(seconds: float, caplog: Any):
    assert not skew.are_together(database_at(seconds))
    assert "no act is taken" in caplog.text


@pytest.mark.any_database
@pytest.mark.parametrize("seconds", [-1.8, 0, 1.8])
def test_less_is_borne(seconds: float):
    assert skew.are_together(database_at(seconds))


@pytest.mark.any_database
def test_a_slow_answer_is_no_wrong_clock(monkeypatch: Any):
    moments = iter([100.0, 110.0])
    fake = database_at(0)
    fake.cursor.return_value.__enter__.return_value.fetchone.side_effect = lambda: (105.0,)
    with mock.patch.object(skew.time, "time", lambda: next(moments, 110.0)):
        assert skew.measure(fake) == timedelta(0)


def test_this_database_and_this_machine_agree(db: None):
    assert skew.are_together(connection)


@pytest.fixture
def apart(cast: Cast, monkeypatch: Any) -> None:
    """Let the database be two hours ahead, as a new connection finds."""
    monkeypatch.setattr(skew, "connections", {"default": database_at(7200)})
    skew.at_connection(connection=database_at(7200))


def test_no_act_is_taken_while_they_are_apart(cast: Cast, apart: None):
    before = Event.objects.count()
    with pytest.raises(skew.ClocksApart):
        ledger.record("session.opened", by=cast.admin_one, at=timezone.now(), about=cast.admin_one, device="")
    assert Event.objects.count() == before


def test_acts_go_on_as_soon_as_the_clock_is_set(cast: Cast, apart: None, monkeypatch: Any):
    monkeypatch.setattr(skew, "connections", {"default": database_at(0)})
    ledger.record("session.opened", by=cast.admin_one, at=timezone.now(), about=cast.admin_one, device="")


def test_a_clock_that_jumps_under_a_standing_connection_is_found_at_the_next_act(
    cast: Cast, monkeypatch: Any
):
    skew.at_connection(connection=database_at(0))
    monkeypatch.setattr(skew._Last, "zero", skew._zero() + 7200)
    monkeypatch.setattr(skew, "connections", {"default": database_at(7200)})
    with pytest.raises(skew.ClocksApart):
        skew.require_together()


def test_the_timer_does_nothing_while_they_are_apart(cast: Cast, apart: None):
    before = Event.objects.count()
    with pytest.raises(CommandError, match="clocks are apart"):
        call_command("tick")
    assert Event.objects.count() == before


@pytest.mark.parametrize(("path", "words"), [("/", "时钟"), ("/api/v1/persons", "clock_wrong")])
def test_pages_and_api_say_so(cast: Cast, path: str, words: str):
    client = Client(raise_request_exception=False)
    client.force_login(cast.service_xinchang, backend="healthcode.core.offices.backends.RoleBackend")
    with (
        mock.patch.object(home, "home", side_effect=skew.ClocksApart),
        mock.patch("cases.api.persons.PersonsView.get_queryset", side_effect=skew.ClocksApart),
    ):
        answer = client.get(path)
    assert answer.status_code == 503
    assert words in answer.content.decode()
