"""Reports of laboratories by themselves: how they are spelled, and what of them cannot be."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.results import Origin, Outcome
from cases.policy import spellings
from cases.policy.rulebook import Policy
from cases.services.engine import plausible
from cases.services.engine.refusals import Refusal, collected

POOL = range(2, 31)  # how many people's samples one tube can hold


class SampledInFuture(Refusal):
    code = "results.sample.in_future"
    message = _("The sample was taken in the future: check the time.")
    field = "sampled_at"


class ReportedBeforeSampled(Refusal):
    code = "results.report.before_sample"
    message = _("The report is older than the sample.")
    field = "reported_at"


class ReportedInFuture(Refusal):
    code = "results.report.in_future"
    message = _("The report lies in the future: check the time.")
    field = "reported_at"


class WrongPool(Refusal):
    code = "results.pool.wrong_size"
    message = _("In a pooled tube are the samples of %(least)s to %(most)s people.")
    field = "pool_size"


class WrongLaboratory(Refusal):
    code = "results.laboratory.wrong_form"
    message = _("Write the laboratory's name as its report does.")
    field = "laboratory"


class WrongReportNumber(Refusal):
    code = "results.report.wrong_form"
    message = _("Write the number as the laboratory's report does.")
    field = "report_number"


@dataclass(frozen=True)
class LaboratoryReport:
    """One report of a laboratory."""

    sampled_at: datetime
    outcome: str
    laboratory: str
    report_number: str
    reported_at: datetime | None = None
    origin: str = Origin.OWN.value
    pool_size: int | None = None  # people in one tube; None of a sample of their own
    batch_id: int | None = None


def plausible_sample(
    person: Person, sample: LaboratoryReport, *, at: datetime, book: Policy
) -> LaboratoryReport:
    """Return a report as it is stored; refuse one whose times cannot be."""
    for refusal in faults(person, sample, at=at, book=book):
        raise refusal
    return spelled(sample)


def faults(
    person: Person | None,
    sample: LaboratoryReport,
    *,
    unread: Collection[str] = (),
    at: datetime,
    book: Policy,
) -> Iterator[Refusal]:
    """Yield all that is wrong with a report by itself; `unread`: fields of which nobody knows what they are to say."""
    yield from collected(
        lambda: spell_laboratory(sample.laboratory),
        lambda: spell_number(sample.report_number),
        lambda: _require_pool(sample.pool_size),
    )
    yield from _faults_of_times(sample, unread, at)
    if person is not None and "sampled_at" not in unread:
        yield from collected(
            lambda: plausible.require(sample.sampled_at, of=person, field="sampled_at", at=at, book=book)
        )


def _faults_of_times(sample: LaboratoryReport, unread: Collection[str], at: datetime) -> Iterator[Refusal]:
    """Yield what is wrong with a sample of the future, and a report before its sample or of the future."""
    if "sampled_at" not in unread and sample.sampled_at > at:
        yield SampledInFuture()
    if sample.reported_at and "sampled_at" not in unread and sample.reported_at < sample.sampled_at:
        yield ReportedBeforeSampled()
    if sample.reported_at and sample.reported_at > at:
        yield ReportedInFuture()


def spelled(sample: LaboratoryReport) -> LaboratoryReport:
    """Return the report as it is stored and compared: `r1` and `Ｒ 1` are one number."""
    laboratory, number = spell_laboratory(sample.laboratory), spell_number(sample.report_number)
    _require_pool(sample.pool_size)
    # A tube that is positive says of nobody in it that they are: each is to be taken again.
    pooled = sample.pool_size is not None and sample.outcome == Outcome.POSITIVE
    outcome = Outcome.INCONCLUSIVE.value if pooled else sample.outcome
    return replace(sample, outcome=outcome, laboratory=laboratory, report_number=number)


def spell_laboratory(written: str) -> str:
    """Return a laboratory's name in its one spelling. Raises WrongLaboratory."""
    laboratory = spellings.laboratory(written)
    if not 0 < len(laboratory) <= 100:
        raise WrongLaboratory()
    return laboratory


def spell_number(written: str) -> str:
    """Return a report's number in its one spelling. Raises WrongReportNumber."""
    number = spellings.normalise_reference(written)
    if not 0 < len(number) <= 60:
        raise WrongReportNumber()
    return number


def _require_pool(size: int | None) -> None:
    if size is not None and size not in POOL:
        raise WrongPool(least=POOL.start, most=POOL.stop - 1)
