from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from healthcode.core.offices.models import User
from healthcode.portal.recurring import ticking
from healthcode.portal.recurring.ticking import TickStep
from tests.factories import DivisionFactory

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def city(db: None) -> None:
    DivisionFactory(code="3306")  # where the system's own office is


def broken(*, by: User, at: datetime) -> int:
    raise ZeroDivisionError


def two(*, by: User, at: datetime) -> int:
    return 2


def test_a_step_that_fails_does_not_keep_the_next_from_its_work(city: None) -> None:
    done = ticking.tick(at=NOW, steps=(TickStep("one", broken), TickStep("other", two)))
    assert [(step.failed, step.done) for step in done] == [(True, 0), (False, 2)]


def test_the_system_acts_though_nobody_can_log_in_as_it(city: None) -> None:
    actors = []
    ticking.tick(at=NOW, steps=(TickStep("who", lambda *, by, at: actors.append(by) or 0),))
    assert (actors[0].role, actors[0].is_active, actors[0].has_usable_password()) == ("system", False, False)


def test_ended_sessions_are_forgotten_and_running_ones_stay(city: None) -> None:
    for key, hours in (("ended", -1), ("running", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + timedelta(hours=hours))
    ticking.tick(at=NOW)
    assert [session.pk for session in Session.objects.all()] == ["running"]


def test_the_command_tells_a_timer_that_a_step_failed(city: None, monkeypatch: Any) -> None:
    failed = [ticking.StepResult("one", 0, failed=True)]
    monkeypatch.setattr(ticking, "tick", lambda *, at: failed)
    with pytest.raises(CommandError):
        call_command("tick")
