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
    """Return which positives are answered and by which opinion, and whether a report of an infection waits.

    A case of an infection answers every positive that was sampled before it ended: it stood then, or came of it.
    """
    infected = book.keys_where(lambda ground: ground.infected)
    cases = Case.objects.of(person).filter(ground__in=infected, state__in=ANSWERING)
    closed = list(cases.values_list("state", "closed_at"))
    answered: dict[int, exits.Rests] = {}
    positives = [one for one in samples if one.outcome == Outcome.POSITIVE]
    for sample in positives:
        if any(at is None or at > sample.sampled_at for _state, at in closed):
            answered[sample.pk] = ()
    if len(answered) < len(positives):
        answered |= {key: ((Fact.OPINION.value, row),) for key, row in opinions_of(person).items()}
    return answered, any(state == State.REPORTED for state, _at in closed)


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
    """Find the positives of a user's area that CDC has not answered."""
    found = unanswered_anywhere(at).select_related("person")
    return found.filter(within(user.jurisdiction, "person__present"))


def unanswered_anywhere(at: datetime) -> QuerySet[LabResult]:
    """Find positives that CDC has not answered: a positive reddens nobody by itself."""
    infected = RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.infected)
    cases = Case.objects.filter(ground__in=infected, state__in=ANSWERING).annotate(root=ROOT)
    answering = cases.filter(root=OuterRef("root")).filter(
        Q(closed_at=None) | Q(closed_at__gt=OuterRef("sampled_at"))
    )
    opinions = Opinion.objects.filter(result=OuterRef("pk"), withdrawn_at=None)
    positives = LabResult.objects.uncorrected().filter(outcome=Outcome.POSITIVE).annotate(root=ROOT)
    return positives.filter(~Exists(answering), ~Exists(opinions))
