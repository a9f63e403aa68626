"""Results are corrected, given to the right person, and withdrawn: rows that answer an earlier one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, LabResult, Person
from cases.models.repeats import borne_by
from cases.models.results import Outcome
from cases.policy import exits
from cases.services.engine import falling
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.refusals import Refusal
from cases.services.samples import tubes
from cases.services.samples.reports import LaboratoryReport, spelled
from cases.services.samples.results import end_tested, write
from healthcode.core.offices.models import User


class AlreadyCorrected(Refusal):
    code = "results.already_corrected"
    message = _("This result has already been corrected: correct the newer one.")
    field = "result"


class EnteredElsewhere(Refusal):
    code = "results.correction.entered_elsewhere"
    message = _("This result was entered by %(office)s: that office corrects it.")
    field = "result"


class ResultWithdrawn(Refusal):
    code = "results.correction.withdrawn"
    message = _("This result was withdrawn and holds its number no more: enter it anew.")
    field = "result"


class PositiveStands(Refusal):
    code = "results.correction.positive_stands"
    message = _(
        "A positive is corrected by CDC alone, which looks into each: tell CDC, or enter a new sample."
    )
    field = "result"


class AnotherSample(Refusal):
    code = "results.correction.another_sample"
    message = _(
        "At least two of laboratory, report number and sampling time stay in a correction: "
        "another sample is a new entry."
    )
    field = "sampled_at"


class SameHolder(Refusal):
    code = "results.reassign.same_person"
    message = _("This result already belongs to this person.")
    field = "document_number"


class CorrectedWithoutReason(Refusal):
    code = "results.correction.reason_missing"
    message = _("Say why the result is corrected.")
    field = "reason"


def correctable(by: User) -> QuerySet[LabResult]:
    """Return the results that a user's office may correct: its own, but a positive is CDC's alone."""
    current, own = LabResult.objects.uncorrected(), Q(office=by.office_id)
    if by.role == "cdc":
        return current.filter(own | Q(outcome=Outcome.POSITIVE))
    return current.filter(own).exclude(outcome=Outcome.POSITIVE)


@falling.begun_anew
def correct(
    old: LabResult, sample: LaboratoryReport, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> LabResult:
    """Enter a new row that replaces an old one; both stay. Of a pooled tube everybody's outcome is corrected."""
    require(by, "result.correct", at=at, person=old.person)
    if not reason:
        raise CorrectedWithoutReason()
    sample = spelled(sample)
    rows = [old, *_in_one_tube(old, sample)]
    facts_answered = [fact for row in rows for fact in falling.chain_of(row)]
    persons = [*(row.person for row in rows), *falling.reached(facts_answered)]
    with turning(persons, by=by, at=at, act="result.corrected", seen=seen) as turn:
        _require_correctable(old, by)
        _require_same_sample(old, sample)
        if sample.pool_size is not None:
            tubes.read_alone()
        if [old, *_in_one_tube(old, sample)] != rows:
            raise falling.Grown()
        result, *_others = _correct_all(rows, sample, reason, turn)
        falling.answer(facts_answered, turn=turn)
        if by.may("result.apply"):
            _end_tested(rows, turn)
    return result


def _in_one_tube(old: LabResult, sample: LaboratoryReport) -> list[LabResult]:
    """Return the results of others that a correction answers as well; none where the row leaves its tube."""
    same_tube = (old.laboratory.casefold(), old.report_number) == (
        sample.laboratory.casefold(),
        sample.report_number,
    )
    changed = (old.outcome, old.pool_size) != (sample.outcome, sample.pool_size)
    if sample.pool_size is None or not (same_tube and changed):
        return []
    return [
        row
        for row in tubes.others_in(old)
        if (row.outcome, row.pool_size) != (sample.outcome, sample.pool_size)
    ]


def _correct_all(
    rows: Sequence[LabResult], sample: LaboratoryReport, reason: str, turn: Turn
) -> list[LabResult]:
    """Write what is right of one person, and of each other in the tube what is the tube's."""
    old, *others = rows
    answered = {row.pk for row in rows}
    tube: dict[str, Any] = {
        "outcome": sample.outcome,
        "pool_size": sample.pool_size,
        "reported_at": sample.reported_at,
    }
    right = [(old, sample), *((row, replace(_sample_of(row), **tube)) for row in others)]
    return [
        write(row.person, one, turn=turn, corrects=row, reason=reason, answered=answered)
        for row, one in right
    ]


def _end_tested(rows: Sequence[LabResult], turn: Turn) -> None:
    """End what the results end now, of the first person and of whoever else is within the user's reach."""
    first, *others = (row.person for row in rows)
    reach = Person.objects.reachable_by(turn.by, "result.apply", turn.at)
    for person in (first, *reach.filter(pk__in=[one.pk for one in others]).order_by("pk")):
        end_tested(person, turn)


@falling.begun_anew
def move(
    old: LabResult, *, to: Person, reason: str, by: User, at: datetime, seen: int | None = None
) -> LabResult:
    """Give a result that was entered for the wrong person to the right one; the old row stays, and counts no more."""
    for person in (old.person, to):
        require(by, "result.correct", at=at, person=person)
    if not reason:
        raise CorrectedWithoutReason()
    if old.person.root_id == to.root_id:
        raise SameHolder()
    facts_answered = falling.chain_of(old)
    persons = [old.person, to, *falling.reached(facts_answered)]
    with turning(persons, by=by, at=at, act="result.corrected", seen=seen) as turn:
        _require_correctable(old, by)
        result = write(to, _sample_of(old), turn=turn, corrects=old, reason=reason)
        falling.answer(facts_answered, turn=turn)
        if by.may("result.apply"):
            end_tested(to, turn)
    return result


def facts_of(results: Iterable[LabResult]) -> list[exits.Rest]:
    """Return the facts that results are, those they correct included: what withdrawing them answers."""
    return [fact for row in results for fact in falling.chain_of(row)]


def borne_by_delivery(batch: Batch) -> QuerySet[LabResult]:
    """Return the results that go with a delivery, whoever has them now."""
    return LabResult.objects.uncorrected().filter(borne_by(batch, "result"))


def withdraw_all(results: Iterable[LabResult], *, reason: str, turn: Turn) -> int:
    """Answer results that count with rows that withdraw them; return how many."""
    rows = [
        LabResult(
            person=result.person,
            sampled_at=result.sampled_at,
            reported_at=result.reported_at,
            outcome=Outcome.WITHDRAWN.value,
            laboratory=result.laboratory,
            report_number=result.report_number,
            origin=result.origin,
            pool_size=result.pool_size,
            corrects=result,
            reason=reason[:200],
            entered_by=turn.by,
            office=turn.by.office,
            entered_at=turn.at,
        )
        for result in results
    ]
    for row in LabResult.objects.bulk_create(rows):
        turn.record(
            "result.corrected",
            row,
            outcome=row.outcome,
            sampled=row.sampled_at,
            origin=row.origin,
            corrects=row.corrects_id,
        )
    return len(rows)


def _require_correctable(old: LabResult, by: User) -> None:
    if LabResult.objects.filter(corrects=old).exists():
        raise AlreadyCorrected()
    if old.outcome == Outcome.WITHDRAWN:
        raise ResultWithdrawn()
    if not correctable(by).filter(pk=old.pk).exists():
        raise PositiveStands() if old.outcome == Outcome.POSITIVE else EnteredElsewhere(office=old.office)


def _require_same_sample(old: LabResult, sample: LaboratoryReport) -> None:
    """A correction mends what was typed wrong of one sample; it does not put another in its place."""
    minutes = (one.replace(second=0, microsecond=0) for one in (old.sampled_at, sample.sampled_at))
    changed = (
        old.laboratory != sample.laboratory,
        old.report_number != sample.report_number,
        len(set(minutes)) > 1,
    )
    if sum(changed) > 1:
        raise AnotherSample()


def _sample_of(result: LabResult) -> LaboratoryReport:
    names = ("sampled_at", "outcome", "laboratory", "report_number", "reported_at", "origin", "pool_size")
    return LaboratoryReport(**{name: getattr(result, name) for name in names})
