"""The round of whoever keeps health logs: the people of today, what is in their log, and who is missing."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value

from cases.models import ControlOrder, HealthLog
from cases.policy import days, half_days
from cases.selectors import control
from cases.selectors.deaths import without_checked
from healthcode.core.offices.models import User

LIMIT = 200  # rows of the page; nobody measures more in one go


@dataclass(frozen=True)
class RoundRow:
    """Somebody under control on a day: which day of it, and what each half-day brought so far."""

    order: ControlOrder
    day_number: int
    logs: dict[str, HealthLog]


def orders(user: User, at: datetime | None = None) -> QuerySet[ControlOrder]:
    """Return the orders whose health logs this user keeps: an officer's own, of a hospital those it has in its beds."""
    if user.role == "hospital":
        standing = without_checked(ControlOrder.objects.standing()).select_related("person", "officer")
        return standing.filter(Q(site=user.office) | Q(officer=user))
    return control.orders(user, at)


def missing(user: User, at: datetime) -> QuerySet[ControlOrder]:
    """Find orders without the last temperature that was due; who was not reached is missing still."""
    day, half = half_days.due(at)
    logged = HealthLog.objects.filter(order=OuterRef("pk"), on=day, half=half)
    due = half_days.instant(day, half)
    began = orders(user, at).filter(day0__lte=day, opened_at__lt=due)
    began = began.annotate(due_since=Value(due, DateTimeField()))
    return began.filter(~Exists(logged.exclude(missed=HealthLog.Missed.NOT_REACHED)))


def rows(user: User, on: date) -> list[RoundRow]:
    """Return the round of a day by place and name; where a half-day has a temperature, that is its log."""
    people = orders(user).filter(day0__lte=on, opened_at__lt=days.midnight(on + timedelta(days=1)))
    found = list(people.select_related("site").order_by("site__name", "place", "person_id", "pk")[:LIMIT])
    logs: dict[int, dict[str, HealthLog]] = defaultdict(dict)
    for log in HealthLog.objects.filter(order__in=[order.pk for order in found], on=on).order_by("pk"):
        if log.half not in logs[log.order_id] or log.temperature is not None:
            logs[log.order_id][log.half] = log
    return [RoundRow(order, (on - order.day0).days, logs[order.pk]) for order in found]
