"""Half-days of health monitoring: a temperature in the morning and one in the evening (2.1).

The guide asks for observation and names no hours: these are ours.
"""

from datetime import date, datetime, time

from cases.policy.days import ONE_DAY, ZONE, local_day

MORNING, EVENING = "MORNING", "EVENING"
DUE = {MORNING: time(10), EVENING: time(20)}
NOON = time(14)


def due(at: datetime) -> tuple[date, str]:
    """Return the day and the half-day of the last temperature that should be there."""
    today, clock = local_day(at), at.astimezone(ZONE).time()
    if clock < DUE[MORNING]:
        return today - ONE_DAY, EVENING
    return today, MORNING if clock < DUE[EVENING] else EVENING


def current(at: datetime) -> str:
    """Return the half-day that is being measured."""
    return MORNING if at.astimezone(ZONE).time() < NOON else EVENING


def instant(day: date, half: str) -> datetime:
    """Return until when the temperature of a half-day should be there."""
    return datetime.combine(day, DUE[half], tzinfo=ZONE)
