"""Deaths that one office recorded and none confirmed yet: the code is being checked, and nobody is called about it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Death, Person
from cases.models.proposals import Decision
from cases.selectors import undecided

Row = TypeVar("Row", bound=Model)


def being_checked(root: int) -> Death | None:
    """Return the death of a person's merged group that waits to be confirmed, by the surviving record's key."""
    pending = undecided.waiting(Death).filter(person__among=Person.objects.group_of(root))
    return pending.select_related("proposed_by__office").order_by("pk").first()


def checked_among(roots: Iterable[int]) -> set[int]:
    """Return whose death is being checked, of these surviving records' keys: one query for a page of a list."""
    pending = undecided.waiting(Death).filter(person__among=Person.objects.group_of(*roots))
    return set(pending.values_list(Coalesce("person__merged_into", "person"), flat=True))


def checked_at(group: Iterable[int], at: datetime) -> bool:
    """Tell whether a death waited to be confirmed at an instant, of these records: they were one person then."""
    recorded = Death.objects.filter(person__in=list(group), proposed_at__lte=at)
    return recorded.filter(Q(decided_at=None) | Q(decided_at__gt=at)).exists()


def without_checked(rows: QuerySet[Row], person: str = "person") -> QuerySet[Row]:
    """Leave out rows about persons whose death is being checked; `person` is the way from a row to its person."""
    roots = undecided.waiting(Death).values(root=Coalesce("person__merged_into", "person"))
    # Two sets, each by its index: of an OR every person would be asked.
    themselves, merged = (
        Person.objects.filter(**{f"{one}__in": roots}).values("pk") for one in ("pk", "merged_into")
    )
    return rows.exclude(**{f"{person}__in": themselves.union(merged)})


def standing(root: int) -> QuerySet[Death]:
    """Return the deaths of a person's merged group that two offices recorded and nobody took back.

    There are two where each half had its own before the records were joined.
    """
    confirmed = Death.objects.filter(decision=Decision.APPROVED, withdrawn_at=None)
    return confirmed.filter(person__among=Person.objects.group_of(root)).order_by("pk")
