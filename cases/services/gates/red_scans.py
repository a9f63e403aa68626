"""Somebody red stood at a door: the prevention office answers what was done about it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Person, RedScanAnswer
from cases.selectors import red_scans
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class NothingToAnswer(Refusal):
    code = "gates.red_scan.nothing_to_answer"
    message = _("No red scan of this person waits for an answer.")


@transaction.atomic
def answer(person: Person, *, words: str, by: User, at: datetime, seen: int | None = None) -> int:
    """Answer every red scan of a person that waits; return how many."""
    require(by, "gate.answer", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    scans = list(red_scans.unanswered(by, at).filter(person__among=person.group).order_by("pk"))
    if not scans:
        raise NothingToAnswer()
    RedScanAnswer.objects.bulk_create(
        RedScanAnswer(check_made=scan, words=words, by=by, at=at) for scan in scans
    )
    for scan in scans:
        ledger.record("gate.answered", about=scan, by=by, at=at, notes={"reason": words})
    return len(scans)
