"""A ticket follows the cases, never the other way: what was decided elsewhere reaches it here.

Nothing listens to the cases. `settle` asks them, under the person's lock, at the beginning of every act that rests
on a decision, whenever a ticket's page is opened, and from the timer: so an act never rests on what was true a
minute ago, and how late the timer runs changes nothing that is recorded.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Transition
from cases.models.cases import State as CaseState
from cases.models.proposals import Decision
from cases.selectors.colours import colour_at
from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Assist, CodeCorrection, Ticket
from complaints.models.choices import Finding, State
from complaints.selectors import desks
from complaints.services import pauses
from complaints.services.steps import Hand, Kind, hand
from healthcode.core.offices.models import User

TAKEN_OVER_AT = 2  # failures


def follow(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """Bring one ticket up to what has happened to its cases; tell whether there was anything."""
    if not behind(at).filter(pk=ticket.pk).exists():
        return False
    with hand(ticket, by=by, at=at) as held:
        settle(held)
    return bool(held.happened)


def follow_all(*, by: User, at: datetime) -> int:
    """Bring every ticket up to its cases: from the timer, any number of times."""
    return sum(follow(ticket, by=by, at=at) for ticket in behind(at).select_related("person").order_by("pk"))


def behind(at: datetime) -> QuerySet[Ticket]:
    """Return the tickets for which a second person, a responsible role or a source has acted since."""
    of_ticket = {"ticket": OuterRef("pk")}
    decided = CodeCorrection.objects.filter(**of_ticket, settled_at=None).exclude(
        void__decision=Decision.PENDING
    )
    ended = Assist.objects.filter(**of_ticket, answered_at=None, case__isnull=False)
    ended = ended.exclude(case__state=CaseState.OPEN)
    return Ticket.objects.filter(Q(Exists(decided)) | Q(Exists(ended)) | Q(Exists(_imposed_again(at)))) | (
        Ticket.objects.filter(state=State.INFORMED).filter(Exists(_turned()))
    )


def settle(held: Hand) -> None:
    """Let the ticket in hand follow its cases: voids decided, ends entered, grounds imposed again, colours turned."""
    for correction in held.ticket.corrections.filter(settled_at=None).select_related("void__case__person"):
        _follow_void(held, correction)
    for assist in held.ticket.assists.filter(answered_at=None, case__isnull=False).select_related("case"):
        if assist.case is not None and assist.case.state != CaseState.OPEN:
            _follow_end(held, assist)
    again = CodeCorrection.objects.filter(pk__in=_imposed_again(held.at, held.ticket).values("pk"))
    for correction in again.select_related("void__case"):
        _follow_again(held, correction)
    if (
        held.ticket.state == State.INFORMED
        and held.person is not None
        and held.colour != held.ticket.told_colour
    ):
        redo(held, _said(_("The code has turned since the citizen was told.")), counts=False)


def redo(held: Hand, why: str, *, counts: bool) -> None:
    """Take a ticket up again after it was decided; the second failure is the complaint lead's."""
    ticket = held.ticket
    held.go("reopen" if ticket.state == State.CLOSED else "redo", _again(ticket), body=why)
    taken_up(ticket, held.at)
    if counts:
        ticket.redo_count += 1
        if ticket.redo_count + ticket.reopen_count >= TAKEN_OVER_AT:
            take_over(held)


def take_over(held: Hand) -> None:
    """Give a ticket that failed twice to the complaint lead."""
    lead = desks.lead()
    held.ticket.office, held.ticket.owner = lead.office, lead
    held.say(Kind.TAKEN_OVER, to=lead.username)


def taken_up(ticket: Ticket, at: datetime) -> None:
    """Empty what was decided and told; the age still counts from the reception, the time is half a new one's."""
    ticket.finding, ticket.decision_reason, ticket.decided_colour = "", "", ""
    ticket.decided_at = None
    ticket.last_decider_id = ticket.decided_by_id or ticket.last_decider_id
    ticket.decided_by = None
    ticket.told_at, ticket.told_colour, ticket.closed_at = None, "", None
    ticket.inform_due = ticket.visit_due = None
    ticket.decide_due = clocks.renewed(ticket.priority, at)


def decided(
    held: Hand, finding: str, reason: str, *, by: User, at: datetime, kind: str = Kind.DECIDED
) -> None:
    """Write a decision that has taken effect, with the colour as it is now."""
    ticket = held.ticket
    ticket.finding, ticket.decision_reason = finding, reason
    ticket.decided_by, ticket.decided_at = by, at
    ticket.decided_colour = held.colour
    ticket.inform_due = clocks.due(Clock.INFORM, ticket.priority, at)
    held.go("decide", kind, body=reason, finding=finding, colour=ticket.decided_colour)


def _follow_void(held: Hand, correction: CodeCorrection) -> None:
    void, ticket = correction.void, held.ticket
    if void.decision == Decision.PENDING or void.decided_at is None:
        return
    correction.settled_at = held.at
    if void.decision == Decision.REFUSED:
        correction.save(update_fields=("settled_at",))
        ticket.finding = ""
        held.say(Kind.VOID_REFUSED, body=void.answer, void=void.pk)
        return
    correction.colour_after = colour_at(void.case.person, void.decided_at).value
    correction.save(update_fields=("settled_at", "colour_after"))
    if ticket.state == State.NEED_INFO:
        pauses.run_again(held)
    if ticket.state == State.IN_PROGRESS:
        decided(held, Finding.GROUND_WRONG, void.reason, by=void.proposed_by, at=void.decided_at)


def _follow_end(held: Hand, assist: Assist) -> None:
    """F2 closes itself: the responsible role has entered what was missing."""
    case = assist.case
    assert case is not None
    assist.answer = _said(_("Done: the case was closed."))
    assist.answered_by, assist.answered_at = case.closed_by or held.by, case.closed_at or held.at
    assist.save(update_fields=("answer", "answered_by", "answered_at"))
    held.say(Kind.ASSIST_ANSWERED, body=assist.answer, office=assist.office.code, case=case.pk)
    ticket = held.ticket
    if ticket.state == State.NEED_INFO:
        pauses.run_again(held)
    waiting = ticket.finding == Finding.END_CONDITION_MET and ticket.state == State.IN_PROGRESS
    if waiting and not ticket.assists.filter(answered_at=None).exists():
        decided(held, Finding.END_CONDITION_MET, assist.question, by=assist.asked_by, at=assist.answered_at)


def _follow_again(held: Hand, correction: CodeCorrection) -> None:
    """A ground that was voided stands again: the ticket is open again, first of all, and everybody sees it."""
    case = _again_of(correction)
    if case is None:
        return
    correction.imposed_again_by = case
    correction.save(update_fields=("imposed_again_by",))
    ticket = held.ticket
    ticket.priority = 1
    why = _said(_("Imposed again after a void: case %(case)s.") % {"case": case.pk})
    if ticket.state in (State.CLOSED, State.DECIDED, State.INFORMED):
        redo(held, why, counts=False)
        ticket.reopen_count += 1
        ticket.is_disputed, ticket.disputed_case = True, case
    else:
        held.say(Kind.REOPENED, body=why)


def _imposed_again(at: datetime, ticket: Ticket | None = None) -> QuerySet[CodeCorrection]:
    """Find corrections whose ground stands, or waits to stand, against the person again within the watch."""
    again = Case.objects.filter(
        Q(person=OuterRef("void__case__person"))
        | Q(person__merged_into=OuterRef("void__case__person"))
        | Q(person=OuterRef("void__case__person__merged_into")),
        ground=OuterRef("void__case__ground"),
        state__in=(CaseState.OPEN, CaseState.HELD),
        entered_at__gt=OuterRef("void__decided_at"),
    )
    watched = CodeCorrection.objects.filter(
        void__decision=Decision.APPROVED,
        settled_at__isnull=False,
        imposed_again_by=None,
        void__decided_at__gt=at - clocks.WATCHED_FOR,
    )
    watched = watched.filter(ticket=ticket) if ticket else watched.filter(ticket=OuterRef("pk"))
    return watched.filter(Exists(again)).exclude(
        ticket__state__in=(State.MERGED, State.WITHDRAWN, State.VOID)
    )


def _again_of(correction: CodeCorrection) -> Case | None:
    voided = correction.void.case
    cases = Case.objects.of(voided.person).filter(ground=voided.ground, state__in=("OPEN", "HELD"))
    return cases.filter(entered_at__gt=correction.void.decided_at).order_by("pk").first()


def _turned() -> QuerySet[Transition]:
    """Find conversions after the citizen was told."""
    return Transition.objects.filter(
        Q(person=OuterRef("person")) | Q(person__merged_into=OuterRef("person")), at__gt=OuterRef("told_at")
    )


def _again(ticket: Ticket) -> str:
    return Kind.REOPENED if ticket.state == State.CLOSED else Kind.REDONE


def _said(words: str | Promise) -> str:
    """Return words of the house itself: history is kept in the language of the guide."""
    with translation.override("zh-hans"):
        return str(words)
