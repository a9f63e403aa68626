"""Pooled samples: several people's in one tube. Its outcome is the tube's: one, for everybody in it."""

from collections.abc import Container, Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import LabResult
from cases.models.results import Outcome
from cases.services.engine import in_force
from cases.services.engine.refusals import Refusal

KEY = in_force.KEY + 7  # of the advisory lock under which tubes are read and written


class AnotherOutcome(Refusal):
    code = "results.pool.another_outcome"
    message = _(
        "This tube is on record as %(outcome)s. Was that wrong, correct that result: it answers for everybody in it."
    )
    field = "outcome"


def read_alone() -> None:
    """Read and write tubes one act after the other until the transaction ends: else two outcomes pass each other.

    Take it after the persons are locked, and lock none after it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])


def require_one_outcome(outcome: str, rows: Iterable[LabResult], answered: Container[int]) -> None:
    """Refuse a second outcome of a tube. One that is pending is none yet; `answered` are corrected by the same act."""
    for row in rows:
        if (
            row.pk not in answered
            and Outcome.PENDING not in (row.outcome, outcome)
            and row.outcome != outcome
        ):
            raise AnotherOutcome(outcome=Outcome(row.outcome).label)


def others_in(result: LabResult) -> QuerySet[LabResult]:
    """Return what counts of the other people in the tube of a result; nobody for a sample of its own."""
    rows = LabResult.objects.uncorrected().filter(
        laboratory__iexact=result.laboratory, report_number=result.report_number, pool_size__isnull=False
    )
    rows = rows.exclude(pk=result.pk).select_related("person").order_by("pk")
    return rows if result.pool_size is not None else rows.none()
