"""What waits after a fact was taken back: what stands again, and contacts of nobody who are not clear of infection."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from cases.models import Call, Case, Void
from cases.models.cases import CaseQuerySet, State
from cases.models.proposals import Decision
from cases.selectors import chains
from cases.selectors.deaths import without_checked
from cases.selectors.humans import within_reach
from healthcode.core.offices.models import User

# By which act somebody reaches the people who have to be rung: their officer, the group, the service point, the city.
NAMED = 20  # cases listed by name; all are counted
REACHED_BY = ("order.end", "order.change", "result.apply", "case.decide")


def standing_again(user: User, at: datetime) -> QuerySet[Case]:
    """Find the cases that stand again and have not ended anew; supervision sees all of them."""
    cases = Case.objects.open().exclude(resumes=None).select_related("person")
    act = next((act for act in REACHED_BY if user.may(act)), None)
    if act is None:
        return cases if user.may("audit.read") else cases.none()
    return within_reach(cases, user, act, at)


def late(user: User, at: datetime) -> QuerySet[Case]:
    """Find what fell too long after its ending for a code to turn, and CDC has not answered; supervision sees all."""
    cases = waiting_for_cdc().select_related("person")
    if not user.may("case.answer_fall"):
        return cases if user.may("audit.read") else cases.none()
    return within_reach(cases, user, "case.answer_fall", at)


def waiting_for_cdc() -> QuerySet[Case]:
    """Return the rows by which cases would stand again whose endings fell too late."""
    return Case.objects.filter(state=State.HELD, hold=None).exclude(resumes=None)


@dataclass(frozen=True)
class Reached:
    """Whom one act let stand again: cases that the reader may see, how many more, how many others, how many wait."""

    named: tuple[Case, ...]
    more: int  # the reader's to see, too many to be named
    others: int
    waiting: int


def reached_by(user: User, *, since: datetime) -> Reached:
    """Return what stands again, or waits to, by what a user did since an instant: asked inside the act."""
    again = Case.objects.exclude(resumes=None).filter(opened_at__gte=since, opened_by=user)
    act = next((act for act in ("person.view", *REACHED_BY) if user.may(act)), "person.view")
    seen = within_reach(again, user, act, since)
    named = seen.select_related("person").order_by("person", "pk")[:NAMED]
    visible = seen.count() if len(named) == NAMED else len(named)
    waiting = Case.objects.exclude(resumes=None).filter(state=State.HELD, entered_at__gte=since)
    return Reached(
        tuple(named),
        visible - len(named),
        again.count() - visible,
        waiting.filter(hold__office=user.office_id).count(),
    )


def uncalled() -> QuerySet[Case]:
    """Find the cases that stand again of which nobody has told the person, or their family, by telephone."""
    reached = Call.objects.filter(case=OuterRef("pk")).exclude(reached=Call.Reached.NOBODY)
    return without_checked(Case.objects.open().exclude(resumes=None).filter(~Exists(reached)))


def to_call(user: User, at: datetime) -> QuerySet[Case]:
    """Find the cases about which this user's office has to telephone."""
    return within_reach(uncalled(), user, "case.record_call", at).select_related("person")


def contacts_of_nobody(user: User, at: datetime) -> QuerySet[Case]:
    """Find standing contacts whose index case turned out to be none, and what cites such a case: CDC decides.

    One whose exclusion was taken back stands again under a later row.
    """
    contacts = chains.of_nobody(Case.objects.open()).values("pk")
    cites = Case.objects.open().filter(evidence_ref__startswith="case:", evidence_ref__in=_citing_nobody())
    # Two sets, each by its index: of an OR every open case would be asked.
    cases = Case.objects.open().filter(pk__in=contacts.union(cites.values("pk"))).select_related("person")
    return within_reach(cases, user, "case.report", at)


def _gone() -> CaseQuerySet:
    return Case.objects.filter(Q(state=State.VOIDED) | Q(exit="EXCLUDED")).unresumed()


def _citing_nobody() -> QuerySet[Case, str]:
    """Return how linked data cites the cases that turned out to be no infection, whichever row of their chain."""
    replaced = Void.objects.filter(case=OuterRef("pk"), decision=Decision.APPROVED, replacement__isnull=False)
    gone = _gone().filter(~Exists(replaced), risk_area=None, index_case=None)
    first = gone.annotate(first=Coalesce("origin", "pk")).values("first")
    rows = Case.objects.filter(Q(pk__in=first) | Q(origin__in=first))
    cited = Concat(Value("case:"), Cast("pk", CharField()))
    return rows.annotate(cited=cited).values_list("cited", flat=True)
