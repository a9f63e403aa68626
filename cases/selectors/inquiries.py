"""Questions of supervision that wait: for an office's answer, and for supervision's finding."""

from datetime import datetime

from django.db.models import QuerySet

from cases.models import Inquiry
from cases.models.inquiries import ANSWER, ASK
from healthcode.core.offices.models import User

RELATED = ("office__division", "person__merged_into", "asked_by__office")


def to_answer(user: User, at: datetime) -> QuerySet[Inquiry]:
    """Return what the user's office has to answer."""
    return Inquiry.objects.unanswered().filter(office=user.office_id).select_related(*RELATED)


def unanswered_late(user: User, at: datetime) -> QuerySet[Inquiry]:
    """Return the questions whose day is over without an answer."""
    return Inquiry.objects.unanswered().filter(due_at__lte=at).select_related(*RELATED)


def to_close(user: User, at: datetime) -> QuerySet[Inquiry]:
    """Return the questions that were answered and have no finding yet."""
    return Inquiry.objects.filter(closed_at=None).exclude(answered_at=None).select_related(*RELATED)


__all__ = ("ANSWER", "ASK", "to_answer", "to_close", "unanswered_late")
