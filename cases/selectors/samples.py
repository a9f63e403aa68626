"""Tests that wait for somebody: samples to take again, yellow people not yet tested."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from cases.models import AreaKind, Case, LabResult, Person, RuleBook
from cases.models.results import Outcome
from cases.policy import days
from cases.selectors import area_index, positives
from cases.selectors.deaths import without_checked
from cases.selectors.humans import having, live_in, records_of, without
from healthcode.core.offices.models import User


def lost(user: User, at: datetime) -> QuerySet[LabResult]:
    later = LabResult.objects.uncorrected().filter(
        person__in=records_of(), sampled_at__gt=OuterRef("sampled_at")
    )
    lost = (
        LabResult.objects.uncorrected()
        .not_negative()
        .filter(outcome__in=(Outcome.LOST, Outcome.INCONCLUSIVE))
        .filter(without(later))
    )
    lost = lost.filter(live_in(user.jurisdiction)).select_related("person")
    return without_checked(lost)


def untested(user: User, at: datetime) -> QuerySet[Case]:
    sampled = LabResult.objects.uncorrected().filter(
        person__in=records_of(), sampled_at__gte=OuterRef("since")
    )
    # What stands again was due a test from when it stood first.
    since = Coalesce("origin__opened_at", "opened_at")
    theirs = area_index.of_area(AreaKind.OPEN_CASE, user.jurisdiction, at)
    yellow = Case.objects.open().filter(theirs, ground__in=_ended_by_test(at)).annotate(since=since)
    yellow = yellow.filter(without(sampled), live_in(user.jurisdiction)).select_related("person")
    return without_checked(yellow)


def applicable(user: User, at: datetime) -> QuerySet[Case]:
    """Find yellow people whose negative counts already and contradicts nothing: only the act is missing (3.4b).

    As `policy.exits` has it, in SQL: the latest sample is negative, since they left, or valid and since the stay began;
    every positive since then was answered.
    """
    policy = RuleBook.objects.in_force(at).policy
    counted = LabResult.objects.uncorrected().exclude(outcome=Outcome.LOST).filter(sampled_at__lte=at)
    theirs = counted.filter(person__in=records_of()).order_by("-sampled_at")
    negative = theirs.filter(outcome=Outcome.NEGATIVE).values("sampled_at")[:1]
    doubted = theirs.exclude(outcome=Outcome.NEGATIVE).filter(sampled_at__gte=OuterRef("tested_at"))
    unanswered = positives.unanswered_anywhere(at).filter(person__in=records_of())
    unanswered = unanswered.annotate(sampled_on=TruncDate("sampled_at", tzinfo=days.ZONE))
    tested = area_index.of_area(AreaKind.TESTED_CASE, user.jurisdiction, at)
    yellow = Case.objects.open().filter(tested, ground__in=_ended_by_test(at))
    yellow = yellow.annotate(tested_at=Subquery(negative))
    yellow = yellow.annotate(tested_on=TruncDate("tested_at", tzinfo=days.ZONE))
    valid_from = at - policy.parameters.risk_test_validity_days * days.ONE_DAY
    since = Q(tested_on__gte=F("began_on"))
    since |= Q(tested_at__gte=F("stayed_from")) & Q(tested_at__gte=valid_from)
    ready = yellow.filter(since, Q(stayed_from=None) | Q(tested_at__gte=F("stayed_from")))
    ready = ready.filter(without(doubted), without(unanswered.filter(sampled_on__gte=OuterRef("began_on"))))
    ready = ready.filter(live_in(user.jurisdiction)).select_related("person")
    return without_checked(ready)


def tested_since(at: datetime) -> tuple[QuerySet[Case], QuerySet[Case]]:
    """Find the yellow with a negative since they left or the stay began, the latest or not: alone, and joined.

    Two sets: of most humans there is one record, whose negatives are looked for by its key alone. One that was
    corrected is found too: the planner expects a single row to be uncorrected, and would take all for it.
    """
    negative = LabResult.objects.filter(outcome=Outcome.NEGATIVE)
    negative = negative.annotate(sampled_on=TruncDate("sampled_at", tzinfo=days.ZONE))
    in_time = Q(sampled_on__gte=OuterRef("began_on")) | Q(sampled_at__gte=OuterRef("stayed_from"))
    yellow = Case.objects.open().filter(ground__in=_ended_by_test(at))
    merged = Person.objects.exclude(merged_into=None)
    joined = merged.values("pk").union(merged.values("merged_into"))
    own = yellow.filter(Exists(negative.filter(in_time, person=OuterRef("person"))))
    of_any_record = negative.filter(in_time, person__in=records_of())
    return own, yellow.filter(person__in=joined).filter(having(of_any_record))


def _ended_by_test(at: datetime) -> tuple[str, ...]:
    return RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.ends_by_test)


def taken_of(path: str = "person") -> QuerySet[LabResult]:
    """Return the samples of the human whom an outer row names, the latest first; one that was lost says nothing."""
    taken = LabResult.objects.uncorrected().filter(person__in=records_of(path)).exclude(outcome=Outcome.LOST)
    return taken.order_by("-sampled_at", "-pk")
