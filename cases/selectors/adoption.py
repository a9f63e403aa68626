"""What adopting a rule book would do, before it does it: who moves from one follow-on to another (clause 2.1e).

The adoption carries these moves out and the preview counts them, so that the two cannot disagree. A follow-on stands
where an isolation has ended and the book lets an order (green) or a ground (red) follow it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.models import Case, ControlOrder, OrderCase, Person
from cases.models.cases import State
from cases.models.control import Ending, OrderKind
from cases.policy import days, differences
from cases.policy.rulebook import Policy

CONTROL_ENDED = "CONTROL_ENDED"
# The measure of a ground that follows another, where the book leaves it open.
AT_HOME = OrderKind.HOME_OBSERVATION.value


@dataclass(frozen=True)
class Move:
    """One person's follow-on under the old book, and what takes its place under the new one."""

    source: Case  # the ground whose isolation has ended
    isolation: ControlOrder
    order: ControlOrder  # the person's standing one
    alone: bool  # whether that order holds nothing but this follow-on
    closing: Case | None  # the follow-on's case, where it was a ground
    ground: str = ""  # what opens in its place: a ground,
    measure: str = ""  # or an order without one
    until: datetime | None = None


@dataclass(frozen=True)
class _Standing:
    source: Case
    order: ControlOrder
    case: Case | None
    monitoring: ControlOrder | None


def recoloured(old: Policy, new: Policy) -> QuerySet[Case]:
    """Return the standing cases whose ground has another colour in the new book."""
    return Case.objects.open().filter(ground__in=differences.recoloured(old, new))


def moves(old: Policy, new: Policy, *, at: datetime) -> list[Move]:
    """Return what becomes of each standing follow-on; those that both books know stay as they are."""
    changed = differences.refollowed(old, new)
    if not changed:
        return []
    standing = [*_as_cases(old, changed), *_as_orders(old, changed, at)]
    isolations = _isolations(one.source for one in standing)
    alone = _alone(one.order for one in standing)
    found = []
    for one in standing:
        isolation = isolations.get(one.source.pk)
        if isolation is not None and isolation.until is not None and not _kept(one, new):
            found.append(_move(one, isolation, old, new, at, alone=one.order.pk in alone))
    return found


def _kept(one: _Standing, new: Policy) -> bool:
    key = one.case.ground if one.case else one.monitoring.kind if one.monitoring else ""
    return key in new.grounds[one.source.ground].follows


def _move(
    one: _Standing, isolation: ControlOrder, old: Policy, new: Policy, at: datetime, *, alone: bool
) -> Move:
    follows = new.grounds[one.source.ground].follows
    ground = next((key for key in follows if key in new.grounds), "")
    measure = next((key for key in follows if key in new.measures), "") if not ground else ""
    kind = (new.grounds[ground].measure or AT_HOME) if ground else measure
    now = one.monitoring or (one.order if alone else None)
    until = _end(isolation, now, old, new, kind) if kind else None
    if until is None or until <= at:
        ground = measure = ""
    return Move(one.source, isolation, one.order, alone, one.case, ground, measure, until)


def _end(
    isolation: ControlOrder, now: ControlOrder | None, old: Policy, new: Policy, kind: str
) -> datetime | None:
    """Count the new book's days from the end of isolation; what somebody extended in writing stays extended."""
    length, usual = new.measures[kind].days, old.measures[now.kind].days if now else None
    assert isolation.until is not None
    if length is None:
        return None
    until = days.following(isolation.until, length)
    if now and now.until and usual and now.until > days.following(isolation.until, usual):
        return max(until, now.until)
    return until


def _as_cases(old: Policy, changed: Iterable[str]) -> list[_Standing]:
    cases = Case.objects.open().filter(follows__ground__in=changed).exclude(ground=old.convalescence.key)
    found = list(cases.select_related("person", "follows__person", "follows__source_office").order_by("pk"))
    orders = standing_orders(case.person.root_id for case in found)
    return [
        _Standing(case.follows, orders[case.person.root_id], case, None)
        for case in found
        if case.follows is not None and case.person.root_id in orders
    ]


def _as_orders(old: Policy, changed: Iterable[str], at: datetime) -> list[_Standing]:
    """Find monitoring that stands, or that a graver order interrupted and whose days go on meanwhile."""
    kinds = {key for ground in changed for key in old.grounds[ground].follows if key in old.measures}
    lasting = ControlOrder.objects.filter(kind__in=kinds, until__gt=at, served=None)
    lasting = lasting.filter(Q(ended_at=None) | Q(ending=Ending.SUPERSEDED))
    by_root = {
        order.person.root_id: order
        for order in lasting.select_related("person", "officer__office", "office").order_by("until", "pk")
    }
    has_case = Case.objects.open().filter(follows__ground__in=changed)
    for person, merged_into in has_case.values_list("person", "person__merged_into"):
        by_root.pop(merged_into or person, None)  # its monitoring was taken over by this case already
    sources = _sources(by_root, changed)
    orders = standing_orders(by_root)
    return [
        _Standing(sources[root], orders[root], None, monitoring)
        for root, monitoring in sorted(by_root.items())
        if root in sources and root in orders
    ]


def _of_roots(roots: Iterable[int]) -> Q:
    return Q(person__among=Person.objects.group_of(*roots))


def standing_orders(roots: Iterable[int]) -> dict[int, ControlOrder]:
    """Return by the surviving record which order stands, on whichever record of the human."""
    standing = ControlOrder.objects.standing().filter(_of_roots(roots))
    return {
        order.person.root_id: order
        for order in standing.select_related("person", "officer__office", "office")
    }


def _sources(roots: Iterable[int], changed: Iterable[str]) -> dict[int, Case]:
    """Return for each person the ground whose isolation ended last."""
    ended = Case.objects.filter(_of_roots(roots), ground__in=changed, state=State.ENDED, exit=CONTROL_ENDED)
    return {
        case.person.root_id: case
        for case in ended.select_related("person", "source_office").order_by("closed_at", "pk")
    }


def _isolations(sources: Iterable[Case]) -> dict[int, ControlOrder]:
    """Return for each ended case the order that it ended with."""
    served = OrderCase.objects.filter(case__in=[case.pk for case in sources], order__ended_at__isnull=False)
    rows = served.select_related("order__officer__office", "order__office")
    return {row.case_id: row.order for row in rows.order_by("order__ended_at", "pk")}


def _alone(orders: Iterable[ControlOrder]) -> set[int]:
    """Return the orders that hold nothing but a follow-on: no case at all, or only cases that follow."""
    keys = {order.pk for order in orders}
    other = OrderCase.objects.filter(order__in=keys, case__state=State.OPEN, case__follows=None)
    return keys - set(other.values_list("order", flat=True))
