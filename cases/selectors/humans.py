"""One human under several records: rows keep the record they came in under, and are asked of all of them."""

from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, Person
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within


def records_of(path: str = "person") -> QuerySet[Person]:
    """Return every record of the human whom an outer row names, for the rows of a subquery: `person__in=records_of()`.

    `path` leads from the outer row to one of the records.
    """
    record, survivor = OuterRef(OuterRef(path)), OuterRef(OuterRef(f"{path}__merged_into"))
    of_record = Q(pk=record) | Q(merged_into=record)
    return Person.objects.filter(of_record | Q(pk=survivor) | Q(merged_into=survivor))


def live_in(jurisdiction: str, path: str = "person") -> Q:
    """Return which rows are about humans who live in a jurisdiction: where their surviving record says."""
    own = within(jurisdiction, f"{path}__present") & Q(**{f"{path}__merged_into": None})
    return own | within(jurisdiction, f"{path}__merged_into__present")


def within_reach(cases: QuerySet[Case], user: User, act: str, at: datetime) -> QuerySet[Case]:
    """Keep the cases of humans whom a user's act reaches, under whichever of their records they are."""
    humans = cases.alias(human=Coalesce("person__merged_into", "person"))
    return humans.filter(human__in=Person.objects.reachable_by(user, act, at))
