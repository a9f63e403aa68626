"""A day alone is no instant, and what is typed short means on the server what it means in the script."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from healthcode.core.instants import in_full, is_day_alone
from tests.typed_times import AFTERNOON, DAYS, READ, UNREAD, UNREAD_DAYS

pytestmark = pytest.mark.any_database
MIDNIGHT = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    "written", ["2026-12-01", "2026-12-01 ", "20261201", "2026/12/01", "2026-W49-2", "２０２６－１２－０１"]
)
def test_without_a_time_it_is_a_day_alone(written):
    assert is_day_alone(written, MIDNIGHT)


@pytest.mark.parametrize(
    "written", ["2026-12-01 00:00", "20261201T00", "2026-12-01T00:00+08:00", "２０２６-12-01　０：００"]
)
def test_midnight_that_was_written_is_an_instant(written):
    assert not is_day_alone(written, MIDNIGHT)


def test_what_was_read_as_another_time_has_one():
    assert not is_day_alone("2026-12-01", MIDNIGHT + timedelta(hours=8))


@pytest.mark.parametrize(("typed", "written"), [*READ.items(), *zip(UNREAD, UNREAD, strict=True)])
def test_a_time_means_without_the_script_what_it_means_with_it(typed, written):
    assert in_full(typed, now=AFTERNOON, timed=True) == written


@pytest.mark.parametrize(("typed", "written"), [*DAYS.items(), *zip(UNREAD_DAYS, UNREAD_DAYS, strict=True)])
def test_a_day_means_without_the_script_what_it_means_with_it(typed, written):
    assert in_full(typed, now=AFTERNOON, timed=False) == written
