"""Findings: F1 void, F2 ask for the missing end, F3 uphold, F4 identity, F5 outside, F6 conduct; and assists."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Void
from cases.services.grounds import self_checks, voids
from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Assist, CodeCorrection, Ticket
from complaints.models.choices import TicketFinding, TicketKind
from complaints.selectors import snapshots
from complaints.services import following, steps
from complaints.services.steps import EventKind, Step
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.refusals import Refusal

WITHOUT_PERSON = (TicketFinding.OUTSIDE, TicketFinding.CONDUCT)  # may be found before anybody was identified
IDENTITY_ACTS = ("person.corrected", "person.merged", "person.unmerged")


class LookAgain(Refusal):
    code = "tickets.finding.look_too_old"
    message = _("Look the code up again before you decide: your last look is more than 30 minutes old.")


class FindingCodeMoved(Refusal):
    code = "tickets.finding.code_moved"
    message = _("The code has changed since you looked it up: look again.")


class AssistsOpen(Refusal):
    code = "tickets.assist.open"
    message = _("Another office has not answered yet.")


class VoidPending(Refusal):
    code = "tickets.finding.void_pending"
    message = _("A void waits for its second person: until then the case stands and the ticket waits.")


class NotACaseOfTicket(Refusal):
    code = "tickets.finding.not_their_case"
    message = _("Choose a case that stands against this person.")
    field = "case"


class IdentityUntouched(Refusal):
    code = "tickets.finding.identity_untouched"
    message = _(
        "Nothing about this person's identity was corrected since the complaint: correct or merge first."
    )


class NotAboutConduct(Refusal):
    code = "tickets.finding.not_about_conduct"
    message = _("This finding is for complaints about how somebody was treated.")
    field = "finding"


class NoPerson(Refusal):
    code = "tickets.person_missing"
    message = _("Say first who this ticket is about.")


class NotMoved(Refusal):
    code = "tickets.finding.code_not_moved"
    message = _("The code is as it was decided: there is nothing to bring up to date.")


class OwnOffice(Refusal):
    code = "tickets.assist.own_office"
    message = _("Ask another office: this one handles the ticket.")
    field = "office"


class AnotherOfficeAsked(Refusal):
    code = "tickets.assist.another_office"
    message = _("Another office was asked.")


class AnsweredAlready(Refusal):
    code = "tickets.assist.already_answered"
    message = _("This was answered already.")


def propose_void(
    ticket: Ticket,
    *,
    case: Case,
    reason_class: str,
    reason: str,
    replacement: Case | None = None,
    frees: bool = False,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Void:
    """F1: propose that a ground was never true. Until the second person decides, the case stands."""
    steps.require_owner(ticket, by)
    reason = steps.require_text(reason, least=10, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        _require_ready(step)
        _require_standing(step, case)
        before = step.colour
        void = voids.propose(
            case,
            reason_class=reason_class,
            reason=reason,
            reference=self_checks.number_of(case) or ticket.number,
            replacement=replacement,
            frees=frees,
            by=by,
            at=at,
        )
        CodeCorrection.objects.create(ticket=step.ticket, void=void, colour_before=before)
        step.ticket.finding = TicketFinding.GROUND_WRONG.value
        step.log(EventKind.VOID_PROPOSED, body=reason, case=case.pk, error=reason_class)
    return void


def ask_for_end(
    ticket: Ticket,
    *,
    case: Case,
    office: Office,
    question: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Assist:
    """F2: the ground was right but its end was not entered: ask the responsible office to enter it."""
    steps.require_owner(ticket, by)
    question = steps.require_text(question, least=10, field="question")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        _require_ready(step)
        _require_standing(step, case)
        step.ticket.finding = TicketFinding.END_CONDITION_MET.value
        return _ask(step, office, question, case)


def ask_office(
    ticket: Ticket, *, office: Office, question: str, by: User, at: datetime, seen: int | None = None
) -> Assist:
    """Ask another office a question; the ticket keeps its handler."""
    steps.require_owner(ticket, by)
    question = steps.require_text(question, least=2, field="question")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        step.require("decide")
        return _ask(step, office, question, None)


def answer(assist: Assist, *, text: str, by: User, at: datetime) -> Assist:
    """Answer for the asked office.

    An answer in words to an F2 means that the end cannot be entered: the finding is emptied, to be made anew.
    """
    if not by.may("ticket.assist") or by.office_id != assist.office_id:
        raise AnotherOfficeAsked()
    text = steps.require_text(text, least=2, field="text")
    with steps.locked(assist.ticket, by=by, at=at) as step:
        fresh = Assist.objects.select_for_update(of=("self",)).get(pk=assist.pk)
        if fresh.answered_at is not None:
            raise AnsweredAlready()
        fresh.answer, fresh.answered_by, fresh.answered_at = text, by, at
        fresh.save(update_fields=("answer", "answered_by", "answered_at"))
        if (
            fresh.case_id
            and step.ticket.finding == TicketFinding.END_CONDITION_MET
            and not step.ticket.decided_at
        ):
            step.ticket.finding = ""
        step.log(EventKind.ASSIST_ANSWERED, body=text, office=by.office.code)
    return fresh


def decide(
    ticket: Ticket,
    *,
    finding: str,
    reason: str,
    external_ref: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Ticket:
    """F3 to F6: decide where nobody else has to act. (F1 and F2 take effect in `following`.)"""
    steps.require_owner(ticket, by)
    reason = steps.require_text(reason, least=10, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        _require_ready(step)
        if finding == TicketFinding.CONDUCT and step.ticket.kind != TicketKind.CONDUCT:
            raise NotAboutConduct()
        if step.person is None and finding not in WITHOUT_PERSON and step.ticket.kind != TicketKind.CONSULT:
            raise NoPerson()
        if finding == TicketFinding.IDENTITY_FIXED:
            _require_identity_act(step)
        if finding == TicketFinding.OUTSIDE:
            step.ticket.external_ref = steps.require_text(external_ref, least=1, field="external_ref")
        following.record_decision(step, finding, reason, by=by, at=at)
    return ticket


def refresh(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Confirm a decision after the code has changed: only then may the citizen be told."""
    steps.require_owner(ticket, by)
    reason = steps.require_text(reason, least=10, field="reason")
    with steps.locked(ticket, by=by, at=at, seen=seen) as step:
        following.catch_up(step)
        step.require("refresh")
        if step.colour == step.ticket.decided_colour:
            raise NotMoved()
        step.ticket.decided_colour, step.ticket.decision_reason = step.colour, reason
        step.move("refresh", EventKind.REFRESHED, body=reason, colour=step.colour)
    return ticket


def _require_ready(step: Step) -> None:
    """Refuse a finding while another act is awaited, or without a fresh look at the code as it is."""
    following.catch_up(step)
    step.require("decide")
    ticket = step.ticket
    if ticket.corrections.filter(settled_at=None).exists():
        raise VoidPending()
    if ticket.assists.filter(answered_at=None).exists():
        raise AssistsOpen()
    if step.person is None:
        return
    looked_at = ticket.review_at if ticket.review_by_id == step.by.pk else None
    if looked_at is None or looked_at < step.at - clocks.LOOK_IS_FRESH:
        raise LookAgain()
    if not snapshots.same(ticket.review, snapshots.take(step.person, at=step.at)):
        raise FindingCodeMoved()


def _require_standing(step: Step, case: Case) -> None:
    if step.person is None:
        raise NoPerson()
    if not Case.objects.of(step.person).open().filter(pk=case.pk).exists():
        raise NotACaseOfTicket()


def _ask(step: Step, office: Office, question: str, case: Case | None) -> Assist:
    if office.pk == step.ticket.office_id:
        raise OwnOffice()
    assist = Assist.objects.create(
        ticket=step.ticket,
        office=office,
        case=case,
        question=question,
        asked_by=step.by,
        asked_at=step.at,
        due_at=clocks.due(Clock.INFORM, step.ticket.priority, step.at),
    )
    step.log(EventKind.ASSIST_ASKED, body=question, office=office.code, case=case.pk if case else 0)
    return assist


def _require_identity_act(step: Step) -> None:
    assert step.person is not None
    acts = Event.objects.filter(
        person=str(step.person.public_id),
        action__in=IDENTITY_ACTS,
        at_us__gte=microseconds(step.ticket.received_at),
    )
    if not acts.exists():
        raise IdentityUntouched()
