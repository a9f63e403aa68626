"""What came in under a document number that a record had for a time, and by a correction has no more."""

from datetime import datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, When

from cases.models import Case, Declaration, LabResult, NumberChange, Person
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.policy import days
from cases.selectors.humans import live_in
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within

LOOKED_AT_DAYS = 14  # how long the bureau sees it, as what came back is listed
AT_ONCE = Q(confirm_by__isnull=False)


def came_under_another(user: User, at: datetime) -> QuerySet[NumberChange]:
    """Find the decided corrections during whose wrong number a file brought something that still counts.

    Confirmed or approved, the number of before was wrong until the new one counted; restored, the one in between was.
    Nothing falls by it: whose each is, somebody has to see, and move or void what is another's.
    """
    wrong_until = Choice(
        When(Q(AT_ONCE, decision=Decision.APPROVED), then=F("proposed_at")), default=F("decided_at")
    )
    wrong_from = Choice(
        When(decision=Decision.APPROVED, then=F("person__registered_at")), default=F("proposed_at")
    )
    decided = NumberChange.objects.filter(decided_at__gt=at - LOOKED_AT_DAYS * days.ONE_DAY)
    decided = decided.filter(Q(decision=Decision.APPROVED) | Q(AT_ONCE, decision=Decision.REFUSED))
    decided = decided.annotate(wrong_from=wrong_from, wrong_until=wrong_until)
    counting = Case.objects.exclude(state__in=(State.VOIDED, State.REFUSED)).filter(resumes=None)
    found = Q(
        Exists(_brought(LabResult.objects.uncorrected(), "entered_at"))
        | Exists(_brought(Declaration.objects.uncorrected(), "at"))
        | Exists(_brought(counting, "entered_at"))
    )
    return decided.filter(found, live_in(user.jurisdiction)).select_related("person")


def corrected_alone(user: User, at: datetime) -> QuerySet[Person]:
    """Find the records without a case whose number one person corrected, where a file had brought what still counts."""
    since = at - LOOKED_AT_DAYS * days.ONE_DAY
    found = Q(_before(LabResult.objects.uncorrected(), "entered_at"))
    found |= Q(_before(Declaration.objects.uncorrected(), "at"))
    people = Person.objects.filter(number_corrected_at__gt=since, erased_at=None)
    return people.filter(found, within(user.jurisdiction, "present"))


def _before(rows: QuerySet[Any], entered: str) -> Exists:
    """Tell whether a file brought in something that counts under the number of before."""
    window = {f"{entered}__lt": OuterRef("number_corrected_at")}
    return Exists(rows.filter(person=OuterRef("pk"), batch__isnull=False, **window))


def _brought(rows: QuerySet[Model], entered: str) -> QuerySet[Model]:
    """Keep what files brought in under the record of an outer correction while its number was wrong."""
    window = {f"{entered}__gte": OuterRef("wrong_from"), f"{entered}__lt": OuterRef("wrong_until")}
    return rows.filter(person=OuterRef("person"), batch__isnull=False, **window)
