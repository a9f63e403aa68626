"""After the finding: tell the citizen, ask again afterwards, close, or take it up again."""

import re
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.policy.days import local_day
from complaints import clocks, routing
from complaints.clocks import Clock
from complaints.models import Notice, ReturnVisit, Ticket
from complaints.models.choices import Channel, ColourSeen, Contact
from complaints.selectors import desks
from complaints.services import following, outbox
from complaints.services.steps import Hand, Kind, hand, require_responder, require_visible, words
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

ATTEMPTS, DAYS = 3, 2
UNHAPPY = 2
NUMBERS = re.compile(r"(?<![0-9-])(?:0[0-9]{2,3}-?)?[1-9][0-9]{6,10}(?![0-9-])")
ON_DAYS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|JK[0-9]{8}-[0-9]{5}")


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
    """Tell the citizen the decision, word for word; only while the live colour is the one decided."""
    require_responder(ticket, by)
    with hand(ticket, by=by, at=at, seen=seen) as held:
        following.settle(held)
        held.require_step("tell")
        require_same_colour(held, held.ticket.decided_colour)
        notice = _noticed(held, channel, reached, words(text, least=10, field="text"))
        held.ticket.told_at, held.ticket.told_colour = at, held.colour
        held.ticket.visit_due = clocks.due(Clock.VISIT, held.ticket.priority, at)
        held.go("tell", Kind.TOLD, body=notice.text, public=True, channel=channel)
        outbox.answer(held, notice.text)
    return notice


def reply(
    ticket: Ticket, *, channel: str, reached: str, text: str, by: User, at: datetime, seen: int | None = None
) -> Notice:
    """Say something to the citizen while the ticket goes on: an interim answer, kept apart from notes."""
    require_responder(ticket, by)
    with hand(ticket, by=by, at=at, seen=seen) as held:
        if not held.ticket.is_open:
            raise NotAnswered()
        notice = _noticed(held, channel, reached, words(text, least=2, field="text"))
        held.say(Kind.REPLIED, body=notice.text, public=True, channel=channel)
        outbox.answer(held, notice.text, topic="reply")
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
    """Ask the citizen afterwards: what colour do you see now, is it solved? Never by who decided."""
    require_visitor(ticket, by)
    with hand(ticket, by=by, at=at, seen=seen) as held:
        following.settle(held)
        held.require_step("close")
        require_visitor(held.ticket, by)
        was_reached = reached == ReturnVisit.Reached.YES
        if was_reached and (solved is None or (held.person is not None and not colour_seen)):
            raise AnswerMissing()
        visit = ReturnVisit.objects.create(
            ticket=held.ticket,
            attempt=held.ticket.visits.filter(at__gte=held.ticket.told_at).count() + 1,
            at=at,
            by=by,
            reached=reached,
            colour_seen=colour_seen if was_reached else "",
            solved=solved if was_reached else None,
            satisfaction=satisfaction if was_reached else None,
            comment=comment.strip(),
        )
        held.say(
            Kind.VISITED,
            body=visit.comment,
            reached=reached,
            colour=visit.colour_seen,
            attempt=visit.attempt,
        )
        _conclude(held, visit)
    return visit


def reopen(ticket: Ticket, *, statement: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Take a closed ticket up again in the citizen's own words, for 30 days; the second time is the lead's."""
    require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    statement = words(statement, least=5, field="statement")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("reopen")
        if held.ticket.closed_at is not None and at > held.ticket.closed_at + clocks.REOPENS_FOR:
            raise TooLateToReopen()
        _handled_by_somebody(held)
        following.redo(held, statement, counts=False)
        held.ticket.reopen_count += 1
        if held.ticket.reopen_count + held.ticket.redo_count >= following.TAKEN_OVER_AT:
            following.take_over(held)
    return ticket


def require_visitor(ticket: Ticket, by: User) -> None:
    """Refuse who may not ask: strangers to the ticket, who decided it, and who was the void's second person."""
    require_visible(ticket, by)
    if not (
        by.may("ticket.handle") or (by.may("ticket.register") and by.office_id == ticket.first_office_id)
    ):
        raise NotAllowed()
    seconds = ticket.corrections.values_list("void__decided_by", flat=True)
    if by.pk in (ticket.decided_by_id, *seconds):
        raise OwnDecision()


def require_same_colour(held: Hand, colour: str) -> None:
    """Refuse while the live colour is another than this."""
    if held.colour != colour:
        raise ColourDiffers(live=_word(held.colour), decided=_word(colour))


def _conclude(held: Hand, visit: ReturnVisit) -> None:
    """Close after a good answer or three failed attempts; else take it up again."""
    ticket = held.ticket
    if visit.reached != ReturnVisit.Reached.YES:
        if _tried_enough(ticket):
            _close(held)
        return
    if held.person is not None and visit.colour_seen != held.colour:
        following.redo(held, visit.comment or str(_word(visit.colour_seen)), counts=True)
    elif not visit.solved or (visit.satisfaction and visit.satisfaction <= UNHAPPY and visit.comment):
        following.redo(held, visit.comment, counts=True)
    else:
        _close(held)


def _close(held: Hand) -> None:
    require_same_colour(held, held.ticket.told_colour)
    held.ticket.closed_at = held.at
    held.go("close", Kind.CLOSED)
    outbox.answer(held, "", topic="closed")


def _tried_enough(ticket: Ticket) -> bool:
    tried = [visit.at for visit in ticket.visits.filter(at__gte=ticket.told_at)]
    return len(tried) >= ATTEMPTS and len({local_day(at) for at in tried}) >= DAYS


def _noticed(held: Hand, channel: str, reached: str, text: str) -> Notice:
    ticket = held.ticket
    if channel == Contact.CALL and not clocks.may_ring(held.at):
        raise QuietHours()
    if channel == Contact.HOTLINE and ticket.channel != Channel.HOTLINE:
        raise NotThroughTheHotline()
    _require_own_numbers(held, text)
    return Notice.objects.create(
        ticket=ticket,
        at=held.at,
        by=held.by,
        channel=channel,
        reached=words(reached, least=1, field="reached"),
        text=text,
        colour=held.colour,
    )


def _require_own_numbers(held: Hand, text: str) -> None:
    """Refuse words that send the citizen to another office's telephone."""
    own = {held.ticket.contact_phone, held.ticket.first_responder.phone, held.by.phone}
    own |= {office.phone for office in (held.ticket.first_office, held.ticket.office, held.by.office)}
    known = {re.sub(r"\D", "", number) for number in own if number}
    for number in NUMBERS.findall(ON_DAYS.sub("", text)):
        digits = re.sub(r"\D", "", number)
        if not any(digits in one or one in digits for one in known):
            raise AnotherNumber(number=number)


def _handled_by_somebody(held: Hand) -> None:
    """Give a ticket that was settled at the first contact to the office that handles its category."""
    if held.ticket.owner_id is None:
        held.ticket.office = desks.office(routing.office(held.ticket.category))


def _word(colour: str) -> object:
    return ColourSeen(colour).label if colour else "–"
