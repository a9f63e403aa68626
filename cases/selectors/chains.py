"""Chains of cases: a row that resumes another, or follows it between clinical grounds, is the same case to others."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import Case, Fact
from cases.models.cases import BASIS_GONE, EvidenceKind, State
from cases.policy.exits import Rest
from cases.policy.rulebook import Policy

# Ends of a case that was no infection, or that another row of its chain goes on from.
NO_INFECTION = ("EXCLUDED", "RECLASSIFIED", BASIS_GONE)


def chain_of(case: Case) -> QuerySet[Case]:
    """Return every row of a case's chain, the first included."""
    return Case.objects.filter(Q(pk=case.origin_pk) | Q(origin=case.origin_pk))


def same_as(outer: str, path: str = "") -> Q:
    """Return the rows about the chain of the case that an outer row names; `path` leads from a row to its case."""
    case, first = OuterRef(outer), OuterRef(f"{outer}__origin")
    own, origin = f"{path}pk", f"{path}origin"
    return Q(**{own: case}) | Q(**{origin: case}) | Q(**{own: first}) | Q(**{origin: first})


def standing_of(case: Case) -> Case | None:
    """Return the row under which a case stands now, whichever row of its chain was named."""
    return chain_of(case).filter(state=State.OPEN).select_related("person").order_by("-pk").first()


def as_facts(case: Case) -> list[Rest]:
    """Return a case as the fact that an ending can rest on, under whichever row of its chain that was."""
    return [(Fact.CASE.value, key) for key in chain_of(case).order_by("pk").values_list("pk", flat=True)]


def have_contacts(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the cases on which a contact rests that stands or waits, under whichever row of their chain."""
    chain = Q(index_case=OuterRef("pk")) | Q(index_case__origin=OuterRef("pk"))
    of_origin = Q(index_case=OuterRef("origin")) | Q(index_case__origin=OuterRef("origin"))
    return cases.filter(Exists(resting().filter(chain | of_origin)))


def resting() -> QuerySet[Case]:
    """Return what stands or waits. What waits to stand again is asked when that is decided."""
    return Case.objects.filter(Q(state=State.OPEN) | Q(state__in=(State.REPORTED, State.HELD), resumes=None))


def going_on(outer: str = "pk") -> QuerySet[Case]:
    """Return the rows in which the chain of an outer row's case goes on; what was sent back goes on nowhere."""
    first = "origin" if outer == "pk" else f"{outer}__origin"
    chain = Q(origin=OuterRef(outer)) | Q(origin=OuterRef(first))
    return Case.objects.filter(chain, pk__gt=OuterRef(outer)).exclude(state=State.REFUSED)


def is_none(index: Case) -> bool:
    """Tell whether an index case turned out to be no infection: voided, excluded, or every row of it sent back."""
    return not _not_none().filter(Q(pk=index.origin_pk) | Q(origin=index.origin_pk)).exists()


def of_nobody(contacts: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the contacts whose index case is none."""
    return contacts.exclude(index_case=None).exclude(Exists(_not_none().filter(same_as("index_case"))))


def _not_none() -> QuerySet[Case]:
    """Return the last rows of chains that are an infection still, or may be."""
    last = Case.objects.exclude(state=State.REFUSED).exclude(Exists(going_on()))
    return last.exclude(state=State.VOIDED).exclude(exit="EXCLUDED")


def index_cases(book: Policy, at: datetime) -> QuerySet[Case]:
    """Return what a contact entered now may rest on: infections that stand, wait, or ended since the earliest contact.

    Whoever is cured or has died infected whom they met before all the same.
    """
    earliest = at - timedelta(days=book.parameters.entry_look_back_days)
    ended = Q(state=State.ENDED, closed_at__gte=earliest) & ~Q(exit__in=NO_INFECTION)
    infections = Case.objects.filter(ground__in=book.keys_where(lambda ground: ground.infected))
    return infections.unresumed().filter(Q(state__in=(State.OPEN, State.REPORTED)) | ended)


def opener_of(case: Case) -> int | None:
    """Return the key of the ended case whose ending opened this one: convalescence, or a ground that follows."""
    if case.follows_id is not None or case.evidence_kind != EvidenceKind.DISCHARGE:
        return case.follows_id
    # A convalescence of before it named the case: both are of one instant.
    first = case.origin or case
    ended = Case.objects.of(case.person).filter(exit="DISCHARGED", closed_at=first.opened_at)
    return ended.values_list("pk", flat=True).first()
