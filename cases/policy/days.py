"""Days as the guide counts them: whole days of Shanghai, periods that end at a midnight."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .words import Bilingual

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, tzinfo=ZONE)


def until(day0: date, days: int) -> datetime:
    """Return the exclusive end of `days` full days, the day counted from being day 0."""
    return midnight(day0 + timedelta(days=days + 1))


def following(end: datetime, days: int) -> datetime:
    """Return the exclusive end of `days` full days that begin where another period ended."""
    return until(local_day(end) - timedelta(days=1), days)


def local_day(instant: datetime) -> date:
    """Return the Shanghai day of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(ZONE).date()


def within_look_back(day: date, today: date, days: int) -> bool:
    """Say whether a past day lies in a look-back; day 14 of 14 does, day 15 and the future do not."""
    return timedelta(0) <= today - day <= timedelta(days=days)


def moment(instant: datetime) -> Bilingual:
    """Write an instant to the minute, in Shanghai time."""
    there = instant.astimezone(ZONE)
    return Bilingual(
        zh=f"{there.year}年{there.month}月{there.day}日{there:%H:%M}",
        en=f"{there:%Y-%m-%d %H:%M}",
    )
