"""How far a reader's lists go: ranges of divisions and a small set of keys, so that a list is read from its index.

`Person.objects.reachable_by` asks the same of persons in hand, each by itself: of everybody that takes seconds.
"""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from cases.models import Case, ControlOrder, LookUp, Person
from cases.models.cases import LIVE
from healthcode.core.offices import roles
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import Reach
from healthcode.core.offices.scope import within

EVERYBODY, NOBODY = ~Q(pk__in=()), Q(pk__in=())
CITY = 4  # digits of a jurisdiction in which nearly everybody lives
AT_MOST = 2000  # persons whose keys are asked for beforehand


def of_rows(user: User, *acts: str, at: datetime, path: str = "") -> Q:
    """Return the filter of rows whose person one of the user's acts reaches; `path` leads from a row to its person."""
    reaches = {roles.reach(user.role, act) for act in acts} if user.is_active else set()
    if reaches & {Reach.ALL, Reach.STATED}:
        return EVERYBODY
    found = NOBODY
    for reach in _widest(reaches - {None}):
        found |= _of(user, reach, at, path)
    return found


def merged_within(user: User, *acts: str, at: datetime) -> list[int]:
    """Return the keys of the records that were merged into somebody whom one of the acts reaches: they are few."""
    merged = Person.objects.exclude(merged_into=None).filter(of_rows(user, *acts, at=at, path="merged_into"))
    return list(merged.values_list("pk", flat=True))


def persons_with(rows: QuerySet[Any]) -> Q:
    """Return the filter of persons whose merged group has one of these cases or orders.

    Of few rows the keys are asked for first; where there are many, each person of the page is asked.
    """
    pairs = list(rows.order_by().values_list("person", "person__merged_into")[: AT_MOST + 1])
    if len(pairs) <= AT_MOST:
        return Q(pk__in={key for pair in pairs for key in pair if key})
    return _has(rows, OuterRef("pk"))


def _has(rows: QuerySet[Any], person: OuterRef) -> Q:
    """Ask of each person for such a row, their own or of a record merged into theirs.

    Not EXISTS: of that PostgreSQL may choose to read all rows first, once for every page. Nor IS NULL: it believes
    that nobody passes, and reads the whole area in place of the newest.
    """
    own, merged = (
        Subquery(rows.filter(**{field: person}).order_by().values("pk")[:1])
        for field in ("person", "person__merged_into")
    )
    return Q(GreaterThan(Coalesce(own, merged, Value(0, BigIntegerField())), 0))


def _widest(reaches: set[Any]) -> set[Any]:
    """Leave out what another one holds as well."""
    for widest in (Reach.READ, Reach.FOUND):
        if widest in reaches:
            return {widest}
    return reaches


def _of(user: User, reach: Reach, at: datetime, path: str) -> Q:
    own = _range(user, path, "present")
    if reach == Reach.OWN:
        return own
    sets = _sets(user, reach, at)
    if reach == Reach.ASSIGNED:
        return _keys(sets, NOBODY, path)
    found = own | _range(user, path, "registered") if reach == Reach.READ else own
    if 0 < len(user.jurisdiction) <= CITY:
        return found | _asked_of_each(sets, path)
    return found | _keys(sets, within(user.jurisdiction, "present"), path)


def _range(user: User, path: str, residence: str) -> Q:
    return within(user.jurisdiction, f"{path}__{residence}" if path else residence)


def _sets(user: User, reach: Reach, at: datetime) -> list[QuerySet[Any]]:
    """Return the rows that bring somebody within reach from outside the area."""
    assigned: QuerySet[Any] = ControlOrder.objects.standing().filter(officer=user)
    if reach == Reach.ASSIGNED:
        return [assigned]
    live = Case.objects.filter(state__in=LIVE)
    looked_up = LookUp.objects.filter(user=user, at__lte=at, until__gt=at)
    coded = live.filter(source_office=user.office_id)
    sent = coded if reach == Reach.READ else coded.filter(addressed_to__isnull=False)
    return [assigned, live.filter(addressed_to=user.office_id), sent, looked_up]


def _keys(sets: list[QuerySet[Any]], known: Q, path: str) -> Q:
    """Find the persons of these rows, or of rows of records merged into theirs, who are not known anyway."""
    own = [rows.order_by().values("person") for rows in sets]
    merged = [
        rows.exclude(person__merged_into=None).order_by().values("person__merged_into") for rows in sets
    ]
    first, *others = (*own, *merged)
    found = Person.objects.filter(pk__in=first.union(*others)).exclude(known)
    return Q(**{f"{path or 'pk'}__in": list(found.values_list("pk", flat=True))})


def _asked_of_each(sets: list[QuerySet[Any]], path: str) -> Q:
    """Ask the few who live elsewhere one by one: the office's own rows are too many to be read for a page."""
    found = NOBODY
    for rows in sets:
        found |= _has(rows, OuterRef(path or "pk"))
    return found
