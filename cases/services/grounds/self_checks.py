"""What the big-data bureau found by itself (自查问题单): a case coded in error, seconded by the prevention office."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person, SelfCheck
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.selectors.chains import chain_of
from cases.services.engine import references, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices import seats
from healthcode.core.offices.models import User

# Who said, and when, that an open ticket of this number is about a person: asked of whoever keeps tickets, given at
# start-up. Empty where there is no such ticket.
OPEN_TICKET: list[Callable[[str, Person], list[tuple[User, datetime]]]] = []


class NothingFound(Refusal):
    code = "cases.self_check.nothing_found"
    message = _("Say in a few words what failed.")
    field = "failed"


class NotCoded(Refusal):
    code = "cases.self_check.not_coded"
    message = _("This case was voided or sent back already.")
    field = "case"


class TicketUnknown(Refusal):
    code = "cases.void.ticket_unknown"
    message = _(
        "No open ticket about this person has this number, "
        "and no finding about this case that the prevention office seconded."
    )
    field = "reference"


class OwnTicket(Refusal):
    code = "cases.void.own_ticket"
    message = _(
        "The bureau registered this ticket itself, or said whom it is about: record your own finding about the case, "
        "which the prevention office seconds, and void on that."
    )
    field = "reference"


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
    if SelfCheck.objects.exclude(decision=Decision.REFUSED).filter(case__in=chain_of(case)).exists():
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
    second_person.decide(check, act="case.decide_self_check", approve=approve, by=by, at=at, answer=answer)
    action = "case.self_check_seconded" if approve else "case.self_check_refused"
    ledger.record(action, about=check, by=by, at=at, notes={"reason": answer})


def require_borne(reference: str, case: Case, *, by: User) -> None:
    """Refuse a void of this case by the bureau on a number that does not bear it.

    What bears it is a seconded finding, or an open ticket that came from others than the bureau's: else whoever
    voids would only have to write the complaint, too.
    """
    if number_of(case) == reference.strip():
        return
    came_from = [source for asked in OPEN_TICKET for source in asked(reference.strip(), case.person)]
    if not came_from:
        raise TicketUnknown()
    if any(_is_own(user, at, by) for user, at in came_from):
        raise OwnTicket()


def number_of(case: Case) -> str | None:
    """Return the number of the seconded finding about a case, if there is one."""
    # A finding about a case is about its chain: it may stand again, or be reclassified, under a later row.
    seconded = SelfCheck.objects.filter(case__in=chain_of(case), decision=Decision.APPROVED).first()
    return seconded.number if seconded else None


def _is_own(user: User, at: datetime, by: User) -> bool:
    roles = {user.role, seats.post_at(user, at).role}
    return by.role in roles or seats.are_one_human(user, by)


def _require_coded(case: Case) -> None:
    if not Case.objects.filter(pk=case.pk, state__in=(State.OPEN, State.ENDED)).exists():
        raise NotCoded()
