"""Which endings rest on a fact that was taken back, asked of what is stored: by no model, of any act."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from cases.models import (
    Basis,
    Batch,
    Case,
    Certificate,
    ClinicVisit,
    Death,
    Declaration,
    ExitReport,
    Fact,
    LabResult,
    Merge,
    Opinion,
    Release,
    RiskArea,
    RuleBook,
)
from cases.models.cases import BASIS_GONE
from cases.selectors.past_facts import PastFacts
from cases.services.engine import asking_again, no_ground
from cases.services.engine.codes import turning

WITHDRAWN: dict[str, Any] = {
    Fact.REPORT: ExitReport,
    Fact.RELEASE: Release,
    Fact.DEATH: Death,
    Fact.CERTIFICATE: Certificate,
    Fact.OPINION: Opinion,
}


def _last(row: Any) -> Any:
    while hasattr(row, "correction"):
        row = row.correction
    return row


def _is_none(key: int | None) -> bool:
    """Tell whether a chain of cases was voided, or never counted."""
    return Case.objects.filter(Q(pk=key) | Q(origin=key), state__in=("VOIDED", "REFUSED")).exists()


def _answered(row: Any, root: int) -> bool:
    """Tell whether what a sample, a visit or a form said is of another human now, or says something else."""
    last = _last(row)
    if last.person.root_id != root or getattr(last, "withdrawn", False):
        return True
    if isinstance(last, LabResult):
        return bool(last.outcome != row.outcome)
    return not last.ruled_out if isinstance(last, ClinicVisit) else bool(last.fever or last.symptoms)


def is_gone(basis: Basis) -> bool:
    """Tell whether a fact was taken back since something came to rest on it."""
    case, key = basis.case, basis.key
    tables: dict[str, Any] = {Fact.RESULT: LabResult, Fact.VISIT: ClinicVisit, Fact.FORM: Declaration}
    if basis.fact in tables:
        return _answered(tables[basis.fact].objects.get(pk=key), case.person.root_id)
    if basis.fact in WITHDRAWN:
        return WITHDRAWN[basis.fact].objects.get(pk=key).withdrawn_at is not None
    match basis.fact:
        case Fact.AREA:
            return RiskArea.objects.get(pk=key).lifted_at is None
        case Fact.MERGE:
            return Merge.objects.get(pk=key).undone_at is not None
        case Fact.DELIVERY:
            return Batch.objects.get(pk=key).state == Batch.State.UNDONE
        case Fact.ANSWER:
            return _is_none(key)
        case Fact.CASE:
            return basis.case.exit != BASIS_GONE and _is_none(Case.objects.get(pk=key).origin_pk)
    return False


def unfounded(*, by: Any, at: Any) -> list[str]:
    """Return the endings that rest on a fact which is gone, that no other fact bears, and that nobody fell with."""
    found = []
    ended = Case.objects.filter(state="ENDED").unresumed().filter(resumed_by=None)
    for case in ended.select_related("person", "origin", "risk_area", "batch").prefetch_related(
        "bases__case"
    ):
        gone = frozenset((one.fact, one.key) for one in case.bases.all() if is_gone(one))
        if gone and not _is_borne(case, gone, by=by, at=at):
            found.append(f"{case.ground} {case.exit} {sorted(gone, key=str)}")
    return found


def _is_borne(case: Case, gone: frozenset[Any], *, by: Any, at: Any) -> bool:
    with transaction.atomic():
        with turning([case.person], by=by, at=at, act="asked") as turn:
            stands = asking_again.stands(case, gone, PastFacts([case]), RuleBook.objects.at_many(), turn)
            over = bool(no_ground.stopped([case], turn)) or not no_ground.in_time(case, turn)
        transaction.set_rollback(True)
    return stands or over
