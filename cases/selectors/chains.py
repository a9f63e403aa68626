"""Chains of cases: a row that resumes another, or follows it between clinical grounds, is the same case to others."""

from django.db.models import Q, QuerySet

from cases.models import Case, Fact
from cases.models.cases import EvidenceKind, State
from cases.policy.exits import Rest


def chain_of(case: Case) -> QuerySet[Case]:
    """Return every row of a case's chain, the first included."""
    return Case.objects.filter(Q(pk=case.origin_pk) | Q(origin=case.origin_pk))


def as_facts(case: Case) -> list[Rest]:
    """Return a case as the fact that an ending can rest on, under whichever row of its chain that was."""
    return [(Fact.CASE.value, key) for key in chain_of(case).order_by("pk").values_list("pk", flat=True)]


def is_none(index: Case) -> bool:
    """Tell whether an index case turned out to be no infection: voided, sent back or excluded at its last row."""
    last = chain_of(index).order_by("-pk").first()
    return last is not None and (last.state in (State.VOIDED, State.REFUSED) or last.exit == "EXCLUDED")


def opener_of(case: Case) -> int | None:
    """Return the key of the ended case whose ending opened this one: convalescence, or a ground that follows."""
    if case.follows_id is not None or case.evidence_kind != EvidenceKind.DISCHARGE:
        return case.follows_id
    # A convalescence of before it named the case: both are of one instant.
    first = case.origin or case
    ended = Case.objects.of(case.person).filter(exit="DISCHARGED", closed_at=first.opened_at)
    return ended.values_list("pk", flat=True).first()
