"""What the big-data bureau found by itself (自查问题单): a case coded in error, seconded by the prevention office."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person, SelfCheck
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.services.engine import references, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

# Whether a number is that of an open ticket about a person: asked of whoever keeps tickets, given at start-up.
OPEN_TICKET: list[Callable[[str, Person], bool]] = []


class NothingFound(Refusal):
    code = "cases.self_check.nothing_found"
    message = _("Say in a few words what failed.")
    field = "failed"


class NotCoded(Refusal):
    code = "cases.self_check.not_coded"
    message = _("This case was voided or sent back already.")
    field = "case"


class AlreadyFound(Refusal):
    code = "cases.self_check.already_found"
    message = _("A finding about this case is on record already.")
    field = "case"


@transaction.atomic
def record(
    case: Case, *, source: str, failed: str, by: User, at: datetime, seen: int | None = None
) -> SelfCheck:
    """Record a finding of the bureau: where it comes from, what failed, on whom. It voids nothing yet."""
    require(by, "case.record_self_check", at=at, person=case.person)
    source = references.require(source, field="source")
    if len(failed.strip()) < references.LEAST:
        raise NothingFound()
    at = lock([case.person], at=at, seen=seen)
    _require_coded(case)
    if SelfCheck.objects.exclude(decision=Decision.REFUSED).filter(case=case).exists():
        raise AlreadyFound()
    check = SelfCheck.objects.create(case=case, source=source, failed=failed, proposed_by=by, proposed_at=at)
    ledger.record("case.self_check_recorded", about=check, by=by, at=at, notes={"reason": failed})
    return check


@transaction.atomic
def decide(
    check: SelfCheck, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Second a finding as the prevention office, or send it back; then the bureau may propose the void on it."""
    require(by, "case.decide_self_check", at=at, person=check.case.person)
    at = lock([check.case.person], at=at, seen=seen)
    if approve:
        _require_coded(check.case)
    second_person.decide(check, act="case.decide_self_check", approve=approve, by=by, at=at, answer=answer)
    action = "case.self_check_seconded" if approve else "case.self_check_refused"
    ledger.record(action, about=check, by=by, at=at, notes={"reason": answer})


def bears(reference: str, case: Case) -> bool:
    """Tell whether a void of this case by the bureau may rest on this number."""
    number = reference.strip()
    if any(asked(number, case.person) for asked in OPEN_TICKET):
        return True
    seconded = SelfCheck.objects.filter(case=case, decision=Decision.APPROVED)
    return any(check.number == number for check in seconded)


def _require_coded(case: Case) -> None:
    if not Case.objects.filter(pk=case.pk, state__in=(State.OPEN, State.ENDED)).exists():
        raise NotCoded()
