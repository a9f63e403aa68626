"""First contact (5.0, 5.1): register a ticket from a draft whose code was looked up and explained."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.models.people import readable
from cases.selectors.explanation import Explanation, explain
from complaints import clocks
from complaints.models import Draft, Ticket
from complaints.models.choices import MAY_HEAR, Contact, Relation, TicketChannel, TicketKind
from complaints.selectors import scripts, snapshots
from complaints.services import registration, steps
from complaints.services.steps import EventKind, Step
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

ACCEPTED, HAND_ON, WITHDRAWN = "ACCEPTED", "HAND_ON", "WITHDRAWN"


class LookMissing(Refusal):
    code = "intake.look.missing"
    message = _("Look up the code and its reason first (5.1).")


class LookTooOld(Refusal):
    code = "intake.look.too_old"
    message = _("The code was looked up more than 30 minutes ago: look it up again.")


class IntakeCodeMoved(Refusal):
    code = "intake.look.code_moved"
    message = _(
        "The code has changed since it was looked up: look at it again, and explain what it says now."
    )


class NotExplained(Refusal):
    code = "intake.not_explained"
    message = _(
        "Explain the code first, and tick that you did; whoever is not verified hears the policy (5.1)."
    )
    field = "explained"


class ExplainedBefore(Refusal):
    code = "intake.explained_before"
    message = _("The code was looked up again after it was explained: explain what it says now.")
    field = "explained"


class Disputed(Refusal):
    code = "intake.disputed"
    message = _(
        "A code that is disputed is not settled by explaining it: hand it to the big-data bureau (5.1)."
    )
    field = "outcome"


class AnonymousQuestion(Refusal):
    code = "intake.anonymous_question"
    message = _("Without a person only a question can be answered: look the person up to go further.")


class ContactMissing(Refusal):
    code = "intake.contact_missing"
    message = _("Give a telephone number, or the time at which the citizen comes in person.")
    field = "contact_phone"


class CaseMissing(Refusal):
    code = "intake.disputed_case_missing"
    message = _("Say which ground is disputed, or that it is none of them.")
    field = "disputed"


class NotTheirCase(Refusal):
    code = "intake.not_their_case"
    message = _("This case does not stand against this person.")
    field = "disputed"


class WrongReception(Refusal):
    code = "intake.received_out_of_range"
    message = _("A question is registered within 72 hours, and not before it was asked.")
    field = "received_at"


@dataclass(frozen=True)
class Intake:
    """What the first responder recorded, and the outcome of the first contact."""

    outcome: str
    category: str
    kind: str = TicketKind.CORRECTION.value
    channel: str = TicketChannel.WALK_IN.value
    received_at: datetime | None = None
    explained: datetime | None = None  # the look-up whose words were read out
    is_disputed: bool = False
    disputed_case: Case | None = None
    no_case: bool = False  # disputed, and it is none of the standing cases
    relation: str = Relation.SELF.value
    contact_name: str = ""
    contact_phone: str = ""
    contact_pref: str = Contact.CALL.value
    in_person_at: datetime | None = None
    language: str = "zh-hans"
    description: str = ""


@transaction.atomic
def register(draft: Draft, intake: Intake, *, by: User, at: datetime) -> Ticket:
    """Register a ticket from a draft: closed by explaining, handed on, or withdrawn at once.

    The same draft again returns the ticket it became.
    """
    steps.require(by, "ticket.register")
    # The ticket is not joined: after the wait for the lock, a join would show the ticket from before it.
    draft = Draft.objects.select_for_update(of=("self",)).select_related("person").get(pk=draft.pk)
    if draft.user_id != by.pk:
        raise NotAllowed()
    if draft.ticket is not None:
        return draft.ticket
    _check_reception(intake, at)
    explanation = _fresh_explanation(draft, at)
    _check_explained(draft, intake, explanation)
    _check_outcome(draft, intake, explanation)
    case = _disputed_case(intake, explanation)
    ticket = _create_ticket(draft, intake, case, explanation, by, at)
    draft.ticket, draft.sealed, draft.updated_at = ticket, None, at
    draft.save(update_fields=("ticket", "sealed", "updated_at"))
    return ticket


def _create_ticket(
    draft: Draft, intake: Intake, case: Case | None, explanation: Explanation | None, by: User, at: datetime
) -> Ticket:
    script = (
        scripts.script(explanation, language=intake.language, relation=intake.relation)
        if explanation
        else intake.description
    )
    step = registration.create(
        by=by,
        at=at,
        contact_phone=registration.phone(_phone(draft, intake)),
        colour=explanation.colour.value if explanation else "",
        kind=intake.kind,
        category=intake.category,
        channel=intake.channel,
        received_at=intake.received_at or at,
        person=draft.person,
        is_anonymous=draft.person is None,
        relation=intake.relation,
        contact_name=intake.contact_name.strip(),
        contact_pref=intake.contact_pref,
        in_person_at=intake.in_person_at,
        language=intake.language,
        description=intake.description.strip(),
        snapshot=draft.snapshot if explanation else None,
        snapshot_at=draft.snapshot_at if explanation else None,
        snapshot_by=by if explanation else None,
        explanation=script if intake.explained else "",
        explained_at=at if intake.explained else None,
        policy_ref=scripts.policy_ref(explanation, intake.relation) if explanation else "",
        is_disputed=intake.is_disputed and intake.outcome == HAND_ON,
        disputed_case=case,
    )
    if intake.explained:
        step.log(EventKind.EXPLAINED, body=script, public=True, clause=step.ticket.policy_ref)
    _apply_outcome(step, intake)
    step.ticket.save()
    return step.ticket


def _apply_outcome(step: Step, intake: Intake) -> None:
    """Move a new ticket by the outcome of the first contact."""
    ticket = step.ticket
    if intake.outcome == ACCEPTED:
        ticket.told_at = step.at
        ticket.told_colour = step.colour if ticket.relation in MAY_HEAR else ""
        step.move("explain", EventKind.TOLD)
        ticket.closed_at = step.at
        step.move("close", EventKind.CLOSED, first_contact=True)
    elif intake.outcome == WITHDRAWN:
        step.move("withdraw", EventKind.WITHDRAWN, body=ticket.description)
    else:
        registration.route(step)


def _check_reception(intake: Intake, at: datetime) -> None:
    received = intake.received_at or at
    if not at - clocks.BACKDATED <= received <= at:
        raise WrongReception()


def _fresh_explanation(draft: Draft, at: datetime) -> Explanation | None:
    """Return the code as it stands, unchanged since the look-up; None for an anonymous question."""
    if draft.person is None:
        return None
    if draft.snapshot is None or draft.snapshot_at is None:
        raise LookMissing()
    if draft.snapshot_at < at - clocks.LOOK_IS_FRESH:
        raise LookTooOld()
    explanation = explain(steps.lock_person(draft.person), at=at)
    if not snapshots.same(draft.snapshot, snapshots.of(explanation)):
        raise IntakeCodeMoved()
    return explanation


def _check_explained(draft: Draft, intake: Intake, explanation: Explanation | None) -> None:
    """Refuse unless the words of this very look-up were read out, whatever comes of it (5.1)."""
    if explanation is None:
        return
    if intake.explained is None:
        raise NotExplained()
    if intake.explained != draft.snapshot_at:
        raise ExplainedBefore()


def _phone(draft: Draft, intake: Intake) -> str:
    """Return the telephone number that was given, or else the one on the person's record."""
    person = draft.person
    given = intake.contact_phone.strip()
    return given or (readable(lambda: person.phone, otherwise="") if person is not None else "")


def _check_outcome(draft: Draft, intake: Intake, explanation: Explanation | None) -> None:
    if explanation is None and (intake.kind != TicketKind.CONSULT or intake.outcome == HAND_ON):
        raise AnonymousQuestion()
    if intake.outcome == ACCEPTED:
        if intake.is_disputed and intake.kind == TicketKind.CORRECTION:
            raise Disputed()
        if explanation is None:
            steps.require_text(intake.description, least=2, field="description")
    elif intake.outcome == WITHDRAWN:
        steps.require_text(intake.description, least=2, field="description")
    elif not registration.phone(_phone(draft, intake)) and intake.in_person_at is None:
        raise ContactMissing()


def _disputed_case(intake: Intake, explanation: Explanation | None) -> Case | None:
    """Return the case the citizen disputes, if it stands against them."""
    if intake.outcome != HAND_ON or not intake.is_disputed or explanation is None:
        return None
    standing = {one.case.pk: one.case for one in explanation.standing}
    if intake.disputed_case is None:
        if standing and not intake.no_case:
            raise CaseMissing()
        return None
    if intake.disputed_case.pk not in standing:
        raise NotTheirCase()
    return standing[intake.disputed_case.pk]
