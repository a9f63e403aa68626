"""Days and times as offices write them: with dashes, strokes, dots or characters, run together, or as Excel counts."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from cases.policy.spellings.texts import one_spelling

YEARS = range(1900, 2101)
WEEKDAYS = "一二三四五六日"
WEEKDAY = rf"(?: ?\(?(?:星期|礼拜|周)(?P<weekday>[{WEEKDAYS}天])\)?)?"
DAY = rf"(?P<year>\d{{4}}) ?[-/.年] ?(?P<month>\d{{1,2}}) ?[-/.月] ?(?P<day>\d{{1,2}}) ?[日号]?{WEEKDAY}"
RUN_TOGETHER = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
MORNING, EVENING = ("上午", "早上", "早晨", "清晨", "凌晨", "AM"), ("下午", "傍晚", "晚上", "夜里", "PM")
PART = rf"(?P<half>中午|{'|'.join((*MORNING, *EVENING))})?"
TIME = (
    r"(?P<hour>\d{1,2}) ?(?:(?P<colon>:) ?(?P<minute>\d{2})(?: ?: ?(?P<second>\d{2})(?P<fraction>\.\d+)?)?"
    r"|[时点] ?(?:(?P<quarter>半|一刻|三刻)|(?P<minute_word>\d{1,2}) ?分?(?: ?(?P<second_word>\d{1,2}) ?秒?)?)?)整?"
)
TIME_TOGETHER = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
OFFSET = r" ?(?P<offset>Z|[+-]\d{2}:?\d{2})?"
DAYS = [re.compile(DAY), re.compile(RUN_TOGETHER)]
MOMENTS = [
    re.compile(rf"{DAY}[ T]? ?{PART} ?{TIME} ?{PART.replace('half', 'later')}{OFFSET}", re.IGNORECASE),
    re.compile(rf"{RUN_TOGETHER}[ T] ?{TIME}{OFFSET}", re.IGNORECASE),
    re.compile(rf"{RUN_TOGETHER}[ T]?{TIME_TOGETHER}{OFFSET}", re.IGNORECASE),
]
NUMERALS = "〇一二三四五六七八九"
IN_CHARACTERS = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
SERIAL = re.compile(
    r"(3[6-9]\d{3}|4\d{4}|5[0-4]\d{3})(\.\d+)?"
)  # from 1998 to 2050: no year with a day is one
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - of no zone: what is counted from it is written without one
FURTHEST = timedelta(hours=14)  # from Greenwich
QUARTERS = {"半": 30, "一刻": 15, "三刻": 45}
# What looks like a day and may be more than one, by why; the first that fits counts.
UNCLEAR = [
    ("year_first", re.compile(r"\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?\d{4}(?!\d).*")),
    ("four_digits", re.compile(r"\d{2} ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}(?!\d).*|\d{6}")),
    ("no_year", re.compile(r"\d{1,2} ?月 ?\d{1,2}.*|\d{1,2} ?[-/.] ?\d{1,2}( .*)?")),
    ("two_digits", re.compile(r"(19|20)\d{2}(\d|\d{3})")),
]


def day(text: str) -> date | None:
    """Return the day that a text is, None where it is none."""
    text = _in_digits(text)
    if serial := SERIAL.fullmatch(text):
        return (EPOCH + timedelta(days=int(serial[1]))).date() if not serial[2] else None
    if found := next((found for one in DAYS if (found := one.fullmatch(text))), None):
        return _day(found)
    # As a spreadsheet writes a day that it took for an instant.
    begins = moment(text)
    return begins.date() if begins and begins.tzinfo is None and begins.time() == time() else None


@lru_cache(maxsize=20_000)  # millions of rows are of some thousand minutes
def moment(text: str) -> datetime | None:
    """Return the day and time that a text is, with its offset if it has one; None where it is none, or a day alone."""
    text = _in_digits(text)
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


def unclear(text: str) -> str:
    """Return why a text is neither a day nor an instant though it looks like one: a code, "" where it does not."""
    text = _in_digits(text)
    if found := next((found for one in (*DAYS, *MOMENTS) if (found := one.fullmatch(text))), None):
        return "no_such_time" if _day(found) else "no_such_day"
    return next((code for code, looks in UNCLEAR if looks.fullmatch(text)), "")


def _in_digits(text: str) -> str:
    text = one_spelling(text)
    if text.isascii() or not (found := IN_CHARACTERS.match(text)):
        return text
    year = "".join(str(NUMERALS.index(one.translate({0x25CB: "〇", 0x96F6: "〇"}))) for one in found[1])
    month, on = (_number(part) for part in found.groups()[1:])
    return f"{year}-{month}-{on}{text[found.end() :]}"


def _number(characters: str) -> int:
    """Return a number up to ninety-nine in characters; 0 for what is none."""
    tens, ten, ones = characters.rpartition("十") if "十" in characters else ("", "", characters)
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return (NUMERALS.index(tens) if tens else len(ten)) * 10 + (NUMERALS.index(ones) if ones else 0)


def _day(found: re.Match[str]) -> date | None:
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    try:
        on = date(year, month, day) if year in YEARS else None
    except ValueError:
        return None
    weekday = (found.groupdict().get("weekday") or "").replace("天", "日")
    return None if on and weekday and WEEKDAYS[on.weekday()] != weekday else on


def _within(found: re.Match[str]) -> timedelta | None:
    """Return how far into the day it is; 24:00 is its end."""
    parts = found.groupdict()
    hour = _hour(int(parts["hour"]), (parts.get("half") or parts.get("later") or "").upper())
    minute, second = (int(parts.get(name) or parts.get(f"{name}_word") or 0) for name in ("minute", "second"))
    minute = QUARTERS.get(parts.get("quarter") or "", minute)
    ends = (hour, minute, second) == (24, 0, 0)
    if hour is None or (not ends and not (hour < 24 and minute < 60 and second < 60)):
        return None
    fraction = float(parts.get("fraction") or 0)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=round(fraction * 1_000_000))


def _hour(hour: int, half: str) -> int | None:
    """Return the hour of the day; None where the part of the day does not have it, or has it twice."""
    if not half:
        return hour
    if half == "中午":
        return {11: 11, 12: 12, 1: 13}.get(hour)
    if half in MORNING:
        return 0 if hour == 12 and half in ("AM", "凌晨") else hour if hour < 12 else None
    if hour == 12:
        return 12 if half in ("PM", "下午") else None
    return hour % 12 + 12 if 0 < hour < 24 else None


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
