"""Days are Shanghai's, and a period ends at a midnight it does not contain."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy import days

DATES = st.dates(date(2019, 1, 1), date(2030, 1, 1))
SPANS = st.integers(0, 60)


def test_fourteen_days_from_the_first_of_september_end_as_the_sixteenth_begins():
    assert days.until(date(2020, 9, 1), 14) == datetime(2020, 9, 16, tzinfo=days.ZONE)


@given(DATES, SPANS)
def test_the_end_is_a_midnight_of_shanghai(day, span):
    end = days.until(day, span)
    assert end.utcoffset() == timedelta(hours=8)
    assert end.astimezone(UTC).hour == 16


@given(DATES, SPANS)
def test_the_last_full_day_lies_just_before_the_end(day, span):
    last = days.until(day, span) - timedelta(microseconds=1)
    assert days.local_day(last) == day + timedelta(days=span)


@given(DATES, SPANS, SPANS)
def test_a_following_period_has_its_full_days(day, first, second):
    end = days.until(day, first)
    assert days.following(end, second) - end == timedelta(days=second)


def test_an_evening_in_utc_is_the_next_day_in_shanghai():
    assert days.local_day(datetime(2020, 8, 24, 16, tzinfo=UTC)) == date(2020, 8, 25)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        days.local_day(datetime(2020, 8, 24))  # noqa: DTZ001


@pytest.mark.parametrize(("ago", "counts"), [(-1, False), (0, True), (14, True), (15, False)])
def test_a_look_back_of_14_includes_day_14_and_excludes_day_15(ago, counts):
    today = date(2020, 8, 24)
    assert days.within_look_back(today - timedelta(days=ago), today, 14) is counts


def test_a_moment_is_told_in_shanghai_time():
    moment = days.moment(datetime(2020, 8, 24, 16, 5, tzinfo=UTC))
    assert (moment.zh, moment.en) == ("2020年8月25日00:05", "2020-08-25 00:05")
