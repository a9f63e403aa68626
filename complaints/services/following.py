"""Bring tickets up to what was decided about their cases: tickets follow cases, never the other way.

There are no signals. `catch_up` reads the cases while the person is locked: at the start of every act that rests on
a decision, when a ticket's page is opened, and from the timer. So no act rests on what was true a minute ago, and a
late timer changes nothing that is recorded.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Transition, Void
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK, State
from cases.models.proposals import Decision
from cases.selectors import undecided
from cases.selectors.colours import colour_at
from cases.selectors.humans import having, records_of
from cases.services.engine import second_person
from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Assist, CodeCorrection, Ticket
from complaints.models.choices import TicketFinding, TicketState
from complaints.selectors import desks
from complaints.services import pauses, steps
from complaints.services.steps import EventKind, Step
from healthcode.core.offices.models import User

MET_NOTHING = ("DEATH", BASIS_GONE, BY_RULE_BOOK)  # ways in which a case ends whose condition nobody met
TAKEN_OVER_AT = 2  # failures; then the complaint lead handles the ticket


def follow(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """Bring one ticket up to its cases; return whether anything had happened to them."""
    if not out_of_date(at).filter(pk=ticket.pk).exists():
        return False
    with steps.locked(ticket, by=by, at=at) as step:
        catch_up(step)
    return bool(step.events)


def follow_all(*, by: User, at: datetime) -> int:
    """Bring every ticket up to its cases and return how many had changed. Safe to repeat."""
    stale = out_of_date(at).select_related("person").order_by("pk")
    return sum(follow(ticket, by=by, at=at) for ticket in stale)


def out_of_date(at: datetime) -> QuerySet[Ticket]:
    """Return the tickets whose cases have changed since the ticket last followed them."""
    of_ticket = {"ticket": OuterRef("pk")}
    decided = CodeCorrection.objects.filter(**of_ticket, settled_at=None).exclude(
        void__in=undecided.waiting(Void)
    )
    ended = Assist.objects.filter(**of_ticket, answered_at=None, case__isnull=False)
    ended = ended.exclude(case__state=State.OPEN)
    return Ticket.objects.filter(Q(Exists(decided)) | Q(Exists(ended)) | Q(Exists(_imposed_again(at)))) | (
        Ticket.objects.filter(state=TicketState.INFORMED).filter(Exists(_turned()))
        | Ticket.objects.filter(state=TicketState.CLOSED, told_at__gt=at - clocks.REOPENS_FOR).filter(
            Exists(_fallen_since())
        )
    )


def catch_up(step: Step) -> None:
    """Follow what happened to the cases: voids decided, ends entered or fallen, grounds imposed again, codes turned."""
    for correction in step.ticket.corrections.filter(settled_at=None).select_related("void__case__person"):
        _follow_void(step, correction)
    for assist in step.ticket.assists.filter(answered_at=None, case__isnull=False).select_related("case"):
        if assist.case is not None and assist.case.state != State.OPEN:
            _follow_end(step, assist)
    again = CodeCorrection.objects.filter(pk__in=_imposed_again(step.at, step.ticket).values("pk"))
    for correction in again.select_related("void__case"):
        _follow_again(step, correction)
    ticket = step.ticket
    if ticket.state == TicketState.INFORMED and step.person is not None and step.colour != ticket.told_colour:
        redo(step, _in_chinese(_("The code has turned since the citizen was told.")), counts=False)
    closed = ticket.state == TicketState.CLOSED
    if closed and Ticket.objects.filter(Exists(_fallen_since()), pk=ticket.pk).exists():
        redo(
            step,
            _in_chinese(_("The end that the citizen was told of has fallen: its facts were taken back.")),
            counts=False,
        )


def redo(step: Step, why: str, *, counts: bool) -> None:
    """Send a decided ticket back to be handled; if it `counts` as a failure, the second goes to the lead."""
    ticket = step.ticket
    if ticket.state == TicketState.CLOSED:
        step.move("reopen", EventKind.REOPENED, body=why)
    else:
        step.move("redo", EventKind.REDONE, body=why)
    clear_decision(ticket, step.at)
    if counts:
        ticket.redo_count += 1
        if ticket.redo_count + ticket.reopen_count >= TAKEN_OVER_AT:
            take_over(step)


def take_over(step: Step) -> None:
    """Give a ticket that failed twice to the complaint lead."""
    lead = desks.lead()
    step.ticket.office, step.ticket.owner = lead.office, lead
    step.log(EventKind.TAKEN_OVER, to=lead.username)


def clear_decision(ticket: Ticket, at: datetime) -> None:
    """Empty what was decided and told, and start a clock of half the time of a new ticket."""
    ticket.finding, ticket.decision_reason, ticket.decided_colour = "", "", ""
    ticket.decided_at = None
    ticket.last_decider_id = ticket.decided_by_id or ticket.last_decider_id
    ticket.decided_by = None
    ticket.told_at, ticket.told_colour, ticket.closed_at = None, "", None
    ticket.inform_due = ticket.visit_due = None
    ticket.decide_due = clocks.renewed(ticket.priority, at)


def record_decision(step: Step, finding: str, reason: str, *, by: User, at: datetime) -> None:
    """Record a decision that has taken effect, with the colour as it is now.

    `by` and `at` are of the decision itself, which for F1 and F2 was made elsewhere and earlier.
    """
    ticket = step.ticket
    ticket.finding, ticket.decision_reason = finding, reason
    ticket.decided_by, ticket.decided_at = by, at
    ticket.decided_colour = step.colour
    ticket.inform_due = clocks.due(Clock.INFORM, ticket.priority, at)
    step.move("decide", EventKind.DECIDED, body=reason, finding=finding, colour=ticket.decided_colour)


def _follow_void(step: Step, correction: CodeCorrection) -> None:
    void, ticket = correction.void, step.ticket
    if undecided.waiting(Void).filter(pk=void.pk).exists():
        return
    correction.settled_at = step.at
    if void.decision != Decision.APPROVED or void.decided_at is None:
        correction.save(update_fields=("settled_at",))
        ticket.finding = ""
        answer = void.answer or _in_chinese(second_person.Lapsed.message)
        step.log(EventKind.VOID_REFUSED, body=answer, void=void.pk)
        return
    step.not_before(void.decided_at)
    correction.colour_after = colour_at(void.case.person, void.decided_at).value
    correction.save(update_fields=("settled_at", "colour_after"))
    if ticket.state == TicketState.NEED_INFO:
        pauses.end(step)
    if ticket.state == TicketState.IN_PROGRESS:
        record_decision(
            step, TicketFinding.GROUND_WRONG, void.reason, by=void.proposed_by, at=void.decided_at
        )


def _follow_end(step: Step, assist: Assist) -> None:
    """F2 takes effect: the end of the case was entered. Closed otherwise it met none: its owner decides anew.

    One that stands again is what the question is about from now.
    """
    case = assist.case
    assert case is not None
    if (again := Case.objects.open().filter(resumes=case).first()) is not None:
        assist.case = again
        assist.save(update_fields=("case",))
        return
    step.not_before(case.closed_at)
    met = case.state == State.ENDED and case.exit not in MET_NOTHING
    done = _("Done: the case was closed.")
    assist.answer = _in_chinese(done if met else _("The case was closed, but not because its end was met."))
    assist.answered_by, assist.answered_at = case.closed_by or step.by, case.closed_at or step.at
    assist.save(update_fields=("answer", "answered_by", "answered_at"))
    step.log(EventKind.ASSIST_ANSWERED, body=assist.answer, office=assist.office.code, case=case.pk)
    ticket = step.ticket
    if ticket.state == TicketState.NEED_INFO:
        pauses.end(step)
    waiting = ticket.finding == TicketFinding.END_CONDITION_MET and ticket.state == TicketState.IN_PROGRESS
    if waiting and not met:
        ticket.finding = ""
    elif waiting and not ticket.assists.filter(answered_at=None).exists():
        record_decision(
            step, TicketFinding.END_CONDITION_MET, assist.question, by=assist.asked_by, at=assist.answered_at
        )


def _follow_again(step: Step, correction: CodeCorrection) -> None:
    """A voided ground stands again: put the ticket back to work, first in the queue."""
    case = _imposed_case(correction)
    if case is None:
        return
    correction.imposed_again_by = case
    correction.save(update_fields=("imposed_again_by",))
    ticket = step.ticket
    ticket.priority = 1
    why = _in_chinese(_("Imposed again after a void: case %(case)s.") % {"case": case.pk})
    if ticket.state in (TicketState.CLOSED, TicketState.DECIDED, TicketState.INFORMED):
        redo(step, why, counts=False)
        ticket.reopen_count += 1
        ticket.is_disputed, ticket.disputed_case = True, case
    else:
        step.log(EventKind.REOPENED, body=why)


def _imposed_again(at: datetime, ticket: Ticket | None = None) -> QuerySet[CodeCorrection]:
    """Return corrections whose voided ground stands, or waits to stand, again within the 14 days of watch."""
    again = Case.objects.filter(
        _imposed_after(OuterRef("void__decided_at")),
        person__in=records_of("void__case__person"),
        ground=OuterRef("void__case__ground"),
        state__in=(State.OPEN, State.HELD),
    )
    watched = CodeCorrection.objects.filter(
        void__decision=Decision.APPROVED,
        settled_at__isnull=False,
        imposed_again_by=None,
        void__decided_at__gt=at - clocks.WATCHED_FOR,
    )
    watched = watched.filter(ticket=ticket) if ticket else watched.filter(ticket=OuterRef("pk"))
    return watched.filter(having(again)).exclude(
        ticket__state__in=(TicketState.MERGED, TicketState.WITHDRAWN, TicketState.VOID)
    )


def _imposed_case(correction: CodeCorrection) -> Case | None:
    """Return the case by which the voided ground stands again."""
    voided = correction.void.case
    cases = Case.objects.of(voided.person).filter(ground=voided.ground, state__in=("OPEN", "HELD"))
    return cases.filter(_imposed_after(correction.void.decided_at)).order_by("pk").first()


def _imposed_after(decided_at: Any) -> Q:
    """Return the cases that somebody entered since a void: also where one ended and stands again by another fact.

    What stood before the void and stands again is no new imposition.
    """
    first = Q(resumes=None, entered_at__gt=decided_at)
    resumed = Q(resumes__resumes=None, resumes__entered_at__gt=decided_at)
    return first | Q(resumes__isnull=False) & (resumed | Q(origin__entered_at__gt=decided_at))


def _turned() -> QuerySet[Transition]:
    """Return the colour changes of a ticket's person since the citizen was told."""
    return Transition.objects.filter(person__in=records_of(), at__gt=OuterRef("told_at"))


def _fallen_since() -> QuerySet[Case]:
    """Return what stands again of a ticket's person, whose end the citizen was told."""
    return Case.objects.open().filter(
        person__in=records_of(),
        opened_at__gt=OuterRef("told_at"),
        resumes__closed_at__lte=OuterRef("told_at"),
    )


def _in_chinese(words: str | Promise) -> str:
    """Translate a sentence of the portal's own: the history is kept in Chinese, whoever acts."""
    with translation.override("zh-hans"):
        return str(words)
