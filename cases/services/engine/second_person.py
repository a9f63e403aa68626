"""The second person: whoever proposed a thing may not decide it, nor may a colleague where the role table says so."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Proposal
from cases.models.proposals import Decision
from cases.selectors import undecided
from cases.services.engine.refusals import Refusal
from healthcode.core.audit.guards import says
from healthcode.core.offices import roles, seats
from healthcode.core.offices.models import User


class SamePerson(Refusal):
    """The proposer tried to decide."""

    code = "second_person.same_person"
    message = _("You proposed this yourself: another person has to decide.")


class SameHuman(Refusal):
    """The proposer tried to decide with another account of theirs."""

    code = "second_person.same_human"
    message = _("The account that proposed this has your name and telephone: another person has to decide.")


class SameOffice(Refusal):
    """A colleague of the proposer tried to decide."""

    code = "second_person.same_office"
    message = _("The second person has to be from another office than the one that proposed this.")


class AlreadyDecided(Refusal):
    """The proposal was decided meanwhile."""

    code = "second_person.already_decided"
    message = _("This has already been decided.")


class Lapsed(Refusal):
    """What was proposed is about something that closed meanwhile."""

    code = "second_person.lapsed"
    message = _(
        "What this was proposed about has closed meanwhile: nobody has to decide it any more, and nothing comes of it."
    )


class SentBackWithoutReason(Refusal):
    """A proposal was sent back without saying why."""

    code = "second_person.reason_missing"
    message = _("Say why you send this back.")
    field = "reason"


def require_another(proposer: User, by: User, *, act: str, since: datetime) -> None:
    """Refuse unless `by` is another human, and of another office where the role table says so of the act.

    `since` is when it was proposed: whoever proposed it may have been given another office after that.
    """
    if proposer.pk == by.pk:
        raise SamePerson()
    if seats.are_one_human(proposer, by):
        raise SameHuman()
    if _decider_of(act) == roles.Decider.COLLEAGUE:
        return
    if by.office_id in (proposer.office_id, seats.post_at(proposer, since).office.pk):
        raise SameOffice()


def require_reason(answer: str) -> None:
    """Refuse to send something back, or to take it back, without words that say why."""
    if not says(answer):
        raise SentBackWithoutReason()


def decide(proposal: Proposal, *, act: str, approve: bool, by: User, at: datetime, answer: str = "") -> None:
    """Write the second person's decision on a pending proposal. Call it under the lock of what it changes."""
    require_another(proposal.proposed_by, by, act=act, since=proposal.proposed_at)
    if not approve:
        require_reason(answer)
    if approve and undecided.lapsed(type(proposal)._default_manager.filter(pk=proposal.pk)).exists():
        raise Lapsed()
    write(proposal, approve=approve, by=by, at=at, answer=answer)


def write(proposal: Proposal, *, approve: bool, by: User, at: datetime, answer: str = "") -> None:
    """Write a decision, asking nothing about who takes it: set-up decides the first rule book."""
    decision = Decision.APPROVED if approve else Decision.REFUSED
    pending = type(proposal)._default_manager.filter(pk=proposal.pk, decision=Decision.PENDING)
    # One conditional UPDATE is the guard: of two who decide at once, the second finds nothing pending.
    if not pending.update(decision=decision, decided_by=by, decided_at=at, answer=answer):
        raise AlreadyDecided()
    proposal.refresh_from_db()


def _decider_of(act: str) -> roles.Decider:
    return next(second.who for row in roles.ACTS.values() for second in row.seconds if second.act == act)
