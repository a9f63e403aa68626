"""Working time has two intervals, holidays and make-up days; urgent matters run day and night."""

from datetime import date, datetime, timedelta

import pytest

from complaints import clocks
from complaints.clocks import Clock, Time


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.ZONE)


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        ("2020-09-02T09:00", 180, "2020-09-02T12:00"),  # to the end of the morning
        ("2020-09-02T09:00", 181, "2020-09-02T14:01"),  # over lunch
        ("2020-09-02T09:00", 630, "2020-09-03T14:30"),
        ("2020-09-04T17:00", 60, "2020-09-07T09:00"),  # over a weekend
        ("2020-09-02T05:00", 10, "2020-09-02T08:40"),  # before office hours
        ("2020-09-30T17:00", 60, "2020-10-09T09:00"),  # over the eight days of October
        ("2020-09-25T17:00", 60, "2020-09-27T09:00"),  # the Sunday that makes up
        (
            "2020-01-23T17:00",
            60,
            "2020-02-03T09:00",
        ),  # the prolonged Spring Festival: 1 February is no day of work
    ],
)
def test_working_time_is_counted(since, minutes, until):
    counted = clocks.calendar(Time.WORKING).after(at(since), timedelta(minutes=minutes))
    assert counted == at(until)


def test_a_year_without_a_calendar_has_its_weekdays():
    assert clocks.working().counts(date(2026, 11, 2)) and not clocks.working().counts(date(2026, 11, 1))


def test_the_calendar_of_2020_is_known():
    assert 2020 in clocks.years()


def test_the_first_priority_runs_through_the_night():
    assert clocks.due(Clock.DECIDE, 1, at("2020-10-01T23:00")) == at("2020-10-02T23:00")


def test_people_are_told_by_day():
    assert clocks.due(Clock.INFORM, 1, at("2020-09-02T20:30")) == at("2020-09-03T08:30")


def test_the_return_visit_is_due_at_the_end_of_the_next_working_day():
    assert clocks.due(Clock.VISIT, 1, at("2020-09-30T09:00")) == at("2020-10-09T17:30")


def test_an_extension_never_passes_ten_working_days():
    received, due = at("2020-09-02T09:00"), at("2020-09-15T09:00")
    assert clocks.extended(2, due, received) == at("2020-09-16T09:00")


def test_a_pause_moves_what_was_due():
    due, paused, resumed = at("2020-09-02T16:00"), at("2020-09-02T11:00"), at("2020-09-03T09:00")
    assert clocks.shifted(Clock.DECIDE, 2, due, paused, resumed) == at("2020-09-03T12:00")


def test_what_was_late_before_the_pause_stays_late():
    due = at("2020-09-02T10:00")
    assert clocks.shifted(Clock.DECIDE, 1, due, at("2020-09-02T11:00"), at("2020-09-02T12:00")) == due
