"""A day or an instant that somebody typed, read as the script reads it; a day alone is never taken for midnight."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from django.utils.timezone import localtime

HAS_TIME = re.compile(r":|[T ]\d")
AHEAD = timedelta(days=45)  # how far a day without its year may lie ahead
RELATIVE = {
    **dict.fromkeys(("今", "今天", "今日", "today"), 0),
    **dict.fromkeys(("昨", "昨天", "昨日", "-", "yesterday"), -1),
    **dict.fromkeys(("前天", "前日"), -2),
    **dict.fromkeys(("明", "明天", "明日", "tomorrow"), 1),
    "后天": 2,
}
BEGINS = re.compile(
    rf"({'|'.join(map(re.escape, sorted(RELATIVE, key=len, reverse=True)))})? *(.*)", re.IGNORECASE
)
ON = re.compile(r"(?:([0-9]{4}) ?[-/.年] ?)?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?[日号]?")
TOGETHER = re.compile(r"(20[0-9]{2}|19[0-9]{2})?([0-9]{2})([0-9]{2})")
TIME = re.compile(
    r"(凌晨|早上|上午|中午|下午|晚上|早|晚)? ?([0-9]{1,2})"
    r"(?: ?: ?([0-9]{2})|([0-9]{2})|[点时](?:([0-9]{1,2})分?|(半)|(整))?)? ?(am|pm)?",
    re.IGNORECASE,
)
MORNING, EVENING = ("凌晨", "早", "早上", "上午", "am"), ("下午", "晚", "晚上", "pm")
NOON = {11: 11, 12: 12, 1: 13, 2: 14}


def is_day_alone(written: object, read: datetime) -> bool:
    """Tell whether what was read as midnight was written without a time: `2026-12-01`, `20261201`, `2026-W49-2`."""
    text = unicodedata.normalize("NFKC", str(written)).strip()
    return localtime(read).time() == time() and HAS_TIME.search(text) is None


def in_full(text: str, *, now: datetime, timed: bool) -> str:
    """Return what was typed as `2026-12-01 09:30`, or its day alone; as it is where it means none, or may mean two."""
    line, today = unicodedata.normalize("NFKC", text).strip(), localtime(now).date()
    found = BEGINS.fullmatch(line)
    if not line or found is None:  # of several lines
        return text
    at = _instant(found[1], found[2], today) if timed else _day(found[1], found[2], today)
    if at is None:
        return text
    return f"{at:%Y-%m-%d %H:%M}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"


def _instant(relative: str | None, rest: str, today: date) -> datetime | None:
    at = _time(rest)
    if relative or at is not None:
        return _joined(_day(relative, "", today) if relative else today, at)
    day, left = _day_before(rest, today)
    return _joined(day, _time(left))


def _joined(day: date | None, at: time | None) -> datetime | None:
    return None if day is None or at is None else datetime.combine(day, at)


def _day(relative: str | None, rest: str, today: date) -> date | None:
    if relative:
        return None if rest else today + timedelta(days=RELATIVE[relative.lower()])
    day, left = _day_before(rest, today)
    return None if left else day


def _day_before(text: str, today: date) -> tuple[date | None, str]:
    """Return the day that a text begins with, and what stands behind it."""
    found = ON.match(text) or TOGETHER.match(text)
    if found is None:
        return None, text
    left = text[found.end() :].lstrip(" T")
    month, day = int(found[2]), int(found[3])
    # Without a year the last such day is meant, or one of the next few weeks: most forms ask what has been.
    years = (int(found[1]),) if found[1] else (today.year + 1, today.year, today.year - 1)
    days = [one for year in years if (one := _made(year, month, day))]
    return next((one for one in days if found[1] or one - today < AHEAD), None), left


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    part, written, colon, together, word, half, whole, later = found.groups()
    part = part or (later or "").lower()
    # A bare number is an hour only beside the part of the day: "9" alone may be the ninth.
    if not (part or colon or together or word or half or whole or re.search("[点时]", text)):
        return None
    hour, minute = _hour(int(written), part), 30 if half else int(colon or together or word or 0)
    return time(hour, minute) if hour is not None and minute < 60 else None


def _hour(hour: int, part: str) -> int | None:
    """Return the hour of the day; None where the part of the day does not have it, or has it twice."""
    if hour > 23 or (part in ("晚", "晚上") and hour in (0, 12)):
        return None
    if part in MORNING:
        return hour if hour < 12 else None
    if part == "中午":
        return NOON.get(hour)
    return hour + 12 if part in EVENING and hour < 12 else hour
