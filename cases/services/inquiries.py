"""Supervision asks an office, which answers by a day; supervision closes the question with a finding."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Inquiry, Person
from cases.models.inquiries import ANSWER, ASK
from cases.policy import days
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.roles import ACTS

LONGEST_DAYS = 60
ROLES = tuple(ACTS[ANSWER].reach)  # of whom one at least has to work in the asked office


@dataclass(frozen=True)
class InquiryMatter:
    """What a question is about: as the ledger calls it, whom it concerns, of a sign which of its rows, in words."""

    target: str
    person: Person | None = None
    subject: str = ""
    words: str = ""


# What somebody names by a number or a mark; the rooms above add what they know.
SIGNS: dict[str, str | Promise] = {}  # the words of each sign of the board
MATTERS: list[Callable[[str, datetime], InquiryMatter | None]] = []


class MatterUnknown(Refusal):
    code = "inquiries.matter_unknown"
    message = _("No person, ticket, conversion or sign has this number.")
    field = "about"


class NobodyAnswers(Refusal):
    code = "inquiries.nobody_answers"
    message = _("Nobody in this office could answer: it has no open account for that.")
    field = "office"


class DayOver(Refusal):
    code = "inquiries.day_over"
    message = _("The day for the answer is today or later.")
    field = "answer_by"


class DayTooFar(Refusal):
    code = "inquiries.day_too_far"
    message = _("The day for the answer lies %(days)s days ahead at most.")
    field = "answer_by"


class InquirySettled(Refusal):
    code = "inquiries.settled"
    message = _("This question was answered or closed meanwhile.")


class AnswerAwaited(Refusal):
    code = "inquiries.answer_awaited"
    message = _(
        "The office has not answered, and its day is not over: until then the question can only be withdrawn."
    )
    field = "finding"


class FindingWithoutReason(Refusal):
    code = "inquiries.reason_missing"
    message = _("Say in a sentence what the finding rests on.")
    field = "reason"


def matter_of(text: str, at: datetime) -> InquiryMatter | None:
    """Return what a number or a mark names; None of an empty text. Raises MatterUnknown."""
    if not text.strip():
        return None
    found = next((one for find in MATTERS if (one := find(text.strip(), at)) is not None), None)
    if found is None:
        raise MatterUnknown()
    return found


@transaction.atomic
def ask(
    office: Office, *, question: str, answer_by: date, about: str = "", by: User, at: datetime
) -> Inquiry:
    """Ask an office, which has until the end of a day to answer."""
    require(by, ASK, at=at)
    today = days.local_day(at)
    if answer_by < today:
        raise DayOver()
    if answer_by > today + timedelta(days=LONGEST_DAYS):
        raise DayTooFar(days=LONGEST_DAYS)
    if not office.users.filter(is_active=True, role__in=ROLES).exists():
        raise NobodyAnswers()
    matter = matter_of(about, at)
    inquiry = Inquiry.objects.create(
        office=office,
        person=matter.person if matter else None,
        about=matter.target if matter else "",
        subject=matter.subject if matter else "",
        question=question,
        due_at=days.midnight(answer_by + timedelta(days=1)),
        asked_by=by,
        asked_at=at,
    )
    ledger.record(
        "inquiry.asked",
        about=inquiry,
        by=by,
        at=at,
        office=office.code,
        until=ledger.microseconds(inquiry.due_at),
        matter=inquiry.about or None,
        notes={"question": question},
    )
    return inquiry


@transaction.atomic
def answer(inquiry: Inquiry, *, answer: str, by: User, at: datetime) -> Inquiry:
    """Answer for the asked office; late is better than never, and shows."""
    require(by, ANSWER, at=at)
    inquiry = _locked(inquiry)
    if inquiry.office_id != by.office_id:
        raise NotAllowed()
    if inquiry.answered_at is not None or inquiry.closed_at is not None:
        raise InquirySettled()
    inquiry.answer, inquiry.answered_by, inquiry.answered_at = answer, by, at
    inquiry.save(update_fields=("answer", "answered_by", "answered_at"))
    late = inquiry.is_late(at)
    ledger.record("inquiry.answered", about=inquiry, by=by, at=at, late=late, notes={"answer": answer})
    return inquiry


@transaction.atomic
def close(inquiry: Inquiry, *, finding: str, reason: str, by: User, at: datetime) -> Inquiry:
    """Close a question with a finding: once it is answered, or its day is over; before that it can be withdrawn."""
    require(by, ASK, at=at)
    inquiry = _locked(inquiry)
    if inquiry.closed_at is not None:
        raise InquirySettled()
    waits = inquiry.answered_at is None and at < inquiry.due_at
    if waits and finding != Inquiry.Finding.WITHDRAWN:
        raise AnswerAwaited()
    if not says(reason):
        raise FindingWithoutReason()
    inquiry.finding, inquiry.reason, inquiry.closed_by, inquiry.closed_at = finding, reason, by, at
    inquiry.save(update_fields=("finding", "reason", "closed_by", "closed_at"))
    ledger.record("inquiry.closed", about=inquiry, by=by, at=at, finding=finding, notes={"reason": reason})
    return inquiry


def _locked(inquiry: Inquiry) -> Inquiry:
    related = Inquiry.objects.select_for_update(of=("self",)).select_related("office", "person")
    return related.get(pk=inquiry.pk)
