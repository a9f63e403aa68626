"""Between the first contact and the finding: sign, hand over, ask, send back, rule, extend, merge, withdraw."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.services.persons import people
from complaints import clocks, flow
from complaints.models import Ticket
from complaints.models.choices import State
from complaints.models.tickets import LONGEST_PAUSE
from complaints.selectors import desks, snapshots
from complaints.services import following, pauses
from complaints.services.steps import (
    Hand,
    Kind,
    NotOwner,
    hand,
    require,
    require_desk,
    require_owner,
    require_responder,
    require_visible,
    words,
)
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
    """Sign for a ticket routed to one's office: a named officer answers for it from now."""
    require_desk(ticket, by)
    with hand(ticket, by=by, at=at, seen=seen) as held:
        require_desk(held.ticket, by)
        held.require_step("take")
        if held.ticket.owner is not None:
            raise NotOwner(name=held.ticket.owner.name)
        held.ticket.owner, held.ticket.taken_at = by, held.ticket.taken_at or at
        held.go("take", Kind.TAKEN)
        _look(held)
    return ticket


def look(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Look the code up again for the decision; a letter gets its frozen snapshot from the first look."""
    require_desk(ticket, by)
    with hand(ticket, by=by, at=at) as held:
        _look(held)
    return ticket


def identify(ticket: Ticket, person: Person, *, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Say who a letter is about."""
    require_owner(ticket, by)
    if ticket.person is not None:
        raise AlreadyIdentified()
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.ticket.person = held.person = Person.objects.get(pk=person.root_id)
        held.say(Kind.IDENTIFIED)
        _look(held)
    return ticket


def hand_over(
    ticket: Ticket, *, to: User, reason: str, by: User, at: datetime, seen: int | None = None
) -> Ticket:
    """Hand a ticket to a colleague; whoever heads the office may do it for somebody who is away."""
    require_desk(ticket, by)
    if not by.is_head:
        require_owner(ticket, by)
    if to.office_id != ticket.office_id or not to.may("ticket.handle") or to.pk == ticket.owner_id:
        raise NotAColleague()
    reason = words(reason, least=2, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("withdraw" if held.ticket.state in flow.UNDECIDED else "refresh")
        held.ticket.owner = to
        held.say(Kind.HANDED_OVER, body=reason, to=to.username)
    return ticket


def ask(ticket: Ticket, *, missing: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Ask the citizen, once, for everything that is missing; the clock rests until it is there."""
    require_owner(ticket, by)
    missing = words(missing, least=5, field="missing")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        if held.ticket.info_count and not by.may("ticket.rule"):
            raise AskedBefore()
        if held.ticket.paused_seconds >= LONGEST_PAUSE:
            raise PauseUsedUp()
        held.ticket.info_count += 1
        held.ticket.paused_at = at
        held.go("ask", Kind.ASKED, body=missing, public=True)
    return ticket


def resume(ticket: Ticket, *, material: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Record the material: the clock runs again. Whoever answers for the ticket may."""
    require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    with hand(ticket, by=by, at=at, seen=seen) as held:
        pauses.run_again(held, words(material, least=2, field="material"))
    return ticket


def send_back(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Send a ticket back for a ruling: once, in time; the citizen is not contacted, and the clock runs on."""
    require_desk(ticket, by)
    reason = words(reason, least=10, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("send_back")
        if held.ticket.return_count:
            raise SentBackBefore()
        if held.ticket.return_due is not None and at > held.ticket.return_due:
            raise TooLateToSendBack(until=f"{held.ticket.return_due.astimezone(clocks.ZONE):%m-%d %H:%M}")
        lead = desks.lead()
        held.ticket.return_count += 1
        held.ticket.office, held.ticket.owner = lead.office, lead
        held.go("send_back", Kind.SENT_BACK, body=reason)
    return ticket


def rule(ticket: Ticket, *, ruling: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Rule that the bureau handles a ticket it sent back; it cannot be sent back again."""
    require(by, "ticket.rule")
    ruling = words(ruling, least=5, field="ruling")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.ticket.office, held.ticket.owner = desks.bureau(), None
        held.go("rule", Kind.RULED, body=ruling)
    return ticket


def assign(
    ticket: Ticket, *, to: User, ruling: str, by: User, at: datetime, seen: int | None = None
) -> Ticket:
    """Give a ticket that was taken over to an officer who did not decide it before, with a ruling."""
    require(by, "ticket.rule")
    ruling = words(ruling, least=5, field="ruling")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("decide")
        if not to.may("ticket.handle") or to.pk == held.ticket.last_decider_id:
            raise NotAColleague()
        held.ticket.office, held.ticket.owner = to.office, to
        held.say(Kind.RULED, body=ruling, to=to.username)
    return ticket


def extend(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Extend the time for the decision, once; the citizen is told."""
    require(by, "ticket.rule")
    reason = words(reason, least=10, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("withdraw")
        if held.ticket.extended_until is not None:
            raise ExtendedBefore()
        assert held.ticket.decide_due is not None
        until = clocks.extended(held.ticket.priority, held.ticket.decide_due, held.ticket.received_at)
        held.ticket.decide_due = held.ticket.extended_until = until
        held.say(Kind.EXTENDED, body=reason, public=True)
    return ticket


def merge(ticket: Ticket, *, into: Ticket, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Merge a ticket into another open one of the same person; the earlier due holds."""
    require_visible(ticket, by)
    if not by.may("ticket.handle"):
        require_responder(ticket, by)
    if ticket.pk == into.pk or ticket.person is None or into.person is None:
        raise MergesWithItself()
    if ticket.person.root_id != into.person.root_id:
        raise MergesWithItself()
    # Always the older ticket first: two merges in opposite directions would otherwise wait for each other.
    first, second = sorted((ticket, into), key=lambda one: one.pk)
    with (
        hand(first, by=by, at=at, seen=seen if first is ticket else None) as one,
        hand(second, by=by, at=at, seen=seen if second is ticket else None) as other,
    ):
        held, target = (one, other) if first is ticket else (other, one)
        join(held, target)
    return ticket


def join(held: Hand, target: Hand) -> None:
    """Merge one ticket in hand into another."""
    if not target.ticket.is_open:
        raise MergesWithItself()
    held.ticket.merged_into = target.ticket
    if held.ticket.state == State.NEED_INFO:
        held.ticket.paused_at = None
    held.go("merge", Kind.MERGED, into=target.ticket.number)
    target.say(Kind.JOINED, body=held.ticket.description, number=held.ticket.number)
    dues = [due for due in (held.ticket.decide_due, target.ticket.decide_due) if due]
    target.ticket.decide_due = min(dues, default=None)


def withdraw(ticket: Ticket, *, statement: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Withdraw at the citizen's own word; a ground already found wrong is corrected all the same."""
    require_visible(ticket, by)
    if not by.may("ticket.handle"):
        require_responder(ticket, by)
    statement = words(statement, least=5, field="statement")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        following.settle(held)
        if held.ticket.finding or held.ticket.corrections.filter(settled_at=None).exists():
            raise FoundWrong()
        held.ticket.paused_at = None
        held.go("withdraw", Kind.WITHDRAWN, body=statement)
    return ticket


def cancel(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Cancel a test or an empty call; it stays, and can be found."""
    require(by, "ticket.rule")
    reason = words(reason, least=5, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.go("cancel", Kind.CANCELLED, body=reason)
    return ticket


def note(ticket: Ticket, *, text: str, by: User, at: datetime) -> Ticket:
    """Write a note for colleagues: the citizen never sees it."""
    require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    with hand(ticket, by=by, at=at) as held:
        held.say(Kind.NOTED, body=words(text, least=2, field="text"))
    return ticket


def log_call(ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    """Record that the bureau was rung up while the citizen was there (5.1)."""
    require_responder(ticket, by)
    with hand(ticket, by=by, at=at) as held:
        held.say(Kind.CONTACTED, body=desks.bureau().phone)
    return ticket


def _look(held: Hand) -> None:
    ticket = held.ticket
    if held.person is None:
        return
    people.open_to([held.person], purpose=ticket.number, by=held.by, at=held.at)
    shot = snapshots.snapshot(held.person, at=held.at)
    ticket.review, ticket.review_at, ticket.review_by = shot, held.at, held.by
    if ticket.snapshot is None:  # a letter: looked up by nobody yet
        ticket.snapshot, ticket.snapshot_at, ticket.snapshot_by = shot, held.at, held.by
    held.say(Kind.LOOKED, colour=shot["colour"])
