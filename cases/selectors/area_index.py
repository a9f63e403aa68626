"""What the timer gathered by area, with what came since: a list of an area asks its own rows, not those of the city.

Whoever reads it asks each row again, so that nothing stands here which is not so. Where the timer has not been at work
for some minutes nothing is taken from it, and everything is read from the facts (ADR 395).
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from cases.models import AreaFigure, AreaGathering, AreaKind, AreaRow, Case, ControlOrder, LabResult, Person
from cases.models.reading import remembered
from healthcode.core.offices.scope import within

FRESH = timedelta(minutes=5)  # beyond which the timer is taken for dead
CONVERSIONS_FRESH = timedelta(minutes=20)  # they are gathered every ten minutes
# Digits: of a county there are so many that a walk in the order of the list meets them soon, and stops sooner.
TOWNSHIP = 9
NEWER = 5000  # rows that are asked beside what was gathered
OF_EVERYBODY = (AreaKind.OPEN_CASE, AreaKind.STANDING_ORDER)


def of_area(kind: AreaKind, jurisdiction: str, at: datetime) -> Q:
    """Return which open cases or standing orders can be of an area: as gathered, and whatever is newer."""
    gathering = gathered(kind, at)
    if gathering is None or (kind in OF_EVERYBODY and len(jurisdiction) < TOWNSHIP):
        return Q()
    rows = AreaRow.objects.filter(within(jurisdiction, "area"), kind=kind).values("row")
    return Q(pk__in=rows.union(*_newer(kind, gathering), all=True))


def gathered(kind: AreaKind, at: datetime, within: timedelta = FRESH) -> AreaGathering | None:
    """Return when a kind was gathered; None where that is too long ago to go by."""
    known = remembered("area index", lambda: {one.kind: one for one in AreaGathering.objects.all()})
    gathering = known.get(kind)
    return gathering if gathering and -within < at - gathering.at < within else None


def _newer(kind: AreaKind, gathering: AreaGathering) -> list[QuerySet[Any, Any]]:
    if kind not in (AreaKind.OPEN_CASE, AreaKind.TESTED_CASE):
        return [_newest(ControlOrder.objects.standing(), gathering.newest).values("pk")]
    opened = _newest(Case.objects.open(), gathering.newest).values("pk")
    if kind == AreaKind.OPEN_CASE:
        return [opened]
    results = _newest(LabResult.objects.all(), gathering.newest_result)
    roots = results.values(root=Coalesce("person__merged_into", "person"))
    tested = (
        Case.objects.open().filter(person__in=Person.objects.filter(**{f"{one}__in": roots}).values("pk"))
        for one in ("pk", "merged_into")
    )
    return [opened, *(cases.order_by().values("pk") for cases in tested)]


def _newest(rows: QuerySet[Any], newest: int) -> QuerySet[Any]:
    """Return the rows after a key, at most so many: those of an act on many stand a minute later."""
    keys = rows.filter(pk__gt=newest).order_by("-pk").values("pk")[:NEWER]
    return rows.filter(pk__in=keys).order_by()


def colours(jurisdiction: str, book: int, at: datetime) -> dict[str, int] | None:
    """Return how many people of an area have each colour by a rule book; None where nobody gathered it."""
    gathering = gathered(AreaKind.COLOURS, at)
    if gathering is None or gathering.newest != book:
        return None
    figures = AreaFigure.objects.filter(within(jurisdiction, "area"), kind=AreaKind.COLOURS)
    return dict(figures.order_by().values_list("colour").annotate(total=Sum("number")))


def conversions(jurisdiction: str, at: datetime) -> Counter[tuple[date, str]] | None:
    """Return how many people of an area turned to each colour on each day; None where nobody gathered it."""
    if gathered(AreaKind.CONVERSIONS, at, CONVERSIONS_FRESH) is None:
        return None
    figures = AreaFigure.objects.filter(within(jurisdiction, "area"), kind=AreaKind.CONVERSIONS)
    rows = figures.order_by().values_list("day", "colour").annotate(total=Sum("number"))
    return Counter({(day, colour): total for day, colour, total in rows if day is not None})
