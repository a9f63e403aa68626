"""Whoever is yellow by a fever, by what is missing next: the examination, the sample, or the form (3.4a).

As `policy.exits` has it, in SQL: what counts was done since the onset, and not long before the fever was declared.
"""

from datetime import datetime, timedelta

from django.db.models import DateField, DateTimeField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate

from cases.models import AreaKind, Case, ClinicVisit, Declaration, LabResult, RuleBook
from cases.models.results import Outcome
from cases.policy import days
from cases.selectors import area_index
from cases.selectors.deaths import without_checked
from cases.selectors.humans import live_in, records_of
from healthcode.core.offices.models import User


def unexamined(user: User, at: datetime) -> QuerySet[Case]:
    """Find those whom no fever clinic has ruled out since the onset."""
    return _feverish(user, at, Q(ruled_out=None) | Q(ruled_out=False))


def unsampled(user: User, at: datetime) -> QuerySet[Case]:
    """Find those who were ruled out, and of whom no sample since the onset says anything yet."""
    return _feverish(user, at, Q(ruled_out=True, outcome=None))


def undeclared(user: User, at: datetime) -> QuerySet[Case]:
    """Find those who were ruled out and are negative: the new form is missing."""
    return _feverish(user, at, Q(ruled_out=True, outcome=Outcome.NEGATIVE))


def _feverish(user: User, at: datetime, come_to: Q) -> QuerySet[Case]:
    policy = RuleBook.objects.in_force(at).policy
    theirs = area_index.of_area(AreaKind.OPEN_CASE, user.jurisdiction, at)
    grounds = policy.keys_where(lambda ground: ground.self_declared)
    cases = Case.objects.open().filter(theirs, live_in(user.jurisdiction), ground__in=grounds)
    cases = cases.select_related("person")
    cases = cases.annotate(declared_at=Coalesce("origin__opened_at", "opened_at"))
    before = timedelta(days=policy.parameters.fever_evidence_days)
    long_before = ExpressionWrapper(F("declared_at") - before, output_field=DateTimeField())
    forms = Declaration.objects.uncorrected().filter(
        person__in=records_of(), fever=True, onset_on__isnull=False, at__gte=OuterRef("declared_at")
    )
    onset = Subquery(forms.order_by("-onset_on").values("onset_on")[:1])
    cases = cases.annotate(
        since=Greatest(
            Coalesce(onset, "began_on"), TruncDate(long_before, tzinfo=days.ZONE), output_field=DateField()
        )
    )
    visits = ClinicVisit.objects.uncorrected().filter(person__in=records_of(), visited_at__lte=at)
    visits = visits.annotate(day=TruncDate("visited_at", tzinfo=days.ZONE)).filter(day__gte=OuterRef("since"))
    samples = LabResult.objects.uncorrected().exclude(outcome=Outcome.LOST)
    samples = samples.filter(person__in=records_of(), sampled_at__lte=at)
    samples = samples.annotate(day=TruncDate("sampled_at", tzinfo=days.ZONE)).filter(
        day__gte=OuterRef("since")
    )
    cases = cases.annotate(
        ruled_out=Subquery(visits.order_by("-visited_at", "ruled_out").values("ruled_out")[:1]),
        outcome=Subquery(samples.order_by("-sampled_at").values("outcome")[:1]),
    )
    return without_checked(cases.filter(come_to))
