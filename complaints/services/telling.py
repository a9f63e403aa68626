"""After the finding: tell the citizen, visit, close, or reopen."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.policy.days import local_day
from cases.selectors.explanation import explain
from complaints import clocks, routing
from complaints.clocks import Clock
from complaints.models import Notice, ReturnVisit, Ticket
from complaints.models.choices import ColourSeen, Contact, TicketChannel
from complaints.selectors import desks, scripts
from complaints.services import following, outbox, steps, wording
from complaints.services.steps import EventKind, Step
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

ATTEMPTS, DAYS = 3, 2  # so many visits in vain, on so many days, close a ticket
UNHAPPY = 2  # this satisfaction or less, with a comment, sends the ticket back


class ColourDiffers(Refusal):
    code = "tickets.answer.colour_differs"
    message = _(
        "The code is %(live)s now and was %(decided)s when it was decided: bring the decision up to date first."
    )


class QuietHours(Refusal):
    code = "tickets.answer.quiet_hours"
    message = _("People are rung up between 08:00 and 21:00.")
    field = "channel"


class NotThroughTheHotline(Refusal):
    code = "tickets.answer.not_through_the_hotline"
    message = _("Only a letter of the hotline is answered through the hotline.")
    field = "channel"


class OwnDecision(Refusal):
    code = "tickets.callback.own_decision"
    message = _(
        "Whoever decided, or was the second person, does not ask whether it is solved: somebody else does."
    )


class AnswerMissing(Refusal):
    code = "tickets.callback.answer_missing"
    message = _("Say which colour the citizen sees, and whether it is solved.")
    field = "colour_seen"


class TooLateToReopen(Refusal):
    code = "tickets.reopen.too_late"
    message = _("It was closed more than 30 days ago: register a new ticket, it is linked with this one.")


class NotAnswered(Refusal):
    code = "tickets.answer.ticket_closed"
    message = _("Reply to the citizen on a ticket that is open.")


def tell(
    ticket: Ticket,
    *,
    channel: str,
    reached: str,
    text: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Notice:
    """Tell the citizen the decision: what the portal writes of it, then the words that are added.

    Raises ColourDiffers where the code has changed since.
    """
    steps.require_responder(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        following.catch_up(step)
        step.require("tell")
        require_same_colour(step, step.ticket.decided_colour)
        added = wording.require_public(step, text, least=0, field="text")
        explanation = explain(step.person, at=at) if step.person is not None else None
        written = wording.outcome(step.ticket, explanation)
        notice = _create_notice(
            step, channel, reached, scripts.joined((written, added), step.ticket.language)
        )
        step.ticket.told_at, step.ticket.told_colour = at, step.colour
        step.ticket.visit_due = clocks.due(Clock.VISIT, step.ticket.priority, at)
        step.move("tell", EventKind.TOLD, body=notice.text, public=True, channel=channel)
        outbox.answer(step, notice.text)
    return notice


def reply(
    ticket: Ticket, *, channel: str, reached: str, text: str, by: User, at: datetime, seen: int | None = None
) -> Notice:
    """Send the citizen an interim answer; it is public, unlike a note."""
    steps.require_responder(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        if not step.ticket.is_open:
            raise NotAnswered()
        added = wording.require_public(step, text, least=2, field="text")
        notice = _create_notice(step, channel, reached, added)
        step.log(EventKind.REPLIED, body=notice.text, public=True, channel=channel)
        outbox.answer(step, notice.text, topic="reply")
    return notice


def visit(
    ticket: Ticket,
    *,
    reached: str,
    colour_seen: str = "",
    solved: bool | None = None,
    satisfaction: int | None = None,
    comment: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ReturnVisit:
    """Ask the citizen which colour they see now and whether it is solved; then close the ticket or send it back."""
    require_visitor(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        following.catch_up(step)
        step.require("close")
        require_visitor(step.ticket, by)
        was_reached = reached == ReturnVisit.Reached.YES
        if was_reached and (solved is None or (step.person is not None and not colour_seen)):
            raise AnswerMissing()
        attempts = step.ticket.visits.filter(at__gte=step.ticket.told_at).count()
        visit = ReturnVisit.objects.create(
            ticket=step.ticket,
            attempt=attempts + 1,
            at=at,
            by=by,
            reached=reached,
            colour_seen=colour_seen if was_reached else "",
            solved=solved if was_reached else None,
            satisfaction=satisfaction if was_reached else None,
            comment=comment.strip(),
        )
        data: dict[str, Any] = {"reached": reached, "colour": visit.colour_seen, "attempt": visit.attempt}
        step.log(EventKind.VISITED, body=visit.comment, **data)
        _conclude(step, visit)
    return visit


def reopen(ticket: Ticket, *, statement: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Reopen a ticket within 30 days of its closing; the second time it goes to the complaint lead."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    statement = steps.require_text(statement, least=2, field="statement")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.require("reopen")
        if step.ticket.closed_at is not None and at > step.ticket.closed_at + clocks.REOPENS_FOR:
            raise TooLateToReopen()
        _ensure_handling_office(step)
        following.redo(step, statement, counts=False)
        step.ticket.reopen_count += 1
        if step.ticket.reopen_count + step.ticket.redo_count >= following.TAKEN_OVER_AT:
            following.take_over(step)
    return ticket


def require_visitor(ticket: Ticket, by: User) -> None:
    """Refuse whoever decided or was the void's second person (OwnDecision), and whoever cannot read the ticket."""
    steps.require_visible(ticket, by)
    if not (
        by.may("ticket.handle") or (by.may("ticket.register") and by.office_id == ticket.first_office_id)
    ):
        raise NotAllowed()
    seconds = ticket.corrections.values_list("void__decided_by", flat=True)
    if by.pk in (ticket.decided_by_id, *seconds):
        raise OwnDecision()


def require_same_colour(step: Step, colour: str) -> None:
    """Refuse unless the live colour is this one. Raises ColourDiffers."""
    if step.colour != colour:
        raise ColourDiffers(live=_label(step.colour), decided=_label(colour))


def _conclude(step: Step, visit: ReturnVisit) -> None:
    """Close after a good answer or enough visits in vain; else send the ticket back."""
    ticket = step.ticket
    if visit.reached != ReturnVisit.Reached.YES:
        if _has_tried_enough(ticket):
            _close(step)
        return
    if step.person is not None and visit.colour_seen != step.colour:
        ticket.priority = 1  # somebody is stopped at a door by a colour that the portal does not have
        following.redo(step, visit.comment or str(_label(visit.colour_seen)), counts=True)
    elif not visit.solved or (visit.satisfaction and visit.satisfaction <= UNHAPPY and visit.comment):
        following.redo(step, visit.comment, counts=True)
    else:
        _close(step)


def _close(step: Step) -> None:
    require_same_colour(step, step.ticket.told_colour)
    step.ticket.closed_at = step.at
    step.move("close", EventKind.CLOSED)
    outbox.answer(step, "", topic="closed")


def _has_tried_enough(ticket: Ticket) -> bool:
    attempts = ticket.visits.filter(at__gte=ticket.told_at).values_list("at", flat=True)
    return len(attempts) >= ATTEMPTS and len({local_day(at) for at in attempts}) >= DAYS


def _create_notice(step: Step, channel: str, reached: str, text: str) -> Notice:
    ticket = step.ticket
    if channel == Contact.CALL and not clocks.may_ring(step.at):
        raise QuietHours()
    if channel == Contact.HOTLINE and ticket.channel != TicketChannel.HOTLINE:
        raise NotThroughTheHotline()
    return Notice.objects.create(
        ticket=ticket,
        at=step.at,
        by=step.by,
        channel=channel,
        reached=steps.require_text(reached, least=1, field="reached"),
        text=text,
        colour=step.colour,
    )


def _ensure_handling_office(step: Step) -> None:
    """Give a ticket that was settled at the first contact to the office that handles its category."""
    if step.ticket.owner_id is None:
        step.ticket.office = desks.office(routing.office(step.ticket.category))


def _label(colour: str) -> object:
    return ColourSeen(colour).label if colour else "–"
