"""Chains of cases: a row that resumes another, or follows it between clinical grounds, is the same case to others."""

from django.db.models import Q, QuerySet

from cases.models import Case
from cases.models.cases import State


def chain_of(case: Case) -> QuerySet[Case]:
    """Return every row of a case's chain, the first included."""
    return Case.objects.filter(Q(pk=case.origin_pk) | Q(origin=case.origin_pk))


def is_none(index: Case) -> bool:
    """Tell whether an index case turned out to be no infection: voided, sent back or excluded at its last row."""
    last = chain_of(index).order_by("-pk").first()
    return last is not None and (last.state in (State.VOIDED, State.REFUSED) or last.exit == "EXCLUDED")
