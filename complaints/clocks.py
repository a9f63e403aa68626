"""The desk's clocks: how long each stage may take, counted in running or in working time.

The guide sets no deadlines: every number here is our default [D]. A working day has two intervals; holidays and the
weekends worked to make up for them are data, a file a year (`calendars/`).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
Interval = tuple[time, time]
OFFICE_HOURS: tuple[Interval, ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))
VOICE_HOURS: Interval = (time(8), time(21))  # when people may be rung up
WORKDAY = 420  # minutes of the two office hours' intervals
CALENDARS = Path(__file__).parent / "calendars"


class Time(StrEnum):
    """Which minutes count."""

    RUNNING = "running"  # day and night: somebody's movement is blocked
    WORKING = "working"  # office hours of working days
    VOICE = "voice"  # when people may be rung up, every day


class Clock(StrEnum):
    """What is waited for."""

    SIGN = "SIGN"  # that an officer signs for it
    RETURN = "RETURN"  # that the bureau sends it back, if it will
    DECIDE = "DECIDE"  # the finding
    INFORM = "INFORM"  # that the citizen is told
    VISIT = "VISIT"  # that the citizen is asked whether it is solved


@dataclass(frozen=True)
class Target:
    """So many minutes of one kind of time."""

    minutes: int
    time: Time


TARGETS: Mapping[Clock, tuple[Target, Target, Target]] = {
    # priority      1                              2                                   3
    Clock.SIGN:    (Target(60, Time.RUNNING),      Target(240, Time.WORKING),          Target(240, Time.WORKING)),
    Clock.RETURN:  (Target(60, Time.RUNNING),      Target(120, Time.WORKING),          Target(120, Time.WORKING)),
    Clock.DECIDE:  (Target(24 * 60, Time.RUNNING), Target(3 * WORKDAY, Time.WORKING),  Target(WORKDAY, Time.WORKING)),
    Clock.INFORM:  (Target(60, Time.VOICE),        Target(240, Time.WORKING),          Target(240, Time.WORKING)),
}  # fmt: skip
EXTENSION = (
    Target(24 * 60, Time.RUNNING),
    Target(5 * WORKDAY, Time.WORKING),
    Target(WORKDAY, Time.WORKING),
)  # once, by priority
LONGEST = Target(10 * WORKDAY, Time.WORKING)  # from the reception, extension included
WARN_AFTER = Target(8 * 60, Time.RUNNING)  # a first-priority ticket without a decision
LOOK_IS_FRESH = timedelta(minutes=30)
BACKDATED = timedelta(hours=72)  # how long after the question a first responder may register it
REOPENS_FOR = timedelta(days=30)
WATCHED_FOR = timedelta(days=14)
DRAFT_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Calendar:
    """Which minutes count: intervals of a day, on weekdays, but for the days that are named."""

    intervals: tuple[Interval, ...] = OFFICE_HOURS
    weekdays: frozenset[int] = frozenset(range(5))
    named: Mapping[date, bool] = field(default_factory=dict)  # day -> does it count?

    def counts(self, day: date) -> bool:
        """Tell whether a day counts."""
        return self.named.get(day, day.weekday() in self.weekdays)

    def spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans that count from an instant on, without end."""
        day = since.astimezone(ZONE).date()
        while True:
            if self.counts(day):
                for first, last in self.intervals:
                    begin, end = datetime.combine(day, first, ZONE), datetime.combine(day, last, ZONE)
                    if end <= begin:
                        end += ONE_DAY  # an interval until midnight
                    if end > since:
                        yield max(begin, since), end
            day += ONE_DAY

    def after(self, since: datetime, span: timedelta) -> datetime:
        """Return the instant at which so much counted time has passed."""
        for begin, end in self.spans(since):
            if span <= end - begin:
                return begin + span
            span -= end - begin
        raise AssertionError("spans never end")  # pragma: no cover

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Return how much time counts between two instants."""
        passed = timedelta(0)
        for begin, end in self.spans(since):
            if begin >= until:
                break
            passed += min(end, until) - begin
        return passed


@cache
def working() -> Calendar:
    """Return the working calendar with every shipped year; a year without a file has its weekdays alone."""
    named: dict[date, bool] = {}
    for file in sorted(CALENDARS.glob("*.toml")):
        year = tomllib.loads(file.read_text(encoding="utf-8"))
        named |= dict.fromkeys(year["holidays"], False) | dict.fromkeys(year["working"], True)
    return Calendar(named=named)


def years() -> tuple[int, ...]:
    """Return the years whose holidays are known."""
    return tuple(sorted(int(file.stem) for file in CALENDARS.glob("*.toml")))


def calendar(kind: Time) -> Calendar:
    """Return the calendar that counts one kind of time."""
    everyday = frozenset(range(7))
    if kind == Time.WORKING:
        return working()
    day_and_night = (time(0), time(0))  # from midnight to midnight
    hours = VOICE_HOURS if kind == Time.VOICE else day_and_night
    return Calendar(intervals=(hours,), weekdays=everyday)


def due(clock: Clock, priority: int, since: datetime) -> datetime:
    """Return until when a stage has to be done; a return visit, of any priority, by the end of the next working day."""
    if clock == Clock.VISIT:
        return _end_of_next_working_day(since)
    return after(TARGETS[clock][priority - 1], since)


def after(target: Target, since: datetime) -> datetime:
    """Return the instant at which a target is used up."""
    return calendar(target.time).after(since, timedelta(minutes=target.minutes))


def renewed(priority: int, since: datetime) -> datetime:
    """Return until when a ticket taken up again has to be decided: half the time of a new one."""
    whole = TARGETS[Clock.DECIDE][priority - 1]
    return after(Target(whole.minutes // 2, whole.time), since)


def extended(priority: int, until: datetime, received: datetime) -> datetime:
    """Return the end of the one extension, never past ten working days from the reception."""
    return min(after(EXTENSION[priority - 1], until), max(after(LONGEST, received), until))


def shifted(clock: Clock, priority: int, until: datetime, paused: datetime, resumed: datetime) -> datetime:
    """Return a due instant after a pause: the time that did not count comes on top."""
    if until <= paused:
        return until  # it was late before the pause began
    counted = calendar(TARGETS[clock][priority - 1].time)
    return counted.after(resumed, counted.between(paused, until))


def may_ring(at: datetime) -> bool:
    """Tell whether people may be rung up now."""
    first, last = VOICE_HOURS
    return first <= at.astimezone(ZONE).time() < last


def _end_of_next_working_day(since: datetime) -> datetime:
    day = since.astimezone(ZONE).date() + ONE_DAY
    while not working().counts(day):
        day += ONE_DAY
    return datetime.combine(day, OFFICE_HOURS[-1][1], ZONE)
