"""The turning moment: an approved rule book comes into force, and the codes and orders follow it in one act.

Whatever only hangs on the book goes in sets. A person whose order holds another ground too is arranged singly, by the
one rule of `orders.arrange`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cases.models import Case, ControlOrder, Fact, OrderCase, RuleBook, Transition
from cases.models.cases import BY_RULE_BOOK, State
from cases.models.control import Ending
from cases.policy import days
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors import adoption
from cases.selectors.adoption import Move
from cases.services.control import follow_on
from cases.services.engine import in_force, mass_orders, orders
from cases.services.engine.codes import TICK, Turn, turning
from cases.services.engine.orders import Need
from cases.services.engine.plans import Plan
from healthcode.core.audit import commitments

ACT = "rulebook.adopted"


@dataclass(frozen=True)
class _Opening:
    """A follow-on case that opens with the book, and what it needs."""

    move: Move
    case: Case
    need: Need


@transaction.atomic
def adopt_next(*, at: datetime) -> RuleBook | None:
    """Adopt the next book whose effective instant has come; the approver is the actor. None when none is due.

    A book that is not what was decided is passed over.
    """
    in_force.change()
    due = RuleBook.objects.due(at).select_related("decided_by__office")
    # One that was altered since somebody decided it decides nothing; what was decided as it stands goes on.
    waiting = (book for book in due.order_by("effective_from", "decided_at", "pk") if commitments.holds(book))
    book = next(waiting, None)
    if book is None or book.decided_by is None:
        return None
    # No act is under way. Of those done, none may lie after the instant from which the book decides.
    last: datetime | None = Transition.objects.aggregate(last=Max("at"))["last"]
    at = max(at, last + TICK) if last else at
    old, new = RuleBook.objects.in_force(at).policy, book.policy
    standing = list(adoption.recoloured(old, new).select_related("person").order_by("pk"))
    moves = adoption.moves(old, new, at=at)
    persons = {case.person.root_id: case.person for case in (*standing, *(move.source for move in moves))}
    with turning(persons.values(), by=book.decided_by, at=at, act=ACT) as turn:
        turn.adopt(book, *standing)
        _follow(moves, turn)
        _order_anew(standing, old, turn)
        closed, opened = len(turn.closed), len(turn.opened)
        turn.record(ACT, book, sha256=book.sha256, opened=opened, closed=closed, standing=len(standing))
    return book


def _follow(moves: list[Move], turn: Turn) -> None:
    """Close and open the follow-on cases, and bring the orders into line."""
    basis = [(Fact.BOOK.value, turn.book.pk)]
    turn.end(*(move.closing for move in moves if move.closing), exit=BY_RULE_BOOK, basis=basis)
    openings = [_opening(move, turn) for move in moves if move.ground]
    turn.open(*(one.case for one in openings))
    alone = [move for move in moves if move.alone]
    ends = {True: Ending.SUPERSEDED, False: Ending.LAPSED}
    for follows, ending in ends.items():
        gone = [move.order for move in alone if bool(move.ground or move.measure) is follows]
        orders.close_all(gone, ending, turn=turn)
    issued = [
        mass_orders.Issue(move.order.person.root_id, None, _monitoring(move), move.order)
        for move in alone
        if move.measure
    ]
    issued += [
        mass_orders.Issue(one.move.order.person.root_id, one.case, one.need, one.move.order)
        for one in openings
        if one.move.alone
    ]
    mass_orders.issue_all(issued, turn=turn)
    needs = {one.move.order.pk: {one.case: one.need} for one in openings}
    for move in moves:
        if not move.alone:
            orders.arrange(move.order.person, turn=turn, new=needs.get(move.order.pk), plan=_plan(move))


def _opening(move: Move, turn: Turn) -> _Opening:
    case = follow_on(move.source, move.ground, after=move.isolation, turn=turn)
    need = orders.need_of(case, _plan(move), book=turn.book.policy, at=turn.at)
    assert need is not None
    return _Opening(move, case, Need(need.kind, move.until, need.day0))


def _plan(move: Move) -> Plan:
    return Plan(kind=adoption.AT_HOME, officer=move.isolation.officer, office=move.isolation.office)


def _monitoring(move: Move) -> Need:
    assert move.isolation.until is not None
    return Need(move.measure, move.until, days.local_day(move.isolation.until))


def _order_anew(standing: Iterable[Case], old: Policy, turn: Turn) -> None:
    """Order what the new book asks for grounds that turn red; let go of orders whose grounds are red no more."""
    grounds = turn.book.policy.grounds
    by_root: dict[int, list[Case]] = defaultdict(list)
    for case in standing:
        by_root[case.person.root_id].append(case)
    ordered = _ordered(by_root)
    lapsing, issued = [], []
    for root, cases in by_root.items():
        order = ordered.get(root)
        needs = {case: need for case in cases if (need := _need(case, turn)) is not None}
        if order is None and len(needs) == 1:
            issued += [mass_orders.Issue(root, case, need) for case, need in needs.items()]
        elif needs:
            orders.arrange(cases[0].person, turn=turn, new=needs)
        elif order is not None and not any(grounds[key].colour == Colour.RED for key in order.grounds):
            lapsing.append(order.order)
    orders.close_all(lapsing, Ending.LAPSED, turn=turn)
    mass_orders.issue_all(issued, turn=turn)


def _need(case: Case, turn: Turn) -> Need | None:
    ground = turn.book.policy.grounds[case.ground]
    return (
        orders.need_of(case, Plan(), book=turn.book.policy, at=turn.at)
        if ground.colour == Colour.RED
        else None
    )


@dataclass(frozen=True)
class _Ordered:
    """A standing order and the grounds of the standing cases it serves."""

    order: ControlOrder
    grounds: set[str]


def _ordered(roots: Iterable[int]) -> dict[int, _Ordered]:
    found = {root: _Ordered(order, set()) for root, order in adoption.standing_orders(roots).items()}
    whose = {one.order.pk: root for root, one in found.items()}
    served = OrderCase.objects.filter(order__in=list(whose), case__state=State.OPEN)
    for order, ground in served.values_list("order", "case__ground"):
        found[whose[order]].grounds.add(ground)
    return found
