"""Changes of approved areas: lifted, their listing withdrawn, their lifting taken back (1.2b). Two people each time.

A lifting ends what rests on the area only where it says that no test is due any more. A listing that is withdrawn takes
everything down that was opened on it; a lifting that is taken back lets stand again what it had ended.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import AreaChange, Basis, Case, ControlOrder, Fact, OrderCase, RiskArea
from cases.models.cases import BASIS_GONE, LIVE, CaseQuerySet
from cases.models.control import Ending
from cases.models.proposals import Decision
from cases.policy.exits import Rest
from cases.selectors.areas import ending_with
from cases.services.areas import listing
from cases.services.areas.listing import NotListed
from cases.services.engine import falling, mass_closing, mass_orders, orders, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.mass_closing import Closing
from cases.services.engine.refusals import Refusal, collected
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

AREA_LIFTED = "AREA_LIFTED"
Kind = AreaChange.Kind


class NotLifted(Refusal):
    code = "areas.not_lifted"
    message = _("This area has not been lifted.")
    field = "area"


class ListedAnew(Refusal):
    code = "areas.listed_anew"
    message = _("This area has been listed anew since it was lifted: that listing stands.")
    field = "area"


class AreaChangeWaits(Refusal):
    code = "areas.change.already_proposed"
    message = _("A change of this area waits for its second person already.")
    field = "area"


@transaction.atomic
def propose(
    area: RiskArea,
    kind: AreaChange.Kind,
    *,
    test_still_due: bool = True,
    reason: str,
    batch_id: int | None = None,
    by: User,
    at: datetime,
) -> AreaChange:
    """Propose to lift an area, to withdraw its listing or to take its lifting back; nothing changes yet."""
    require(by, "area.propose", at=at)
    for refusal in faults(area, kind, reason=reason, by=by, at=at):
        raise refusal
    try:
        with transaction.atomic():
            change = AreaChange.objects.create(
                area=area,
                kind=kind.value,
                test_still_due=test_still_due,
                reason=reason,
                batch_id=batch_id,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise AreaChangeWaits() from error
    _record("area.change_proposed", change, by=by, at=at, reason=reason)
    return change


def faults(
    area: RiskArea, kind: AreaChange.Kind, *, reason: str, by: User, at: datetime
) -> Iterator[Refusal]:
    """Yield all that is wrong with a change that is proposed."""
    yield from collected(
        lambda: listing.require_own_place(by, area.division),
        lambda: second_person.require_reason(reason),
        lambda: _require_possible(area, kind, at),
    )
    if AreaChange.objects.filter(area=area, decision=Decision.PENDING).exists():
        yield AreaChangeWaits()


@falling.begun_anew
def decide(change: AreaChange, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Approve or send back a change: another duty lead of the city. Return how many cases ended or stand again."""
    listing.require_city(by, "area.decide", at)
    kind, area = Kind(change.kind), change.area
    if not approve:
        with transaction.atomic():
            second_person.decide(change, act="area.decide", approve=False, answer=answer, by=by, at=at)
            _record("area.change_refused", change, by=by, at=at, reason=answer)
        return 0
    if kind == Kind.UNLIFT:
        with turning(falling.reached(_lifting_of(area)), by=by, at=at, act=ACTIONS[kind]) as turn:
            return _approve(change, answer, turn, partial(_unlift, area, turn))
    reached = _reached(area, change, at)
    with mass_closing.closing(reached, area, by=by, at=at, act=ACTIONS[kind]) as closing:
        return _approve(change, answer, closing.turn, partial(DONE[kind], area, change, closing))


def moved_by(change: AreaChange, *, at: datetime) -> int:
    """Return about how many people's cases a change of an area moves, were it approved now."""
    if change.kind == Kind.UNLIFT:
        return Basis.objects.filter(fact=Fact.AREA, key=change.area_id).count()
    return _reached(change.area, change, at).count()


def _approve(change: AreaChange, answer: str, turn: Turn, move: Callable[[], int]) -> int:
    """Decide a change whose people are locked, let it move their cases and write it down; return how many moved."""
    second_person.decide(change, act="area.decide", approve=True, answer=answer, by=turn.by, at=turn.at)
    _require_possible(change.area, Kind(change.kind), turn.at)
    moved = move()
    change.area.refresh_from_db()
    action, notes = ACTIONS[Kind(change.kind)], {"reason": change.reason}
    turn.record(action, change, **_about(change), cases=moved, notes=notes, also=[change.area])
    return moved


def _require_possible(area: RiskArea, kind: AreaChange.Kind, at: datetime) -> None:
    """Refuse a change that the area is not in a state for; its row is held, so that of two at once one is second."""
    row = RiskArea.objects.select_for_update(of=("self",)).get(pk=area.pk)
    if row.decision != Decision.APPROVED or row.withdrawn_at is not None:
        raise NotListed()
    if kind == Kind.LIFT and not RiskArea.objects.listed(at).filter(pk=row.pk).exists():
        raise NotListed()
    if kind == Kind.UNLIFT and row.lifted_at is None:
        raise NotLifted()
    if kind == Kind.UNLIFT and listing.same_place(row, at).exclude(pk=row.pk).exists():
        raise ListedAnew()


def _reached(area: RiskArea, change: AreaChange, at: datetime) -> QuerySet[Any]:
    """Find whose cases a change moves, by the record's key; they are locked before it is decided."""
    if change.kind == Kind.LIFT:
        return ending_with(change, at).order_by().values("person")
    resting, monitored = (
        rows.order_by().values("person") for rows in (_resting_on(area), _monitored_after(area))
    )
    return resting.union(monitored)


def _lift(area: RiskArea, change: AreaChange, closing: Closing) -> int:
    turn = closing.turn
    lifted = {"lifted_at": turn.at, "lifted_by": turn.by, "test_still_due": change.test_still_due}
    RiskArea.objects.filter(pk=area.pk).update(**lifted)
    # Read again now that the area's row is held: ended meanwhile, or entered at the last moment.
    cases = ending_with(change, turn.at)
    return closing.end(cases, exit=AREA_LIFTED, basis=(Fact.AREA.value, area.pk), reason=change.reason)


def _withdraw(area: RiskArea, change: AreaChange, closing: Closing) -> int:
    turn, gone = closing.turn, (Fact.WITHDRAWAL.value, change.pk)
    RiskArea.objects.filter(pk=area.pk).update(withdrawn_at=turn.at)
    cases = _resting_on(area)
    ended = closing.end(cases.open(), exit=BASIS_GONE, basis=gone, reason=change.reason)
    turn.refuse(*closing.within(cases), reason=change.reason, bears=[gone])
    monitoring = list(_monitored_after(area).select_related("person"))
    closing.require_reached(order.person for order in monitoring)
    orders.close_all(monitoring, Ending.LAPSED, turn=turn)
    mass_orders.arrange_all(mass_orders.let_go(turn), turn=turn)
    return ended


def _unlift(area: RiskArea, turn: Turn) -> int:
    # Begun anew: the timer matches whoever came there while it was lifted.
    stands = {"lifted_at": None, "lifted_by": None, "test_still_due": True, "begun_at": None}
    RiskArea.objects.filter(pk=area.pk).update(**stands)
    return len(falling.answer(_lifting_of(area), turn=turn, approved=True).resumed)


ACTIONS: Mapping[AreaChange.Kind, str] = {
    Kind.LIFT: "area.lifted",
    Kind.WITHDRAW: "area.withdrawn",
    Kind.UNLIFT: "area.unlifted",
}
DONE: Mapping[AreaChange.Kind, Callable[[RiskArea, AreaChange, Closing], int]] = {
    Kind.LIFT: _lift,
    Kind.WITHDRAW: _withdraw,
}


def _lifting_of(area: RiskArea) -> list[Rest]:
    return [(Fact.AREA.value, area.pk)]


def _resting_on(area: RiskArea) -> CaseQuerySet:
    """Find the live cases on an area, and those that followed on one of them."""
    return Case.objects.filter(Q(risk_area=area) | Q(follows__risk_area=area), state__in=LIVE)


def _monitored_after(area: RiskArea) -> QuerySet[ControlOrder]:
    """Find the monitoring that followed on isolation for this area alone."""
    monitoring = ControlOrder.objects.standing().filter(served=None, follows__served__case__risk_area=area)
    # Spelled out: most cases have no area, and NULL is unequal to nothing.
    others = OrderCase.objects.filter(Q(case__risk_area=None) | ~Q(case__risk_area=area)).values("order")
    return monitoring.exclude(follows__in=others).distinct().order_by("pk")


def _about(change: AreaChange) -> dict[str, Any]:
    area = change.area
    return {
        "change": change.pk,
        "kind": change.kind,
        "severe": area.severe,
        "level": area.level,
        "test_still_due": change.test_still_due,
    }


def _record(action: str, change: AreaChange, *, by: User, at: datetime, reason: str) -> None:
    ledger.record(action, about=change, by=by, at=at, **_about(change), notes={"reason": reason})
