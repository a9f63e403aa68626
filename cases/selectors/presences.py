"""Whose track leads to an area, within the days that are looked back."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Person, Presence, RiskArea
from cases.policy import days
from healthcode.core.offices.scope import within


def of_area(area: RiskArea, *, at: datetime, among: QuerySet[Presence] | None = None) -> QuerySet[Any]:
    """Return who was there, as (`root`, `left_at`): the surviving record, and when its last stay ended.

    `among` narrows whom new tracks lead there; when they left is told by all of their tracks.
    """
    since = days.midnight(days.local_day(at) - timedelta(days=area.look_back_days))
    there = Q(venue=area.venue) if area.venue else within(area.division_id or "", "division")
    kinds = Q() if area.severe else Q(kind=Presence.Kind.STAY)
    found = Presence.objects.filter(there, kinds, until_at__gte=since, from_at__lte=at)
    if among is not None:
        # Read here: as a subquery the planner would look through all the tracks of the area for each set of new ones.
        who = list(
            among.filter(there, kinds, until_at__gte=since, from_at__lte=at).values_list("person", flat=True)
        )
        roots = Person.objects.filter(pk__in=who).values_list(Coalesce("merged_into", "pk"), flat=True)
        found = found.filter(person__in=_records_of(set(roots)))
    rooted = found.order_by().values(root=Coalesce("person__merged_into", "person"))
    return rooted.annotate(left_at=Max("until_at"))


def _records_of(roots: set[int]) -> list[int]:
    merged = Person.objects.filter(merged_into__in=roots).values_list("pk", flat=True)
    return [*roots, *merged]


def townships(area: RiskArea, *, at: datetime) -> list[tuple[str, int]]:
    """Return how many people an area would reach, by where they live; written nowhere."""
    living = Person.objects.filter(pk__in=of_area(area, at=at).values("root"), deceased_on=None)
    counted = living.order_by().values("present__name").annotate(people=Count("pk"))
    return [(row["present__name"], row["people"]) for row in counted.order_by("-people", "present__name")]
