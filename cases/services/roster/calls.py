"""Somebody whose ground stands again is told by telephone, and it is recorded who was reached."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Call, Case, Person
from cases.selectors.fallen import uncalled
from cases.services.engine import plausible
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class NobodyToCall(Refusal):
    code = "calls.nobody_to_call"
    message = _("No ground of this person stands again about which nobody has telephoned yet.")


class BeforeItStood(Refusal):
    code = "calls.before_it_stood"
    message = _("This call lies before the moment at which the ground stood again.")
    field = "called_at"


class NeverTried(Refusal):
    code = "calls.never_tried"
    message = _("Somebody telephoned at least once.")
    field = "tries"


@transaction.atomic
def record(
    person: Person,
    *,
    called_at: datetime,
    reached: Call.Reached,
    tries: int,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> list[Case]:
    """Record a call about every ground of a person that stands again and nobody called about; return these cases.

    Where nobody was reached they go on waiting.
    """
    require(by, "case.record_call", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if called_at > at:
        raise plausible.InFuture(field="called_at")
    if tries < 1:
        raise NeverTried()
    waiting = list(uncalled().filter(person__among=person.group).order_by("pk"))
    if not waiting:
        raise NobodyToCall()
    cases = [case for case in waiting if case.opened_at is not None and case.opened_at <= called_at]
    if not cases:
        raise BeforeItStood()
    outcome: dict[str, Any] = {"reached": reached, "tries": tries, "called_at": called_at}
    for case in cases:
        call = Call.objects.create(case=case, **outcome, by=by, at=at)
        ledger.record("case.called", about=call, by=by, at=at, **outcome)
    return cases
