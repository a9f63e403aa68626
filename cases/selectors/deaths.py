"""Deaths that one office recorded and none confirmed yet: the code is being checked, and nobody is called about it."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Death, Person
from cases.models.proposals import Decision

Row = TypeVar("Row", bound=Model)


def being_checked(root: int) -> Death | None:
    """Return the death of a person's merged group that waits to be confirmed, by the surviving record's key."""
    pending = Death.objects.pending().filter(Q(person=root) | Q(person__merged_into=root))
    return pending.select_related("proposed_by__office").order_by("pk").first()


def without_checked(rows: QuerySet[Row], person: str = "person") -> QuerySet[Row]:
    """Leave out rows about persons whose death is being checked; `person` is the way from a row to its person."""
    roots = Death.objects.pending().values(root=Coalesce("person__merged_into", "person"))
    checked = Person.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots))
    return rows.exclude(**{f"{person}__in": checked})


def standing(root: int) -> QuerySet[Death]:
    """Return the deaths of a person's merged group that two offices recorded and nobody took back.

    There are two where each half had its own before the records were joined.
    """
    confirmed = Death.objects.filter(decision=Decision.APPROVED, withdrawn_at=None)
    return confirmed.filter(Q(person=root) | Q(person__merged_into=root)).order_by("pk")
