"""What the handler finds: F1 void, F2 ask whoever has to enter the end, F3 uphold, F4 identity, F5 outside."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Void
from cases.services.grounds import voids
from complaints import clocks
from complaints.clocks import Clock
from complaints.models import Assist, CodeCorrection, Ticket
from complaints.models.choices import Finding
from complaints.models.choices import Kind as TicketKind
from complaints.selectors import snapshots
from complaints.services import following
from complaints.services.steps import Hand, Kind, hand, require_owner, words
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.refusals import Refusal

UNNAMED = (Finding.OUTSIDE, Finding.CONDUCT)  # also where nobody said who the ticket is about
IDENTITY_ACTS = ("person.corrected", "person.merged", "person.unmerged")


class LookAgain(Refusal):
    code = "tickets.finding.look_too_old"
    message = _("Look the code up again before you decide: your last look is more than 30 minutes old.")


class CodeMoved(Refusal):
    code = "tickets.finding.code_moved"
    message = _("The code has changed since you looked it up: look again.")


class AssistsOpen(Refusal):
    code = "tickets.assist.open"
    message = _("Another office has not answered yet.")


class VoidPending(Refusal):
    code = "tickets.finding.void_pending"
    message = _("A void waits for its second person: until then the case stands and the ticket waits.")


class NotTheirCase(Refusal):
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


class NotYours(Refusal):
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
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Void:
    """F1: propose that a ground was never true. The ticket waits for the second person, and the case stands."""
    require_owner(ticket, by)
    reason = words(reason, least=10, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        _ready(held)
        _require_standing(held, case)
        before = held.colour
        void = voids.propose(
            case, reason_class=reason_class, reason=reason[:500], reference=ticket.number, by=by, at=at
        )
        CodeCorrection.objects.create(ticket=held.ticket, void=void, colour_before=before)
        held.ticket.finding = Finding.GROUND_WRONG.value
        held.say(Kind.VOID_PROPOSED, body=reason, case=case.pk, error=reason_class)
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
    """F2: the ground was right and its end is not entered: ask the responsible office, and wait for its act."""
    require_owner(ticket, by)
    question = words(question, least=10, field="question")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        _ready(held)
        _require_standing(held, case)
        held.ticket.finding = Finding.END_CONDITION_MET.value
        return _asked(held, office, question, case)


def ask_office(
    ticket: Ticket, *, office: Office, question: str, by: User, at: datetime, seen: int | None = None
) -> Assist:
    """Ask another office to assist; the ticket stays whose it is."""
    require_owner(ticket, by)
    question = words(question, least=5, field="question")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        held.require_step("decide")
        return _asked(held, office, question, None)


def answer(assist: Assist, *, text: str, by: User, at: datetime) -> Assist:
    """Answer for the asked office. Where its act was asked for and cannot be done, the handler decides anew."""
    if not by.may("ticket.assist") or by.office_id != assist.office_id:
        raise NotYours()
    text = words(text, least=2, field="text")
    with hand(assist.ticket, by=by, at=at) as held:
        fresh = Assist.objects.select_for_update(of=("self",)).get(pk=assist.pk)
        if fresh.answered_at is not None:
            raise AnsweredAlready()
        fresh.answer, fresh.answered_by, fresh.answered_at = text, by, at
        fresh.save(update_fields=("answer", "answered_by", "answered_at"))
        if fresh.case_id and held.ticket.finding == Finding.END_CONDITION_MET and not held.ticket.decided_at:
            held.ticket.finding = ""
        held.say(Kind.ASSIST_ANSWERED, body=text, office=by.office.code)
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
    """F3 to F6: a finding that needs nobody else's act. F1 and F2 take effect by the act they wait for."""
    require_owner(ticket, by)
    reason = words(reason, least=10, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        _ready(held)
        if finding == Finding.CONDUCT and held.ticket.kind != TicketKind.CONDUCT:
            raise NotAboutConduct()
        if held.person is None and finding not in UNNAMED and held.ticket.kind != TicketKind.CONSULT:
            raise NoPerson()
        if finding == Finding.IDENTITY_FIXED:
            _require_identity_act(held)
        if finding == Finding.OUTSIDE:
            held.ticket.external_ref = words(external_ref, least=1, field="external_ref")
        following.decided(held, finding, reason, by=by, at=at)
    return ticket


def refresh(ticket: Ticket, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Bring a decision up to a code that has turned since: only then may the citizen be told."""
    require_owner(ticket, by)
    reason = words(reason, least=10, field="reason")
    with hand(ticket, by=by, at=at, seen=seen) as held:
        following.settle(held)
        held.require_step("refresh")
        if held.colour == held.ticket.decided_colour:
            raise NotMoved()
        held.ticket.decided_colour, held.ticket.decision_reason = held.colour, reason
        held.go("refresh", Kind.REFRESHED, body=reason, colour=held.colour)
    return ticket


def _ready(held: Hand) -> None:
    """Refuse a finding before everything it rests on is there."""
    following.settle(held)
    held.require_step("decide")
    ticket = held.ticket
    if ticket.corrections.filter(settled_at=None).exists():
        raise VoidPending()
    if ticket.assists.filter(answered_at=None).exists():
        raise AssistsOpen()
    if held.person is None:
        return
    looked = ticket.review_at if ticket.review_by_id == held.by.pk else None
    if looked is None or looked < held.at - clocks.LOOK_IS_FRESH:
        raise LookAgain()
    if not snapshots.same(ticket.review, snapshots.snapshot(held.person, at=held.at)):
        raise CodeMoved()


def _require_standing(held: Hand, case: Case) -> None:
    if held.person is None:
        raise NoPerson()
    if not Case.objects.of(held.person).open().filter(pk=case.pk).exists():
        raise NotTheirCase()


def _asked(held: Hand, office: Office, question: str, case: Case | None) -> Assist:
    if office.pk == held.ticket.office_id:
        raise OwnOffice()
    assist = Assist.objects.create(
        ticket=held.ticket,
        office=office,
        case=case,
        question=question,
        asked_by=held.by,
        asked_at=held.at,
        due_at=clocks.due(Clock.INFORM, held.ticket.priority, held.at),
    )
    held.say(Kind.ASSIST_ASKED, body=question, office=office.code, case=case.pk if case else 0)
    return assist


def _require_identity_act(held: Hand) -> None:
    assert held.person is not None
    acts = Event.objects.filter(
        person=str(held.person.public_id),
        action__in=IDENTITY_ACTS,
        at_us__gte=microseconds(held.ticket.received_at),
    )
    if not acts.exists():
        raise IdentityUntouched()
