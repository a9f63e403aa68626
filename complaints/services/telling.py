"""After the finding: tell the citizen, visit, close, or reopen."""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.policy.days import local_day
from complaints import clocks, routing
from complaints.clocks import Clock
from complaints.models import Notice, ReturnVisit, Ticket
from complaints.models.choices import ColourSeen, Contact, TicketChannel
from complaints.selectors import desks
from complaints.services import following, outbox, steps
from complaints.services.steps import EventKind, Step
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

ATTEMPTS, DAYS = 3, 2  # so many visits in vain, on so many days, close a ticket
UNHAPPY = 2  # this satisfaction or less, with a comment, sends the ticket back
PHONE_NUMBER = re.compile(r"(?<![0-9-])(?:0[0-9]{2,3}-?)?[1-9][0-9]{6,10}(?![0-9-])")
DATE_OR_TICKET = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|JK[0-9]{8}-[0-9]{5}")


class ColourDiffers(Refusal):
    code = "tickets.answer.colour_differs"
    message = _(
        "The code is %(live)s now and was %(decided)s when it was decided: bring the decision up to date first."
    )


class QuietHours(Refusal):
    code = "tickets.answer.quiet_hours"
    message = _("People are rung up between 08:00 and 21:00.")
    field = "channel"


class AnotherNumber(Refusal):
    code = "tickets.answer.another_number"
    message = _("The words name the number %(number)s: nobody is told to ring another office (5.0).")
    field = "text"


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
    ticket: Ticket, *, channel: str, reached: str, text: str, by: User, at: datetime, seen: int | None = None
) -> Notice:
    """Tell the citizen the decision, word for word. Raises ColourDiffers where the code has changed since."""
    steps.require_responder(ticket, by)
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        following.catch_up(step)
        step.require("tell")
        require_same_colour(step, step.ticket.decided_colour)
        notice = _create_notice(step, channel, reached, steps.require_text(text, least=10, field="text"))
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
        notice = _create_notice(step, channel, reached, steps.require_text(text, least=2, field="text"))
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
    statement = steps.require_text(statement, least=5, field="statement")
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
    _require_own_numbers(step, text)
    return Notice.objects.create(
        ticket=ticket,
        at=step.at,
        by=step.by,
        channel=channel,
        reached=steps.require_text(reached, least=1, field="reached"),
        text=text,
        colour=step.colour,
    )


def _require_own_numbers(step: Step, text: str) -> None:
    """Refuse a text with a telephone number of anybody but the citizen and those who answer for the ticket (5.0)."""
    own = {step.ticket.contact_phone, step.ticket.first_responder.phone, step.by.phone}
    own |= {office.phone for office in (step.ticket.first_office, step.ticket.office, step.by.office)}
    known = {re.sub(r"\D", "", number) for number in own if number}
    for found in PHONE_NUMBER.findall(DATE_OR_TICKET.sub("", text)):
        digits = re.sub(r"\D", "", found)
        if not any(digits in number or number in digits for number in known):
            raise AnotherNumber(number=found)


def _ensure_handling_office(step: Step) -> None:
    """Give a ticket that was settled at the first contact to the office that handles its category."""
    if step.ticket.owner_id is None:
        step.ticket.office = desks.office(routing.office(step.ticket.category))


def _label(colour: str) -> object:
    return ColourSeen(colour).label if colour else "–"
