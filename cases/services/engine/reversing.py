"""An act is taken back by two people: the proposal and the decision; the room whose act it was undoes what it did."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person, Reversal
from cases.selectors.reversals import DECIDED_BY, pending_of
from cases.services.engine import second_person
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import User


class ReversalAlreadyProposed(Refusal):
    code = "reversals.already_proposed"
    message = _("It is proposed already to take this back; a second person decides.")


def propose(
    kind: Reversal.Kind,
    person: Person,
    *,
    reason: str,
    by: User,
    at: datetime,
    until: datetime | None = None,
    **act: Recorded,
) -> Reversal:
    """Propose to take an act back, named by its row. Call it under the person's lock."""
    if pending_of(person, kind).exists():
        raise ReversalAlreadyProposed()
    reversal = Reversal.objects.create(
        kind=kind.value, person=person, reason=reason, until=until, proposed_by=by, proposed_at=at, **act
    )
    ledger.record("reversal.proposed", about=reversal, by=by, at=at, act=kind.value, notes={"reason": reason})
    return reversal


def decide(reversal: Reversal, *, approve: bool, answer: str, by: User, at: datetime) -> bool:
    """Write the second person's decision; return whether the act is taken back now. Call it under the lock."""
    act = DECIDED_BY[Reversal.Kind(reversal.kind)]
    second_person.decide(reversal, act=act, approve=approve, by=by, at=at, answer=answer)
    if not approve:
        ledger.record(
            "reversal.refused", about=reversal, by=by, at=at, act=reversal.kind, notes={"reason": answer}
        )
    return approve
