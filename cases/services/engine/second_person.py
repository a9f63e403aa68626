"""The second person: whoever proposed a thing may not decide it, nor may a colleague of the same office."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Proposal
from cases.models.proposals import Decision
from cases.services.engine.refusals import Refusal
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User


class SamePerson(Refusal):
    """The proposer tried to decide."""

    code = "second_person.same_person"
    message = _("You proposed this yourself: another person has to decide.")


class SameOffice(Refusal):
    """A colleague of the proposer tried to decide."""

    code = "second_person.same_office"
    message = _("The second person has to be from another office than the one that proposed this.")


class AlreadyDecided(Refusal):
    """The proposal was decided meanwhile."""

    code = "second_person.already_decided"
    message = _("This has already been decided.")


class ReasonMissing(Refusal):
    """A proposal was sent back without saying why."""

    code = "second_person.reason_missing"
    message = _("Say why you send this back.")
    field = "reason"


def require_another(proposer: User, by: User, *, same_office: bool = False) -> None:
    """Refuse unless `by` is another person, from another office unless `same_office` is allowed."""
    if proposer.pk == by.pk:
        raise SamePerson()
    if not same_office and proposer.office_id == by.office_id:
        raise SameOffice()


def decide(
    proposal: Proposal, *, approve: bool, by: User, at: datetime, answer: str = "", same_office: bool = False
) -> None:
    """Write the second person's decision on a pending proposal. Call it under the lock of what it changes."""
    require_another(proposal.proposed_by, by, same_office=same_office)
    if not approve and not says(answer):
        raise ReasonMissing()
    decision = Decision.APPROVED if approve else Decision.REFUSED
    pending = type(proposal)._default_manager.filter(pk=proposal.pk, decision=Decision.PENDING)
    # One conditional UPDATE is the guard: of two who decide at once, the second finds nothing pending.
    if not pending.update(decision=decision, decided_by=by, decided_at=at, answer=answer):
        raise AlreadyDecided()
    proposal.refresh_from_db()
