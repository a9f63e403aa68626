"""Work on a ticket before its finding: sign, hand over, ask, send back, rule, extend, merge, withdraw."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.selectors.explanation import Explanation, explain
from cases.services.persons import lookups
from complaints import clocks, flow
from complaints.models import Ticket
from complaints.models.choices import TicketState
from complaints.models.tickets import DONE_BY, LONGEST_PAUSE
from complaints.selectors import desks, snapshots
from complaints.services import following, pauses, steps, wording
from complaints.services.steps import EventKind, Step
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal


class NotAColleague(Refusal):
    code = "tickets.hand_over.not_a_colleague"
    message = _("A ticket is handed to somebody else of the same office who handles tickets.")
    field = "to"


class SentBackBefore(Refusal):
    code = "tickets.send_back.sent_back_before"
    message = _("A ticket is sent back once: the ruling holds.")


class TooLateToSendBack(Refusal):
    code = "tickets.send_back.too_late"
    message = _("The time for sending back is over (%(until)s): handle it.")


class AskedBefore(Refusal):
    code = "tickets.material.asked_before"
    message = _(
        "Material was asked for once already, for everything at once: a second time needs the complaint lead."
    )


class PauseUsedUp(Refusal):
    code = "tickets.material.pause_used_up"
    message = _("The 48 hours of waiting for material are used up.")


class ExtendedBefore(Refusal):
    code = "tickets.extend.extended_before"
    message = _("The time was extended once already.")


class MergesWithItself(Refusal):
    code = "tickets.merge.not_another"
    message = _("Choose another open ticket of the same person.")
    field = "into"


class AlreadyIdentified(Refusal):
    code = "tickets.person_already_known"
    message = _("This ticket has its person already.")


class FoundWrong(Refusal):
    code = "tickets.withdraw.found_wrong"
    message = _("The ground was found wrong: the correction goes on, whether it is asked for or not.")


def take(ticket: Ticket, *, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Sign for a ticket routed to one's office: from now on this officer answers for it."""
    steps.require_desk(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        steps.require_desk(step.ticket, by)
        step.require("take")
        if step.ticket.owner is not None:
            raise steps.NotOwner(name=step.ticket.owner.name)
        step.ticket.owner, step.ticket.taken_at = by, step.ticket.taken_at or at
        step.move("take", EventKind.TAKEN)
        _look(step)
    return ticket


def look(ticket: Ticket, *, by: User, at: datetime) -> Explanation | None:
    """Look the code up before deciding, and return it; None while nobody is identified.

    A letter's first look is also its frozen snapshot.
    """
    steps.require_desk(ticket, by)
    with steps.locked(ticket, by=by, at=at) as step:
        return _look(step)


def identify(ticket: Ticket, person: Person, *, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Say who a letter is about."""
    steps.require_owner(ticket, by)
    if ticket.person is not None:
        raise AlreadyIdentified()
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.ticket.person = step.person = Person.objects.get(pk=person.root_id)
        step.log(EventKind.IDENTIFIED)
        _look(step)
    return ticket


def hand_over(
    ticket: Ticket, *, to: User, reason: str, by: User, at: datetime, seen: int | None = None
) -> Ticket:
    """Hand a ticket to a colleague; the head of the office may do it for somebody who is away."""
    steps.require_desk(ticket, by)
    if not by.is_head:
        steps.require_owner(ticket, by)
    if to.office_id != ticket.office_id or not to.may("ticket.handle") or to.pk == ticket.owner_id:
        raise NotAColleague()
    reason = steps.require_text(reason, least=2, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.require("withdraw" if step.ticket.state in flow.UNDECIDED else "refresh")
        step.ticket.owner = to
        step.log(EventKind.HANDED_OVER, body=reason, to=to.username)
    return ticket


def give(ticket: Ticket, *, to: User, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Give an undecided ticket to an officer of the office it was routed to: the complaint lead shares out the work.

    Never to whoever decided it before it was taken up again. Raises NotAColleague.
    """
    steps.require(by, "ticket.rule")
    steps.require_visible(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        known = {step.ticket.owner_id, step.ticket.last_decider_id}
        fits = to.is_active and to.office_id == step.ticket.office_id and to.may("ticket.handle")
        if not fits or to.pk in known:
            raise NotAColleague()
        step.ticket.owner, step.ticket.taken_at = to, step.ticket.taken_at or at
        if step.ticket.state == TicketState.NEED_INFO:  # it waits for the citizen, whoever handles it
            step.log(EventKind.HANDED_OVER, to=to.username)
        else:
            step.move("take", EventKind.HANDED_OVER, to=to.username)
    return ticket


def ask(ticket: Ticket, *, missing: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Ask the citizen, once, for everything that is missing; the clock stops until it comes, 48 hours at most."""
    steps.require_owner(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        missing = wording.require_public(step, missing, least=2, field="missing")
        if step.ticket.info_count and not by.may("ticket.rule"):
            raise AskedBefore()
        if step.ticket.paused_seconds >= LONGEST_PAUSE:
            raise PauseUsedUp()
        step.ticket.info_count += 1
        step.ticket.paused_at = at
        step.move("ask", EventKind.ASKED, body=missing, public=True)
    return ticket


def resume(ticket: Ticket, *, material: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Record the material that came; the clock runs again."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        pauses.end(step, steps.require_text(material, least=2, field="material"))
    return ticket


def send_back(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Send a ticket to the complaint lead for a ruling: once, and before `return_due`. The clock runs on."""
    steps.require_desk(ticket, by)
    reason = steps.require_text(reason, least=10, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.require("send_back")
        if step.ticket.return_count:
            raise SentBackBefore()
        if step.ticket.return_due is not None and at > step.ticket.return_due:
            raise TooLateToSendBack(until=f"{step.ticket.return_due.astimezone(clocks.ZONE):%m-%d %H:%M}")
        lead = desks.lead()
        step.ticket.return_count += 1
        step.ticket.office, step.ticket.owner = lead.office, lead
        step.move("send_back", EventKind.SENT_BACK, body=reason)
    return ticket


def rule(ticket: Ticket, *, ruling: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Rule that the bureau handles a ticket it sent back; it cannot be sent back again."""
    steps.require(by, "ticket.rule")
    ruling = steps.require_text(ruling, least=2, field="ruling")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.ticket.office, step.ticket.owner = desks.bureau(), None
        step.move("rule", EventKind.RULED, body=ruling)
    return ticket


def assign(
    ticket: Ticket, *, to: User, ruling: str, by: User, at: datetime, seen: int | None = None
) -> Ticket:
    """Give a ticket that was taken over to an officer who did not decide it before, with a ruling."""
    steps.require(by, "ticket.rule")
    ruling = steps.require_text(ruling, least=2, field="ruling")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.require("decide")
        if not to.may("ticket.handle") or to.pk == step.ticket.last_decider_id:
            raise NotAColleague()
        step.ticket.office, step.ticket.owner = to.office, to
        step.log(EventKind.RULED, body=ruling, to=to.username)
    return ticket


def extend(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Extend the time for the decision, once; the reason is public."""
    steps.require(by, "ticket.rule")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        reason = wording.require_public(step, reason, least=10, field="reason")
        step.require("withdraw")
        if step.ticket.extended_until is not None:
            raise ExtendedBefore()
        assert step.ticket.decide_due is not None
        until = clocks.extended(step.ticket.priority, step.ticket.decide_due, step.ticket.received_at)
        step.ticket.decide_due = step.ticket.extended_until = until
        step.log(EventKind.EXTENDED, body=reason, public=True)
    return ticket


def merge(ticket: Ticket, *, into: Ticket, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Merge a ticket into another open one of the same person; the earlier times and the graver priority hold."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.handle"):
        steps.require_responder(ticket, by)
    if ticket.pk == into.pk or ticket.person is None or into.person is None:
        raise MergesWithItself()
    if ticket.person.root_id != into.person.root_id:
        raise MergesWithItself()
    # The older ticket is locked first: two merges in opposite directions would deadlock otherwise.
    first, second = sorted((ticket, into), key=lambda one: one.pk)
    with (
        steps.locked(first, by=by, at=at, seen=seen if first is ticket else None) as older,
        steps.locked(second, by=by, at=at, seen=seen if second is ticket else None) as newer,
    ):
        step, target = (older, newer) if first is ticket else (newer, older)
        join(step, target)
    return ticket


def join(step: Step, target: Step) -> None:
    """Merge one locked ticket into another."""
    if not target.ticket.is_open:
        raise MergesWithItself()
    step.ticket.merged_into = target.ticket
    if step.ticket.state == TicketState.NEED_INFO:
        step.ticket.paused_at = None
    step.move("merge", EventKind.MERGED, into=target.ticket.number)
    target.log(EventKind.JOINED, body=step.ticket.description, number=step.ticket.number)
    _take_earliest(target.ticket, step.ticket)


def _take_earliest(kept: Ticket, merged: Ticket) -> None:
    """Let the earlier reception, the graver priority and the earlier end of each clock that runs hold."""
    kept.received_at = min(kept.received_at, merged.received_at)
    kept.priority = min(kept.priority, merged.priority)
    for due, done in DONE_BY.items():
        ends = [end for end in (getattr(kept, due), getattr(merged, due)) if end is not None]
        if getattr(kept, due) is not None and getattr(kept, done) is None:
            setattr(kept, due, min(ends))


def withdraw(ticket: Ticket, *, statement: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Withdraw a ticket because the citizen says so; not once its ground was found wrong. Raises FoundWrong."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.handle"):
        steps.require_responder(ticket, by)
    statement = steps.require_text(statement, least=2, field="statement")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        following.catch_up(step)
        if step.ticket.finding or step.ticket.corrections.filter(settled_at=None).exists():
            raise FoundWrong()
        step.ticket.paused_at = None
        step.move("withdraw", EventKind.WITHDRAWN, body=statement)
    return ticket


def cancel(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Cancel a test or an empty call; the ticket stays and can be found."""
    steps.require(by, "ticket.rule")
    reason = steps.require_text(reason, least=2, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.move("cancel", EventKind.CANCELLED, body=reason)
    return ticket


def note(ticket: Ticket, *, text: str, by: User, at: datetime) -> Ticket:
    """Write a note for colleagues: the citizen never sees it."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    with steps.locked(ticket, by=by, at=at) as step:
        step.log(EventKind.NOTED, body=steps.require_text(text, least=2, field="text"))
    return ticket


def log_call(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Record that the bureau was rung up while the citizen was there (5.1)."""
    steps.require_responder(ticket, by)
    with steps.locked(ticket, by=by, at=at) as step:
        step.log(EventKind.CONTACTED, body=desks.bureau().phone)
    return ticket


def _look(step: Step) -> Explanation | None:
    ticket = step.ticket
    if step.person is None:
        return None
    lookups.open_to([step.person], task=ticket, by=step.by, at=step.at)
    explanation = explain(step.person, at=step.at)
    snapshot = snapshots.of(explanation)
    ticket.review, ticket.review_at, ticket.review_by = snapshot, step.at, step.by
    if ticket.snapshot is None:  # a letter: looked up by nobody yet
        ticket.snapshot, ticket.snapshot_at, ticket.snapshot_by = snapshot, step.at, step.by
    step.log(EventKind.LOOKED, colour=snapshot["colour"])
    return explanation
