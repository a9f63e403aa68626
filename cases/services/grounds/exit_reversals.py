"""An entered discharge, exclusion or reclassification that was wrong is taken back: the case stands again."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Fact, Reversal, RuleBook
from cases.models.cases import BASIS_GONE, Channel, State
from cases.models.proposals import Decision
from cases.policy.exits import Rest
from cases.services.engine import falling, index_cases, orders, reversing
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import User

Exit = ExitReport.Exit


class NotEntered(Refusal):
    code = "cases.exit.none_to_take_back"
    message = _("This exit was not entered, was taken back already, or its case went on since.")
    field = "report"


class FollowedOn(Refusal):
    code = "cases.exit.followed_on"
    message = _(
        "What followed this end has gone on itself, or others rest on it: have that taken back or voided first."
    )
    field = "report"


class OnlyByVoid(Refusal):
    code = "cases.exit.only_by_void"
    message = _(
        "This lies more than %(days)s days back: the case would not stand again, and what followed would fall. "
        "Propose to void what followed instead."
    )
    field = "report"


@transaction.atomic
def propose(report: ExitReport, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Reversal:
    """Propose to take an entered exit back; nothing changes until another office agrees."""
    person = report.case.person
    require(by, "case.propose_exit_reversal", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    _require_reversible(report, at)
    return reversing.propose(Reversal.Kind.EXIT, person, reason=reason, by=by, at=at, exit_report=report)


@falling.begun_anew
def decide(
    reversal: Reversal,
    *,
    approve: bool,
    answer: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> falling.Fallen:
    """Take an entered exit back as another office, or send that back.

    The case stands again with its order, what its end had opened falls, and so do the ends of its contacts.
    """
    report = reversal.exit_report
    assert report is not None
    person = report.case.person
    require(by, "case.decide_exit_reversal", at=at, person=person)
    answered: list[Rest] = [(Fact.REPORT.value, report.pk)]
    persons = [person, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.exit_reversed", seen=seen) as turn:
        if not reversing.decide(reversal, approve=approve, answer=answer, by=by, at=turn.at):
            return falling.Fallen()
        _require_reversible(report, turn.at)
        followed = _followed_by(report)
        ExitReport.objects.filter(pk=report.pk).update(withdrawn_at=turn.at)
        report.refresh_from_db()
        turn.record("case.exit_reversed", reversal, also=[report], exit=report.exit)
        if followed is not None:
            turn.end(followed, exit=BASIS_GONE, basis=[(Fact.CASE.value, report.case_id)])
        fallen = falling.answer(answered, turn=turn)
        if followed is not None:
            _let_go(followed, fallen, turn)
    return fallen


def reversible(report: ExitReport) -> bool:
    """Tell whether an exit was entered, was not taken back, and its case is over by it still."""
    fresh = ExitReport.objects.filter(pk=report.pk, decision=Decision.APPROVED, withdrawn_at=None)
    ended = Case.objects.filter(pk=report.case_id, state=State.ENDED, exit=report.exit).unresumed()
    return fresh.exists() and ended.exists()


def _require_reversible(report: ExitReport, at: datetime) -> None:
    if not reversible(report):
        raise NotEntered()
    case = Case.objects.get(pk=report.case_id)
    followed = _followed_by(report)
    if followed is not None and (followed.state != State.OPEN or _bears_others(followed, case)):
        raise FollowedOn()
    assert case.closed_at is not None
    days = RuleBook.objects.in_force(at).policy.parameters.stands_again_days
    opened = Case.objects.of(case.person).open().filter(channel=Channel.ENGINE, opened_at=case.closed_at)
    if at - case.closed_at > timedelta(days=days) and (followed is not None or opened.exists()):
        raise OnlyByVoid(days=days)


def _followed_by(report: ExitReport) -> Case | None:
    """Return the case as which this one was reclassified, where that opened with its end."""
    if report.exit != Exit.RECLASSIFIED:
        return None
    case = Case.objects.get(pk=report.case_id)
    opened = Case.objects.of(case.person).filter(ground=report.new_ground, opened_at=case.closed_at)
    return opened.select_related("person").exclude(pk=case.pk).first()


def _bears_others(followed: Case, case: Case) -> bool:
    """Tell whether contacts rest on a case that is an index case of its own, and no chain with the one before."""
    own = followed.origin_pk != case.origin_pk
    return own and any(index_cases.contacts_of(followed, one) for one in (State.OPEN, State.REPORTED))


def _let_go(followed: Case, fallen: falling.Fallen, turn: Turn) -> None:
    """Bring the order into line where the case before does not stand again: it stands already, entered anew."""
    if not any(case.person.root_id == followed.person.root_id for case in fallen.resumed):
        orders.arrange(followed.person, turn=turn)
