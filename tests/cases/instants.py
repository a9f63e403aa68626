"""The instants at which the scenes play, and a row as it is stored now."""

from datetime import date, datetime, timedelta
from typing import Any

from cases.policy.days import ZONE

T = datetime(2026, 11, 2, 9, tzinfo=ZONE)  # a Monday morning
TODAY = T.date()
DUE = datetime(2026, 11, 17, tzinfo=ZONE)  # 14 full days after TODAY, day 0


def later(**span: float) -> datetime:
    return T + timedelta(**span)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)
