"""Test results: enter, verify a report from elsewhere, correct, apply (clauses 3.3, 3.4b)."""

from collections.abc import Collection, Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ClinicVisit, LabResult, Person
from cases.models.results import Origin, Outcome
from cases.policy import exits
from cases.policy.words import Bilingual
from cases.selectors import facts
from cases.services.engine import mass_orders, repeats
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.refusals import Refusal, collected
from cases.services.samples import tubes
from cases.services.samples.reports import LaboratoryReport, plausible_sample, spelled
from healthcode.core.offices.models import User
from healthcode.core.own_words import OwnText

BY_TEST = "TESTED_NEGATIVE"
PENDING_HAS_COME = OwnText("result.pending_has_come", _("The result that was pending has come."))


class ReportKnown(Refusal):
    code = "results.report.already_entered"
    message = _("This laboratory's report is already entered for this person: correct that result instead.")
    field = "report_number"


class ReportSaysOtherwise(ReportKnown):
    """A laboratory corrects what it reported, or two samples bear one number: a person tells which."""

    code = "results.report.says_otherwise"
    message = _("This laboratory's report is entered with another result or time: is this its correction?")
    asks = True


class ReportOfAnother(Refusal):
    code = "results.report.of_another_person"
    message = _(
        "This laboratory's report number belongs to another person: compare the report with the document."
    )
    field = "report_number"


class AnotherPool(Refusal):
    code = "results.pool.differs"
    message = _("This report is already entered as of %(size)s people in one tube: compare the number.")
    field = "pool_size"


class PoolFull(Refusal):
    code = "results.pool.full"
    message = _("All %(size)s people of this tube are already entered.")
    field = "report_number"


class NothingToApply(Refusal):
    code = "results.apply.nothing_stands"
    message = _("No standing case ends by a negative test.")


class StillMissing(Refusal):
    """A condition of clause 3.4b is not met; the message is the rule book's own."""

    code = "results.apply.condition_missing"


def enter(
    person: Person, sample: LaboratoryReport, *, by: User, at: datetime, seen: int | None = None
) -> LabResult:
    """Enter a result. At a service point a negative ends what a test ends, in the same act (3.4b)."""
    require(by, "result.verify" if sample.origin == Origin.VERIFIED else "result.enter", at=at, person=person)
    with turning([person], by=by, at=at, act="result.entered", seen=seen) as turn:
        result = write(person, sample, turn=turn)
        if by.may("result.apply"):
            end_tested(person, turn)
    return result


def require_reach(person: Person, *, by: User, at: datetime) -> None:
    """Refuse to enter results of a person out of reach."""
    require(by, "result.enter", at=at, person=person)


def apply(person: Person, *, by: User, at: datetime, seen: int | None = None) -> list[Case]:
    """Apply a result that is already stored: verify and update (3.4b)."""
    require(by, "result.apply", at=at, person=person)
    with turning([person], by=by, at=at, act="result.applied", seen=seen) as turn:
        candidates = _by_test(person, turn)
        if not candidates:
            raise NothingToApply()
        ended = end_tested(person, turn)
        if not ended:
            raise StillMissing(_first_missing(candidates[0], turn), field="result")
        turn.record("result.applied", person)
    return ended


def write(
    person: Person,
    sample: LaboratoryReport,
    *,
    turn: Turn,
    corrects: LabResult | None = None,
    reason: str = "",
    answered: Container[int] = (),
) -> LabResult:
    """Store one result inside an act that holds the person's lock; `answered`: rows that the act corrects as well."""
    sample = plausible_sample(person, sample, at=turn.at, book=turn.book.policy)
    if corrects is None and sample.outcome != Outcome.PENDING:
        corrects = _awaited(person, sample)
        reason = PENDING_HAS_COME() if corrects else reason
    freed = _require_new(person, sample, corrects, answered)
    same = corrects if corrects is not None and corrects.outcome == sample.outcome else None
    if same is not None:
        # It says what the delivery said, of the right human or with what was mistyped: taken back with it.
        sample = replace(sample, batch_id=sample.batch_id or same.batch_id)
    result = row_of(person, sample, turn, freed=freed, corrects=corrects, reason=reason)
    try:
        with transaction.atomic():
            result.save(force_insert=True)
    except IntegrityError as error:
        raise ReportKnown() from error
    record(result, turn)
    if same is not None:
        repeats.carry_over(same, result, turn)
    return result


def row_of(person: Person, sample: LaboratoryReport, turn: Turn, **fields: Any) -> LabResult:
    """Return the row of a result as an act enters it, not stored yet."""
    return LabResult(
        person=person,
        sampled_at=sample.sampled_at,
        reported_at=sample.reported_at,
        outcome=sample.outcome,
        laboratory=sample.laboratory,
        report_number=sample.report_number,
        origin=sample.origin,
        pool_size=sample.pool_size,
        entered_by=turn.by,
        office=turn.by.office,
        entered_at=turn.at,
        batch_id=sample.batch_id,
        **fields,
    )


def record(result: LabResult, turn: Turn) -> None:
    """Write the event of a stored result."""
    turn.record(
        "result.corrected" if result.corrects_id else "result.entered",
        result,
        outcome=result.outcome,
        sampled=result.sampled_at,
        origin=result.origin,
        pool=result.pool_size,
        corrects=result.corrects_id,
        notes={"reason": result.reason},
    )


def _require_new(
    person: Person, sample: LaboratoryReport, corrects: LabResult | None, answered: Container[int]
) -> int:
    """Refuse a report that is known already: of this person, of another one, or of a tube that is full.

    Known by what counts now: what was withdrawn, or corrected to another number, holds none. Return how often it was
    free again.
    """
    if sample.pool_size is not None:
        tubes.read_alone()
    rows = _under_number(sample)
    others = [row for row in rows if row.counts and row != corrects]
    for refusal in _clashes(person, sample, others, answered=answered):
        raise refusal
    return freed_of(rows) if corrects is None else 0


def faults_of_known(
    person: Person, sample: LaboratoryReport, *, unread: Collection[str] = ()
) -> Iterator[Refusal]:
    """Yield what the results on record refuse of a report; `unread`: fields that could not be read."""
    with suppress(Refusal):  # of no laboratory, or under no number, nothing is on record
        sample = spelled(sample)
        others = [row for row in _under_number(sample) if row.counts]
        if sample.outcome != Outcome.PENDING:
            others = [row for row in others if not _awaits(row, person)]
        yield from _clashes(person, sample, others, unread=unread)


def _under_number(sample: LaboratoryReport) -> list[Any]:
    """Return the results under a report's number, each with whether it counts now."""
    same = LabResult.objects.filter(laboratory__iexact=sample.laboratory, report_number=sample.report_number)
    counting = Exists(LabResult.objects.uncorrected().filter(pk=OuterRef("pk")))
    return list(same.annotate(counts=counting).select_related("person"))


def _clashes(
    person: Person,
    sample: LaboratoryReport,
    others: Collection[LabResult],
    *,
    unread: Collection[str] = (),
    answered: Container[int] = (),
) -> Iterator[Refusal]:
    """Yield what refuses a report beside those that count under its number."""
    own = next((one for one in others if one.person.root_id == person.root_id), None)
    if own is not None and not {"outcome", "sampled_at"} & {*unread}:
        is_same = (own.outcome, own.sampled_at) == (sample.outcome, sample.sampled_at)
        yield ReportKnown(known=own) if is_same else ReportSaysOtherwise()
    if own is not None or "pool_size" in unread:
        return
    if others and sample.pool_size is None:
        yield ReportOfAnother()
        return
    for size in {one.pool_size for one in others if one.pk not in answered} - {sample.pool_size}:
        yield AnotherPool(size=size or 1)
    if "outcome" not in unread:
        yield from collected(lambda: tubes.require_one_outcome(sample.outcome, others, answered))
    if sample.pool_size is not None and len(others) >= sample.pool_size:
        yield PoolFull(size=sample.pool_size)


def known(
    person: Person, laboratory: str, report_number: str, *, sampled_at: datetime, outcome: str
) -> LabResult | None:
    """Return the result that counts and says exactly this."""
    sample = spelled(LaboratoryReport(sampled_at, outcome, laboratory, report_number))
    same = LabResult.objects.of(person).uncorrected().filter(sampled_at=sampled_at, outcome=sample.outcome)
    return same.filter(laboratory__iexact=sample.laboratory, report_number=sample.report_number).first()


def says_otherwise(person: Person, sample: LaboratoryReport) -> LabResult | None:
    """Return the result that counts under this report's number and says something else."""
    sample = spelled(sample)
    same = LabResult.objects.of(person).uncorrected().exclude(outcome=Outcome.PENDING)
    same = same.filter(laboratory__iexact=sample.laboratory, report_number=sample.report_number)
    return same.exclude(outcome=sample.outcome, sampled_at=sample.sampled_at).first()


def freed_of(rows: Iterable[LabResult] | Iterable[ClinicVisit]) -> int:
    """Return how often the number was free again that these rows came with."""
    return max((row.freed for row in rows if row.corrects_id is None), default=-1) + 1


def _awaited(person: Person, sample: LaboratoryReport) -> LabResult | None:
    """Return this person's pending row of the same report: the outcome completes it."""
    awaited = LabResult.objects.of(person).uncorrected().filter(outcome=Outcome.PENDING)
    return awaited.filter(laboratory__iexact=sample.laboratory, report_number=sample.report_number).first()


def _awaits(result: LabResult, person: Person) -> bool:
    return result.outcome == Outcome.PENDING and result.person.root_id == person.root_id


def _by_test(person: Person, turn: Turn) -> list[Case]:
    grounds = turn.book.policy.keys_where(lambda ground: ground.ends_by_test)
    return list(
        Case.objects.of(person).open().filter(ground__in=grounds).select_related("person", "risk_area")
    )


def end_tested(person: Person, turn: Turn) -> list[Case]:
    standing = _by_test(person, turn)
    known = facts.facts_of_all(standing, book=turn.book.policy, at=turn.at)
    ended = [
        case
        for case in standing
        if all(one.met for one in exits.conditions(turn.book.policy, BY_TEST, known[case.pk]))
    ]
    basis = {case.pk: exits.basis(turn.book.policy, BY_TEST, known[case.pk]) for case in ended}
    turn.end(*ended, exit=BY_TEST, basis=basis)
    mass_orders.arrange_after(ended, turn=turn)
    return ended


def _first_missing(case: Case, turn: Turn) -> Bilingual:
    conditions = exits.conditions(
        turn.book.policy, BY_TEST, facts.facts_of(case, book=turn.book.policy, at=turn.at)
    )
    missing = next(one for one in conditions if not one.met)
    return missing.words
