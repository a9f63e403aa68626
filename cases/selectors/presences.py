"""Whose track leads to an area, within the days that are looked back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Person, Presence, RiskArea, RuleBook
from cases.policy import days
from healthcode.core.offices.scope import within


def of_area(area: RiskArea, *, at: datetime, among: QuerySet[Presence] | None = None) -> QuerySet[Any]:
    """Return who was there, as (`root`, `left_at`, `stayed_from`): the surviving record and both ends of its last stay.

    `among` narrows whom new tracks lead there; their stay is told by all their tracks. One shorter than the book's
    shortest is none.
    """
    since = days.midnight(days.local_day(at) - timedelta(days=area.look_back_days))
    leads = _leads(area, at)
    counted = Q(leads, until_at__gte=since, from_at__lte=at)
    found = Presence.objects.filter(counted)
    if among is not None:
        # Read here: as a subquery the planner would look through all the tracks of the area for each set of new ones.
        who = list(among.filter(counted).values_list("person", flat=True))
        roots = Person.objects.filter(pk__in=who).values_list(Coalesce("merged_into", "pk"), flat=True)
        found = found.filter(person__in=_records_of(set(roots)))
    # Pieces that overlap are one stay, which began with the first of them.
    before = Presence.objects.filter(
        leads,
        person=OuterRef("person"),
        from_at__lt=OuterRef("from_at"),
        until_at__gte=OuterRef("from_at"),
    )
    rooted = found.order_by().values(root=Coalesce("person__merged_into", "person"))
    return rooted.annotate(left_at=Max("until_at"), stayed_from=Max("from_at", filter=~Exists(before)))


def there(area: RiskArea, roots: Collection[int], *, at: datetime) -> QuerySet[Any]:
    """Return the tracks of some people that lead to an area, however long ago, as (`root`, `until_at`, `batch`)."""
    rooted = Presence.objects.filter(_leads(area, at), person__in=_records_of(set(roots))).order_by()
    return rooted.values_list(Coalesce("person__merged_into", "person"), "until_at", "batch")


def _leads(area: RiskArea, at: datetime) -> Q:
    shortest = timedelta(minutes=RuleBook.objects.in_force(at).policy.parameters.shortest_stay_minutes)
    place = Q(venue=area.venue) if area.venue else within(area.division_id or "", "division")
    stayed = Q(kind=Presence.Kind.STAY, until_at__gte=F("from_at") + shortest)
    return place & (stayed | Q(kind=Presence.Kind.CONTACT) if area.severe else stayed)


def _records_of(roots: set[int]) -> list[int]:
    merged = Person.objects.filter(merged_into__in=roots).values_list("pk", flat=True)
    return [*roots, *merged]


def townships(area: RiskArea, *, at: datetime) -> list[tuple[str, int]]:
    """Return how many people an area would reach, by where they live; written nowhere."""
    living = Person.objects.filter(pk__in=of_area(area, at=at).values("root"), deceased_on=None)
    counted = living.order_by().values("present__name").annotate(people=Count("pk"))
    return [(row["present__name"], row["people"]) for row in counted.order_by("-people", "present__name")]
