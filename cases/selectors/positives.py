"""Positives and who answered them: CDC by a report or its opinion, the laboratory by a correction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from cases.models import Case, ExitReport, Fact, LabResult, Opinion, Person, RuleBook
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.models.results import Outcome
from cases.policy import exits, rulebook
from cases.selectors.humans import live_in
from healthcode.core.offices.models import User

# A report that was sent back, a case that was voided, and one that may never count answer nothing.
ANSWERING = (State.REPORTED, State.OPEN, State.ENDED)
WAITING = (State.REPORTED, State.HELD)
ROOT = Coalesce("person__merged_into", "person")
# As `on_current` has it, for a statement over everybody: an opinion goes with its positive as long as what corrects it
# says the same of the same person. A correction can be corrected any number of times.
WITH_AN_OPINION = """
    WITH RECURSIVE answered (id, outcome, person_id) AS (
        SELECT result.id, result.outcome, result.person_id
          FROM cases_opinion AS opinion JOIN cases_labresult AS result ON result.id = opinion.result_id
         WHERE opinion.withdrawn_at IS NULL
        UNION ALL
        SELECT later.id, later.outcome, later.person_id
          FROM cases_labresult AS later JOIN answered ON later.corrects_id = answered.id
         WHERE later.outcome = answered.outcome AND later.person_id = answered.person_id)
    SELECT id FROM answered
"""


@dataclass(frozen=True)
class Answering:
    """What of one human can answer a positive: cases of chains that stand, and opinions by the result that counts.

    `waiting`: the grounds of CDC's reports that the control group has neither entered nor sent back.
    """

    cases: Sequence[Case]
    opinions: Mapping[int, int]
    waiting: frozenset[str] = frozenset()


def answering(person: Person, samples: Sequence[exits.Sample]) -> Answering:
    """Read what can answer the positives among a person's samples."""
    cases = of_chains_that_stand().filter(person__among=person.group).order_by("pk")
    positive = any(one.outcome == Outcome.POSITIVE for one in samples)
    return Answering(list(cases), opinions_of(person) if positive else {}, _waiting(person))


def _waiting(person: Person) -> frozenset[str]:
    """Return the grounds that reports of an illness wait to open: as a new case, or as what a case turned out to be."""
    cases = Case.objects.of(person).filter(state__in=WAITING, resumes=None)
    exits_reported = _reclassified().filter(case__person__among=person.group)
    waiting = cases.order_by().values_list("ground", flat=True)
    return frozenset(waiting.union(exits_reported.order_by().values_list("new_ground", flat=True)))


def stands_unanswered(person: Person, book: rulebook.Policy) -> bool:
    """Tell whether somebody has a positive that CDC has not answered, or is reported as infected."""
    rows = LabResult.objects.of(person).uncorrected().filter(outcome=Outcome.POSITIVE)
    samples = [exits.Sample(*row) for row in rows.values_list("sampled_at", "outcome", "pk")]
    answered, report_waits = answers_of(samples, answering(person, samples), book=book)
    return report_waits or any(one.pk not in answered for one in samples)


def answers_of(
    samples: Sequence[exits.Sample], known: Answering, *, book: rulebook.Policy
) -> tuple[dict[int, exits.Rests], bool]:
    """Return which positives are answered, each with the case or opinion, and whether a report of an infection waits.

    A case of an infection answers every positive that was sampled before it ended: it stood then, or came of it. A
    chain of cases that was voided answers none.
    """
    infected = book.keys_where(lambda ground: ground.infected)
    cases = [case for case in known.cases if case.ground in infected]
    answered: dict[int, exits.Rests] = {}
    positives = [one for one in samples if one.outcome == Outcome.POSITIVE]
    for sample in positives:
        by = next((one for one in cases if one.closed_at is None or one.closed_at > sample.sampled_at), None)
        if by is not None:
            answered[sample.pk] = ((Fact.ANSWER.value, by.origin_pk),)
    if len(answered) < len(positives):
        opinions = {key: ((Fact.OPINION.value, row),) for key, row in known.opinions.items()}
        answered = opinions | answered
    return answered, not known.waiting.isdisjoint(infected)


def of_chains_that_stand() -> QuerySet[Case]:
    """Return the cases that can answer something, of chains that nobody voided."""
    cases = Case.objects.annotate(first=Coalesce("origin", "pk"))
    voided = cases.filter(state=State.VOIDED).values("first")
    return cases.filter(state__in=ANSWERING).exclude(first__in=voided)


def opinions_of(person: Person) -> dict[int, int]:
    """Return CDC's standing opinions on a person's positives, by the result that counts now."""
    opinions = Opinion.objects.filter(person__among=person.group, withdrawn_at=None)
    rows = LabResult.objects.of(person).exclude(corrects=None)
    return on_current(
        opinions.select_related("result").order_by("pk"), {row.corrects_id: row for row in rows}
    )


def on_current(opinions: Iterable[Opinion], corrected: Mapping[int | None, LabResult]) -> dict[int, int]:
    """Return opinions by the result that counts now; `corrected` has by a row's key the row that answers it.

    A correction of what was typed around the outcome leaves the opinion as it was.
    """
    found = {}
    for opinion in opinions:
        row, later = opinion.result, corrected.get(opinion.result_id)
        while later is not None and (later.outcome, later.person_id) == (row.outcome, row.person_id):
            row, later = later, corrected.get(later.pk)
        found[row.pk] = opinion.pk
    return found


def doubted_anywhere(at: datetime) -> list[int]:
    """Return by the surviving record who has a positive that CDC has not answered, or is reported as infected."""
    infected = RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.infected)
    cases = Case.objects.filter(state__in=WAITING, resumes=None, ground__in=infected)
    reclassified = (
        _reclassified()
        .filter(new_ground__in=infected)
        .annotate(root=Coalesce("case__person__merged_into", "case__person"))
    )
    waiting = cases.annotate(root=ROOT).order_by().values_list("root")
    doubted = unanswered_anywhere(at).order_by().values_list("root")
    return [root for (root,) in doubted.union(waiting, reclassified.order_by().values_list("root"))]


def _reclassified() -> QuerySet[ExitReport]:
    """Return the reports that wait of what a standing case turned out to be."""
    return ExitReport.objects.filter(exit="RECLASSIFIED", decision=Decision.PENDING, case__state=State.OPEN)


def unanswered(user: User, at: datetime) -> QuerySet[LabResult]:
    """Find the positives of a user's area that CDC has not answered."""
    found = unanswered_anywhere(at).select_related("person")
    return found.filter(live_in(user.jurisdiction))


def unanswered_anywhere(at: datetime) -> QuerySet[Any]:
    """Find positives that CDC has not answered, with the surviving record as `root`. None turns a code by itself."""
    infected = RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.infected)
    cases = of_chains_that_stand().filter(ground__in=infected).annotate(root=ROOT)
    answering = cases.filter(root=OuterRef("root")).filter(
        Q(closed_at=None) | Q(closed_at__gt=OuterRef("sampled_at"))
    )
    positives = LabResult.objects.uncorrected().not_negative()
    positives = positives.filter(outcome=Outcome.POSITIVE).annotate(root=ROOT)
    with_an_opinion = RawSQL(WITH_AN_OPINION, ())  # noqa: S611 - nothing from outside is in it
    return positives.filter(~Exists(answering)).exclude(pk__in=with_an_opinion)
