"""Red and yellow by township, as they stood at the end of each of the last days: counted back from now."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from cases.models import Transition
from cases.policy import days
from cases.policy.colours import Colour

DAYS = 14  # of the picture, today as it stands now the last
TOWNSHIP = 9  # digits
Standing = tuple[int, int]  # red, yellow


@dataclass(frozen=True)
class OverTime:
    """For each township that had any, its red and yellow at the end of each day."""

    days: tuple[date, ...]
    standing: dict[str, tuple[Standing, ...]]

    def all(self) -> tuple[Standing, ...]:
        """Return the sums of all townships, day by day."""
        columns = zip(*self.standing.values(), strict=True)
        return tuple((sum(one[0] for one in of), sum(one[1] for one in of)) for of in columns)


def over_time(
    now: dict[str, Standing], of_area: Callable[[QuerySet[Any]], QuerySet[Any]], *, at: datetime
) -> OverTime:
    """Count back from what stands now; `of_area` gives rows the township in which their person lives now.

    What turned to a colour after a day's end was not of it then, what turned from it was: one statement, however many
    days and people there are.
    """
    today = days.local_day(at)
    period = tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))
    changes = _changes(of_area(Transition.objects.filter(at__gte=days.midnight(period[1]), at__lte=at)))
    standing: dict[str, tuple[Standing, ...]] = {}
    for town in sorted({*now, *changes}):
        red, yellow = now.get(town, (0, 0))
        column = [(red, yellow)]
        for day in reversed(period[1:]):
            more_red, more_yellow = changes[town][day]
            red, yellow = red - more_red, yellow - more_yellow
            column.append((max(red, 0), max(yellow, 0)))
        if any(one != (0, 0) for one in column):
            standing[town] = tuple(reversed(column))
    return OverTime(period, standing)


def _changes(turns: QuerySet[Transition]) -> dict[str, dict[date, Standing]]:
    """Return by township and day how many more turned red and yellow than turned from them."""
    found: dict[str, dict[date, Standing]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    rows = turns.annotate(day=TruncDate("at", tzinfo=days.ZONE))
    grouped = rows.values_list("town", "day", "from_colour", "to_colour").annotate(n=Count("pk")).order_by()
    for town, day, before, after, number in grouped:
        red, yellow = found[town][day]
        red += number * ((after == Colour.RED.value) - (before == Colour.RED.value))
        yellow += number * ((after == Colour.YELLOW.value) - (before == Colour.YELLOW.value))
        found[town][day] = (red, yellow)
    return found
