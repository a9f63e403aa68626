"""CDC answers a positive without a case: its opinion that it is no new one, on which control may end (复阳)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Fact, LabResult, Opinion
from cases.models.results import Outcome
from cases.policy.exits import Rest
from cases.selectors.positives import opinions_of
from cases.services.engine import falling, references
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User


class NotAPositive(Refusal):
    code = "results.opinion.not_a_positive"
    message = _("CDC gives its opinion on a positive that stands.")
    field = "result"


class AlreadyGiven(Refusal):
    code = "results.opinion.already_given"
    message = _("CDC's opinion on this positive is on record already.")
    field = "result"


class OpinionWithoutReason(Refusal):
    code = "results.opinion.reason_missing"
    message = _("Say why this positive is no new case.")
    field = "reason"


class NoOpinion(Refusal):
    code = "results.opinion.none_stands"
    message = _("There is no opinion to take back (any more).")


@transaction.atomic
def give(
    result: LabResult, *, document: str, reason: str, by: User, at: datetime, seen: int | None = None
) -> Opinion:
    """Give CDC's opinion that a positive is no new case, with reason and document."""
    person = result.person
    require(by, "result.give_opinion", at=at, person=person)
    document = references.require(document, field="document")
    if not says(reason):
        raise OpinionWithoutReason()
    at = lock([person], at=at, seen=seen)
    standing = LabResult.objects.uncorrected().filter(pk=result.pk, outcome=Outcome.POSITIVE)
    if not standing.exists():
        raise NotAPositive()
    if result.pk in opinions_of(person):
        raise AlreadyGiven()
    opinion = Opinion.objects.create(
        person=person, result=result, document=document, reason=reason, by=by, office=by.office, at=at
    )
    notes = {"reason": reason, "document": document}
    ledger.record("result.opinion_given", about=opinion, by=by, at=at, result=result.pk, notes=notes)
    return opinion


@falling.begun_anew
def withdraw(
    opinion: Opinion, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> falling.Fallen:
    """Take an opinion back: the positive is unanswered again, and what had ended by the opinion stands again."""
    require(by, "result.give_opinion", at=at, person=opinion.person)
    if not says(reason):
        raise OpinionWithoutReason()
    answered: list[Rest] = [(Fact.OPINION.value, opinion.pk)]
    persons = [opinion.person, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="result.opinion_withdrawn", seen=seen) as turn:
        standing = Opinion.objects.filter(pk=opinion.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=turn.at, withdrawn_by=by):
            raise NoOpinion()
        opinion.refresh_from_db()
        turn.record("result.opinion_withdrawn", opinion, notes={"reason": reason})
        fallen = falling.answer(answered, turn=turn)
    return fallen
