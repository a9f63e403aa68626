"""Positives and who answered them: CDC by a report or its opinion, the laboratory by a correction."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Case, Fact, LabResult, Opinion, Person, RuleBook
from cases.models.cases import State
from cases.models.results import Outcome
from cases.policy import exits, rulebook
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within

# A report that was sent back, and a case that was voided, answer nothing.
ANSWERING = (State.REPORTED, State.HELD, State.OPEN, State.ENDED)
ROOT = Coalesce("person__merged_into", "person")


def answers_of(
    person: Person, samples: Sequence[exits.Sample], *, book: rulebook.RuleBook
) -> tuple[dict[int, exits.Rests], bool]:
    """Return which positives are answered, each with the case or opinion, and whether a report of an infection waits.

    A case of an infection answers every positive that was sampled before it ended: it stood then, or came of it. A
    chain of cases that was voided answers none.
    """
    cases = list(_answering(book).filter(person__in=person.group).order_by("pk"))
    answered: dict[int, exits.Rests] = {}
    positives = [one for one in samples if one.outcome == Outcome.POSITIVE]
    for sample in positives:
        by = next((one for one in cases if one.closed_at is None or one.closed_at > sample.sampled_at), None)
        if by is not None:
            answered[sample.pk] = ((Fact.ANSWER.value, by.origin_pk),)
    if len(answered) < len(positives):
        opinions = {key: ((Fact.OPINION.value, row),) for key, row in opinions_of(person).items()}
        answered = opinions | answered
    return answered, any(one.state == State.REPORTED for one in cases)


def _answering(book: rulebook.RuleBook) -> QuerySet[Case]:
    """Return the cases of infections of chains that nobody voided."""
    infected = book.keys_where(lambda ground: ground.infected)
    cases = Case.objects.filter(ground__in=infected).annotate(first=Coalesce("origin", "pk"))
    voided = cases.filter(state=State.VOIDED).values("first")
    return cases.filter(state__in=ANSWERING).exclude(first__in=voided)


def opinions_of(person: Person) -> dict[int, int]:
    """Return CDC's standing opinions on a person's positives, by the result that counts now.

    A correction of what was typed around the outcome leaves the opinion as it was.
    """
    opinions = Opinion.objects.filter(person__in=person.group, withdrawn_at=None)
    found = {}
    for opinion in opinions.select_related("result").order_by("pk"):
        row = opinion.result
        after = LabResult.objects.filter(corrects=row, outcome=row.outcome, person=row.person_id).first()
        while after is not None:
            row = after
            after = LabResult.objects.filter(corrects=row, outcome=row.outcome, person=row.person_id).first()
        found[row.pk] = opinion.pk
    return found


def unanswered(user: User, at: datetime) -> QuerySet[LabResult]:
    """Find positives that CDC has not answered: a positive reddens nobody by itself."""
    cases = _answering(RuleBook.objects.in_force(at).policy).annotate(root=ROOT)
    answering = cases.filter(root=OuterRef("root")).filter(
        Q(closed_at=None) | Q(closed_at__gt=OuterRef("sampled_at"))
    )
    opinions = Opinion.objects.filter(result=OuterRef("pk"), withdrawn_at=None)
    positives = LabResult.objects.uncorrected().filter(outcome=Outcome.POSITIVE).annotate(root=ROOT)
    positives = positives.filter(~Exists(answering), ~Exists(opinions)).select_related("person")
    return positives.filter(within(user.jurisdiction, "person__present"))
