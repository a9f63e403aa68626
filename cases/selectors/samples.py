"""Tests that wait for somebody: samples to take again, yellow people not yet tested."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, LabResult, RuleBook
from cases.models.results import Outcome
from cases.selectors.deaths import without_checked
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within


def lost(user: User, at: datetime) -> QuerySet[LabResult]:
    later = LabResult.objects.uncorrected().filter(
        person=OuterRef("person"), sampled_at__gt=OuterRef("sampled_at")
    )
    lost = (
        LabResult.objects.uncorrected()
        .filter(outcome__in=(Outcome.LOST, Outcome.INCONCLUSIVE))
        .filter(~Exists(later))
    )
    lost = lost.filter(within(user.jurisdiction, "person__present")).select_related("person")
    return without_checked(lost)


def untested(user: User, at: datetime) -> QuerySet[Case]:
    sampled = LabResult.objects.uncorrected().filter(
        person=OuterRef("person"), sampled_at__gte=OuterRef("since")
    )
    # What stands again was due a test from when it stood first.
    since = Coalesce("origin__opened_at", "opened_at")
    tested = RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.ends_by_test)
    yellow = Case.objects.open().filter(ground__in=tested).annotate(since=since).filter(~Exists(sampled))
    yellow = yellow.filter(within(user.jurisdiction, "person__present")).select_related("person")
    return without_checked(yellow)


def latest(person: OuterRef) -> QuerySet[LabResult]:
    later = LabResult.objects.uncorrected().filter(
        person=OuterRef("person"), sampled_at__gt=OuterRef("sampled_at")
    )
    taken = LabResult.objects.uncorrected().filter(person=person).exclude(outcome=Outcome.LOST)
    return taken.filter(~Exists(later.exclude(outcome=Outcome.LOST)))
