"""Whose track leads to an area, within the days that are looked back."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case as SqlCase
from django.db.models import (
    Count,
    DurationField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from cases.models import Person, Presence, RiskArea, RuleBook
from cases.models.spans import SecondsLater
from cases.policy import days
from healthcode.core.offices.scope import within


def of_area(area: RiskArea, *, at: datetime, among: QuerySet[Presence] | None = None) -> QuerySet[Any]:
    """Return who was there, as (`root`, `record`, `left_at`, `stayed_from`): of whom, and both ends of their last stay.

    Of merged records each has its row. `among` narrows whom new tracks lead there; their stay is worked out from all
    their tracks. A piece shorter than the book's shortest stay is a passage, but the pieces of one person that together
    reach it are a stay as well.
    """
    leads = _leads(area)
    since = days.midnight(days.local_day(at) - timedelta(days=area.look_back_days))
    seen = Q(leads, until_at__gte=since, from_at__lte=at)
    found = Presence.objects.filter(seen)
    if among is not None:
        # Read here: as a subquery the planner would look through all the tracks of the area for each set of new ones.
        who = list(among.filter(seen).values_list("person", flat=True))
        roots = Person.objects.filter(pk__in=who).values_list(Coalesce("merged_into", "pk"), flat=True)
        found = found.filter(person__in=_records_of(set(roots)))
    return _last_stays(found, leads, _shortest(at))


def tracks_into(area: RiskArea, roots: Collection[int], *, at: datetime) -> QuerySet[Any]:
    """Return the tracks of some people that lead to an area, however long ago, as (`root`, `until_at`, `batch`)."""
    place = _leads(area)
    found = Presence.objects.filter(place, person__in=_records_of(set(roots))).order_by()
    rooted = found.filter(_counted(found, place, _shortest(at)))
    return rooted.values_list(Coalesce("person__merged_into", "person"), "until_at", "batch")


def _shortest(at: datetime) -> timedelta:
    return timedelta(minutes=RuleBook.objects.in_force(at).policy.parameters.shortest_stay_minutes)


def _leads(area: RiskArea) -> Q:
    """Keep the tracks that lead to an area: stays, to a severe situation contacts too."""
    place = Q(venue=area.venue) if area.venue else within(area.division_id or "", "division")
    return place & Q(
        kind__in=(Presence.Kind.STAY, Presence.Kind.CONTACT) if area.severe else (Presence.Kind.STAY,)
    )


def _counted(found: QuerySet[Presence], leads: Q, shortest: timedelta) -> Q:
    """Keep stays and contacts, and the passages of those people whose passages add up to a stay."""
    counts = Q(until_at__gte=SecondsLater("from_at", shortest)) | Q(kind=Presence.Kind.CONTACT)
    # Read here: those who only passed are few, and the query for all the others stays the plain one it is.
    passing = {*_passing(found, leads, ~counts, shortest), *_passing_together(found, ~counts, shortest)}
    if passing:
        counts |= Q(person__in=passing)
    return counts


def _last_stays(found: QuerySet[Presence], leads: Q, shortest: timedelta) -> QuerySet[Any]:
    counts = _counted(found, leads, shortest)
    # Pieces that overlap are one stay, which began with the first of them.
    before = Presence.objects.filter(
        leads,
        counts,
        person=OuterRef("person"),
        from_at__lt=OuterRef("from_at"),
        until_at__gte=OuterRef("from_at"),
    )
    of_whom = {"root": Coalesce("person__merged_into", "person"), "record": F("person")}
    rooted = found.filter(counts).order_by().values(**of_whom)
    return rooted.annotate(left_at=Max("until_at"), stayed_from=Max("from_at", filter=~Exists(before)))


def _passing(found: QuerySet[Presence], leads: Q, passage: Q, shortest: timedelta) -> QuerySet[Any]:
    """Return the records whose passages together are as long as a stay, each minute counted once."""
    before = Presence.objects.filter(leads, passage, person=OuterRef("person")).filter(
        Q(from_at__lt=OuterRef("from_at")) | Q(from_at=OuterRef("from_at"), pk__lt=OuterRef("pk"))
    )
    counted_until = Coalesce(Subquery(before.order_by("-until_at").values("until_at")[:1]), F("from_at"))
    begins = SqlCase(When(from_at__gt=counted_until, then=F("from_at")), default=counted_until)
    adds = SqlCase(
        When(until_at__gt=begins, then=F("until_at") - begins),
        default=Value(timedelta()),
        output_field=DurationField(),
    )
    added = found.filter(passage).order_by().values("person").annotate(added=Sum(adds))
    return added.filter(added__gte=shortest).values_list("person", flat=True)


def _passing_together(found: QuerySet[Presence], passage: Q, shortest: timedelta) -> set[int]:
    """Return the records of merged humans whose passages together are as long as a stay, each minute counted once."""
    merged = Person.objects.exclude(merged_into=None)
    joined = Q(person__in=merged.values("pk")) | Q(person__in=merged.values("merged_into"))
    rows = found.filter(passage, joined).annotate(root=Coalesce("person__merged_into", "person"))
    records: dict[int, set[int]] = defaultdict(set)
    added: dict[int, timedelta] = defaultdict(timedelta)
    until: dict[int, datetime] = {}
    pieces = rows.order_by("from_at", "pk").values_list("root", "person", "from_at", "until_at")
    for root, person, from_at, until_at in pieces:
        records[root].add(person)
        begins = max(from_at, until.get(root, from_at))
        added[root] += max(until_at - begins, timedelta())
        until[root] = max(until_at, begins)
    return {record for root, total in added.items() if total >= shortest for record in records[root]}


def _records_of(roots: set[int]) -> list[int]:
    merged = Person.objects.filter(merged_into__in=roots).values_list("pk", flat=True)
    return [*roots, *merged]


def townships(area: RiskArea, *, at: datetime) -> list[tuple[str, int]]:
    """Return how many people an area would reach, by where they live; written nowhere."""
    living = Person.objects.filter(pk__in=of_area(area, at=at).values("root"), deceased_on=None)
    counted = living.order_by().values("present__name").annotate(people=Count("pk"))
    return [(row["present__name"], row["people"]) for row in counted.order_by("-people", "present__name")]
