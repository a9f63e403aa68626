"""Days and times as offices write them: with dashes, strokes, dots or characters, run together, or as Excel counts."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from cases.policy.spellings.texts import one_spelling

YEARS = range(1900, 2101)
DAY = r"(?P<year>\d{4}) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2}) ?日?"
RUN_TOGETHER = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
HALF = r"(?P<half>上午|下午|AM|PM)?"
TIME = (
    r"(?P<hour>\d{1,2}) ?[:时点] ?(?:(?P<minute>\d{1,2}) ?(?:分|:(?=\d))? ?)?"
    r"(?:(?P<second>\d{1,2})(?P<fraction>\.\d+)? ?秒?)?整?"
)
TIME_TOGETHER = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
OFFSET = r" ?(?P<offset>Z|[+-]\d{2}:?\d{2})?"
DAYS = [re.compile(DAY), re.compile(RUN_TOGETHER)]
MOMENTS = [
    re.compile(rf"{DAY}[ T]? ?{HALF} ?{TIME} ?{HALF.replace('half', 'later')}{OFFSET}", re.IGNORECASE),
    re.compile(rf"{RUN_TOGETHER}[ T] ?{TIME}{OFFSET}", re.IGNORECASE),
    re.compile(rf"{RUN_TOGETHER}[ T]?{TIME_TOGETHER}{OFFSET}", re.IGNORECASE),
]
SERIAL = re.compile(r"([2-7]\d{4})(\.\d+)?")  # from 1954 to 2119
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - of no zone: what is counted from it is written without one
FURTHEST = timedelta(hours=14)  # from Greenwich


def day(text: str) -> date | None:
    """Return the day that a text is, None where it is none."""
    text = one_spelling(text)
    if serial := SERIAL.fullmatch(text):
        return (EPOCH + timedelta(days=int(serial[1]))).date() if not serial[2] else None
    if found := next((found for one in DAYS if (found := one.fullmatch(text))), None):
        return _day(found)
    # As a spreadsheet writes a day that it took for an instant.
    begins = moment(text)
    return begins.date() if begins and begins.tzinfo is None and begins.time() == time() else None


def moment(text: str) -> datetime | None:
    """Return the day and time that a text is, with its offset if it has one; None where it is none, or a day alone."""
    text = one_spelling(text)
    if (serial := SERIAL.fullmatch(text)) and serial[2]:
        return EPOCH + timedelta(days=int(serial[1]), seconds=round(float(serial[2]) * 86400))
    found = next((found for one in MOMENTS if (found := one.fullmatch(text))), None)
    on = _day(found) if found else None
    if found is None or on is None:
        return None
    within = _within(found)
    offset = _offset(found["offset"])
    if within is None or (found["offset"] and offset is None):
        return None
    zone = None if offset is None else UTC if not offset else timezone(offset)
    return datetime(on.year, on.month, on.day, tzinfo=zone) + within


def _day(found: re.Match[str]) -> date | None:
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _within(found: re.Match[str]) -> timedelta | None:
    """Return how far into the day it is; 24:00 is its end."""
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or parts.get("later") or "").upper()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half in ("下午", "PM") else 0)
    ends = (hour, minute, second) == (24, 0, 0)
    if not ends and not (hour < 24 and minute < 60 and second < 60):
        return None
    fraction = float(parts.get("fraction") or 0)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=round(fraction * 1_000_000))


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text in "Zz":
        return timedelta()
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset > FURTHEST:
        return None
    return -offset if text[0] == "-" else offset
