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

    `among` narrows the tracks that are looked at.
    """
    since = days.midnight(days.local_day(at) - timedelta(days=area.look_back_days))
    there = Q(venue=area.venue) if area.venue else within(area.division_id or "", "division")
    tracks = Presence.objects.all() if among is None else among
    found = tracks.filter(there, until_at__gte=since, from_at__lte=at)
    if not area.severe:
        found = found.filter(kind=Presence.Kind.STAY)
    roots = found.order_by().values(root=Coalesce("person__merged_into", "person"))
    return roots.annotate(left_at=Max("until_at"))


def townships(area: RiskArea, *, at: datetime) -> list[tuple[str, int]]:
    """Return how many people an area would reach, by where they live; written nowhere."""
    living = Person.objects.filter(pk__in=of_area(area, at=at).values("root"), deceased_on=None)
    counted = living.order_by().values("present__name").annotate(people=Count("pk"))
    return [(row["present__name"], row["people"]) for row in counted.order_by("-people", "present__name")]
