"""A release from a discretionary ground that was wrong is taken back by those who gave it (1.2c)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Fact, Release, Reversal
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.policy.exits import Rest
from cases.services.engine import falling, reversing
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import User


class NotReleased(Refusal):
    code = "cases.release.none_to_take_back"
    message = _("This release did not end the case, was taken back already, or the case stands again.")
    field = "release"


@transaction.atomic
def propose(release: Release, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Reversal:
    """Propose to take a release back; nothing changes until the second person agrees."""
    person = release.case.person
    require(by, "case.propose_release_reversal", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    _require_released(release)
    return reversing.propose(Reversal.Kind.RELEASE, person, reason=reason, by=by, at=at, release=release)


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
    """Take a release back as the second person, or send that back: the case stands again with the order it had."""
    release = reversal.release
    assert release is not None
    person = release.case.person
    require(by, "case.decide_release_reversal", at=at, person=person)
    answered: list[Rest] = [(Fact.RELEASE.value, release.pk)]
    persons = [person, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="case.release_reversed", seen=seen) as turn:
        if not reversing.decide(reversal, approve=approve, answer=answer, by=by, at=turn.at):
            return falling.Fallen()
        Release.objects.filter(pk=release.pk).update(withdrawn_at=turn.at)
        release.refresh_from_db()
        turn.record("case.release_reversed", reversal, also=[release])
        return falling.answer(answered, turn=turn)


def _require_released(release: Release) -> None:
    fresh = Release.objects.filter(pk=release.pk, decision=Decision.APPROVED, withdrawn_at=None)
    ended = Case.objects.filter(pk=release.case_id, state=State.ENDED, exit="RELEASED").unresumed()
    if not (fresh.exists() and ended.exists()):
        raise NotReleased()
