"""One human under several records: rows keep the record they came in under, and are asked of all of them."""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from cases.models import Case, Person
from cases.models.among import FoundKeys
from cases.models.reading import is_reading, remembered
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within


def records_of(path: str = "person") -> QuerySet[Person]:
    """Return every record of the human whom an outer row names, for the rows of a subquery: `person__in=records_of()`.

    `path` leads from the outer row to one of the records.
    """
    record, survivor = OuterRef(OuterRef(path)), OuterRef(OuterRef(f"{path}__merged_into"))
    of_record = Q(pk=record) | Q(merged_into=record)
    return Person.objects.filter(of_record | Q(pk=survivor) | Q(merged_into=survivor))


def without(rows: QuerySet[Any]) -> Q:
    """Return that there is no such row for the outer row.

    Not NOT EXISTS: PostgreSQL turns that into a join of all outer rows with everybody's rows, where `records_of`
    is asked of each pair.
    """
    return Q(LessThan(_first_key(rows), 1))


def having(rows: QuerySet[Any]) -> Q:
    """Return that there is such a row for the outer row. Not EXISTS, of which PostgreSQL makes the same join."""
    return Q(GreaterThan(_first_key(rows), 0))


def _first_key(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("pk")[:1]), Value(0, BigIntegerField()))


def live_in(jurisdiction: str, path: str = "person") -> Q:
    """Return which rows are about humans who live in a jurisdiction: where their surviving record says."""
    own = within(jurisdiction, f"{path}__present") & Q(**{f"{path}__merged_into": None})
    # Few are merged: their keys are read once. Of a join the area would be asked last, after all that costs more; and
    # PostgreSQL reckons what it costs to find them (`in`) for each row, so that it would sooner read all persons.
    merged = Person.objects.exclude(merged_into=None).filter(within(jurisdiction, "merged_into__present"))
    keys = merged.values_list("pk", flat=True)
    # A page of twenty lists finds them once: each time all merged records of the city are looked at.
    found = remembered(("merged in", jurisdiction), lambda: FoundKeys(keys)) if is_reading() else keys
    return own if found == () else own | Q(**{f"{path}__among": found})


def within_reach(cases: QuerySet[Case], user: User, act: str, at: datetime) -> QuerySet[Case]:
    """Keep the cases of humans whom a user's act reaches, under whichever of their records they are."""
    humans = cases.alias(human=Coalesce("person__merged_into", "person"))
    return humans.filter(human__in=Person.objects.reachable_by(user, act, at))
