"""An ending whose basis was taken back too long ago for a code to turn: CDC looks, and says what follows."""

from datetime import datetime

from cases.models import Case
from cases.models.cases import State
from cases.services.engine import second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import turning
from cases.services.grounds.cases import ReportNotWaiting
from healthcode.core.offices.models import User


def answer(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Say for CDC what follows from a late fall. No code turns: the ending rests on this from now.

    Whoever is infected after all is reported anew (3.1a).
    """
    require(by, "case.answer_fall", at=at, person=case.person)
    second_person.require_reason(reason)
    with turning([case.person], by=by, at=at, act="case.fall_answered", seen=seen) as turn:
        waiting = Case.objects.filter(pk=case.pk, state=State.HELD, hold=None).exclude(resumes=None)
        fresh = waiting.select_related("person", "resumes").first()
        if fresh is None:
            raise ReportNotWaiting()
        turn.refuse(fresh, reason=reason)
    return fresh
