"""What may open, asked in one place: of one claim here, of a whole set in `mass`, from the same definitions.

Not admitted is what stands already on the same evidence, what was answered, whose measure would be over, what rests
on an area that is not listed, and the dead. What was voided before waits for a second person, on every way in.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, RiskArea
from cases.models.cases import LIVE, State
from cases.policy import days, exits
from cases.policy import rulebook as policy
from cases.policy.spellings import same_reference
from cases.selectors import admission as known
from cases.selectors import chains
from cases.services.engine import orders
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NoCode, Refusal, collected


class AlreadyStanding(Refusal):
    code = "cases.already_standing"
    message = _("This ground already stands (or waits) on the same evidence.")
    field = "evidence_ref"


class AnsweredByTest(Refusal):
    code = "cases.answered.by_test"
    message = _("A negative test sampled %(sampled_at)s, after this stay, has answered it already.")
    field = "began_on"


class AnsweredByEnd(Refusal):
    code = "cases.answered.by_end"
    message = _("This was entered before and ended %(closed_at)s: it is no ground again.")
    field = "began_on"


class AreaNotListed(Refusal):
    code = "cases.area.not_listed"
    message = _("This area is not listed now.")
    field = "risk_area"


class IndexCaseExcluded(Refusal):
    code = "cases.index_case.excluded"
    message = _("The index case has been excluded or sent back: this report has lost its ground.")
    field = "index_case"


class PeriodOver(Refusal):
    code = "cases.began.period_over"
    message = _("The measure would have ended at %(until)s: this lies too far back to be a ground now.")
    field = "began_on"


def require(case: Case, plan: Plan, *, book: policy.Policy, at: datetime) -> None:
    """Refuse a case that may not open, or no longer: call it under the lock, whenever a case comes in or is decided."""
    if case.person.deceased_on:
        raise NoCode()
    if case.risk_area_id is not None:
        require_listed(case.risk_area_id, at)
    if case.index_case_id is not None:
        require_not_excluded(Case.objects.select_for_update().get(pk=case.index_case_id))
    require_unanswered(case, plan, book=book, at=at)


def require_unanswered(case: Case, plan: Plan, *, book: policy.Policy, at: datetime) -> None:
    """Refuse what stands already, was answered, or whose measure would be over; nothing is locked for that."""
    for refusal in faults(case, plan, book=book, at=at):
        raise refusal


def faults(case: Case, plan: Plan, *, book: policy.Policy, at: datetime) -> Iterator[Refusal]:
    """Yield what cases on record and the time that went by refuse; of somebody who is not registered, the latter."""
    if case.person_id is not None:
        yield from collected(lambda: _require_new(case, book, at))
    yield from collected(lambda: _require_time_left(case, plan, book, at))


def require_listed(area_id: int, at: datetime) -> RiskArea:
    """Return the area if it is listed; its row is held: of an opening and a lifting, the second sees the first."""
    area = RiskArea.objects.listed(at).select_for_update().filter(pk=area_id).first()
    if area is None:
        raise AreaNotListed()
    return area


def require_not_excluded(index: Case) -> None:
    """Refuse a contact whose index case turned out to be none; its row is held, for it may be excluded right now.

    Cured or dead it was infectious all the same; what was no infection has no contacts.
    """
    if chains.is_none(index):
        raise IndexCaseExcluded()


def voided_before(case: Case, *, book: policy.Policy) -> bool:
    """Tell whether this was voided on this person before: on the same evidence, index case or place."""
    person = Q(person__among=case.person.group)
    if case.risk_area is not None:
        on_areas = book.keys_where(lambda ground: ground.rests_on_area)
        if known.voided_at(on_areas, case.risk_area, person).exists():
            return True
    return bool(voided_alike(case))


def voided_alike(case: Case) -> list[Case]:
    """Return what was voided on this person on the same evidence, or of the same index case."""
    of_person = known.voided(case.ground).filter(person__among=case.person.group).select_related("index_case")
    return [other for other in of_person if _alike(case, other)]


def _others(case: Case, **fields: object) -> Iterable[Case]:
    others = Case.objects.of(case.person).unresumed().filter(ground=case.ground, **fields)
    return others.exclude(pk=case.pk).select_related("index_case")


def _alike(case: Case, other: Case) -> bool:
    """Tell whether two cases of one ground on one person rest on the same."""
    if case.risk_area_id is not None and case.risk_area_id == other.risk_area_id:
        return True
    if case.index_case is not None and other.index_case is not None:
        return case.index_case.origin_pk == other.index_case.origin_pk
    return same_reference(case.evidence_ref, other.evidence_ref)


def _is_later(case: Case, other: Case, book: policy.Policy) -> bool:
    """Tell whether an exposure lasted longer than the one that stands: it asks for an answer of its own."""
    return book.grounds[case.ground].is_exposure and case.began_on > other.began_on


def _require_new(case: Case, book: policy.Policy, at: datetime) -> None:
    """Refuse what stands already, or was answered."""
    for other in _others(case, state__in=LIVE):
        if _alike(case, other) and not _is_later(case, other, book):
            raise AlreadyStanding(known=other)
    _require_unanswered(case, book, at)


def _require_unanswered(case: Case, book: policy.Policy, at: datetime) -> None:
    """Refuse what was answered: a stay by a test, a severe one by its control, all else by its end."""
    ground = book.grounds[case.ground]
    mine = Q(person__among=case.person.group)
    if case.risk_area is not None and ground.ends_by_test:
        first = exits.first_for_stay(book, case.began_on, case.stayed_from, at)
        for row in known.clean(at, mine):
            over = known.tested_out(case.ground, case.risk_area, mine).filter(day__gte=case.began_on)
            if row["tested_at"] >= first or over.exists():
                before = next(iter(_others(case, state=State.ENDED, risk_area=case.risk_area)), None)
                raise AnsweredByTest(sampled_at=days.moment(row["tested_at"]), known=before)
        return
    ended = _others(case, state=State.ENDED, began_on__gte=case.began_on)
    for other in ended:
        if ground.rests_on_index_case and other.exit == "RECLASSIFIED":
            continue  # a contact who was thought ill: what they turned out to be says nothing of the contact
        served = other.exit == "CONTROL_ENDED" if ground.rests_on_area else _alike(case, other)
        if served and other.exit not in known.ANSWER_NOBODY:
            assert other.closed_at is not None
            known_as = other if _alike(case, other) else None
            raise AnsweredByEnd(closed_at=days.moment(other.closed_at), known=known_as)


def _require_time_left(case: Case, plan: Plan, book: policy.Policy, at: datetime) -> None:
    """Refuse a case whose measure would be over: nobody is made red for a past period."""
    need = orders.need_of(case, plan, book=book, at=at)
    if need is not None and need.until is not None and need.until <= at:
        raise PeriodOver(until=days.moment(need.until))
