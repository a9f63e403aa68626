"""The results of a delivery that is taken back: withdrawn, and what rested on them asked again, in parts of people.

Nothing of one part is kept for the next: memory does not grow with the delivery. Everybody is locked before the first
part, or two acts that go through parts would wait for each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from cases.models import Batch, Case, LabResult, Person
from cases.selectors.admission import ROOT
from cases.services.engine import falling
from cases.services.engine.codes import turning
from cases.services.engine.dialects import in_parts
from cases.services.samples import corrections
from healthcode.core import progress
from healthcode.core.offices.models import User


@dataclass
class UndoneResults:
    """How many results were withdrawn, and how many cases stand again by that."""

    withdrawn: int = 0
    resumed: int = 0


def reached(batch: Batch) -> set[int]:
    """Return by key whom a delivery's results are about, and whose endings rest on one of them."""
    found = set(corrections.borne_by_delivery(batch).annotate(root=ROOT).values_list("root", flat=True))
    for part in in_parts(sorted(found)):
        found |= falling.roots_reached(corrections.facts_of(_of(batch, part)))
    return found


def undo(batch: Batch, roots: Collection[int], *, reason: str, by: User, at: datetime) -> UndoneResults:
    """Withdraw the results of a delivery, those of a thousand people at a time. Call it once all are locked."""
    done, parts = UndoneResults(), list(in_parts(sorted(roots)))
    for number, part in enumerate(parts):
        with progress.part(number / len(parts), (number + 1) / len(parts)):
            _undo_part(batch, part, done, reason=reason, by=by, at=at)
    return done


def _undo_part(
    batch: Batch, part: Collection[int], done: UndoneResults, *, reason: str, by: User, at: datetime
) -> None:
    results = _of(batch, part)
    facts = corrections.facts_of(results)
    with_case = Person.objects.filter(
        Exists(Case.objects.filter(person=OuterRef("pk"))), pk__in=[result.person_id for result in results]
    )
    with turning([*with_case, *falling.reached(facts)], by=by, at=at, act="batch.undone") as turn:
        done.withdrawn += corrections.withdraw_all(results, reason=reason, turn=turn)
        done.resumed += len(falling.answer(facts, turn=turn, approved=True).resumed)
        falling.ask_tracks(turn.before, turn)


def _of(batch: Batch, roots: Collection[int]) -> list[LabResult]:
    records = Person.objects.group_of(*roots)
    results = corrections.borne_by_delivery(batch).filter(person__in=records)
    return list(results.select_related("person", "corrects").order_by("pk"))
