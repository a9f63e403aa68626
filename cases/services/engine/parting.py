"""Records of two humans are parted: each has an order of their own again, or is handed over by one (2.1)."""

from collections.abc import Mapping, Sequence

from cases.models import Case, ControlOrder, Person
from cases.models.control import Ending
from cases.services.engine import orders
from cases.services.engine.codes import Turn
from cases.services.engine.needs import Need
from cases.services.engine.plans import Plan


def part(persons: Sequence[Person], *, turn: Turn) -> None:
    """Give the records of a parted group each their own order again, as their own cases need it."""
    # All needs before any row goes: the one order of the group is where each reads its own.
    needs = {person: orders.needs_of(person) for person in persons}
    group = ControlOrder.objects.standing().select_related("person", "officer__office", "office", "site")
    lent: dict[Person, ControlOrder] = {}
    for person in persons:
        theirs = group.filter(served__case__in=needs[person]).exclude(pk__in=ControlOrder.objects.of(person))
        if order := theirs.order_by("pk").first():
            lent[person] = order
    for order in group.filter(pk__in={order.pk for order in lent.values()}):
        _give_back(order, needs, turn)
    for person, needed in needs.items():
        if not needed:
            _hand_over_apart(person, turn)
        # Who had an order of their own before the merge goes on as that one said.
        like = None if orders.earlier(person, needed) else lent.get(person)
        plan = Plan(elsewhere=like.elsewhere, like=like) if like else Plan()
        orders.arrange(person, turn=turn, new=needed, plan=plan)


def _hand_over_apart(person: Person, turn: Turn) -> None:
    """Let somebody who was handed to another province with a human parted since be so by an order of their own."""
    served = orders.still_served(person).filter(order__ending=Ending.TRANSFERRED_OUT)
    rows = list(served.exclude(order__in=ControlOrder.objects.of(person)).select_related("case", "order"))
    if not rows:
        return
    # As their own cases need it: what the other's asked for beside them is not theirs.
    away = max((row.order for row in rows), key=lambda order: order.pk)
    needs = {row.case: Need.of(row) for row in rows}
    orders.arrange(person, turn=turn, new=needs, plan=Plan(elsewhere=away.elsewhere, like=away))
    own = ControlOrder.objects.of(person).standing().get()
    orders.close(own, Ending.TRANSFERRED_OUT, turn=turn, letter=away.letter)


def _give_back(order: ControlOrder, needs: Mapping[Person, Mapping[Case, Need]], turn: Turn) -> None:
    """Let an order serve its own person's cases only; one that serves none of them has lapsed, and keeps its rows.

    Without rows it would be taken for monitoring, and go on without a ground.
    """
    mine = next(cases for person, cases in needs.items() if person.pk == order.person.root_id)
    if order.served.filter(case__in=mine).exists():
        others = order.served.exclude(case__in=mine).filter(
            case__in=[case for one in needs.values() for case in one]
        )
        gone = list(others)
        others.delete()
        turn.record("order.changed", order, measure=order.kind, until=order.until, gone=gone)
    else:
        orders.close(order, Ending.LAPSED, turn=turn)
