"""Orders of many at once: issued, or let go with the last need, by statements whose number does not grow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.models import Case, ControlOrder, OrderCase, Person
from cases.models.control import Ending
from cases.services.engine import officers, orders, places
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import in_parts
from healthcode.core.offices.models import Office


@dataclass(frozen=True)
class Issue:
    """An order for somebody who has none now: for which case (monitoring has none), and what went before."""

    root: int
    case: Case | None
    need: orders.Need
    before: ControlOrder | None = None


def issue_all(issues: Sequence[Issue], *, turn: Turn) -> None:
    """Issue a set of orders; each keeps the officer and office of the one before."""
    # Two queries for all of them: an adoption issues orders by the thousand.
    persons = Person.objects.in_bulk([one.root for one in issues])
    communities = orders.communities_of(persons.values())
    made = [_made(one, persons[one.root], communities, turn) for one in issues]
    ControlOrder.objects.bulk_create(made)
    OrderCase.objects.bulk_create(
        one.need.served(order, one.case)
        for order, one in zip(made, issues, strict=True)
        if one.case is not None
    )
    for order in made:
        orders.record_issue(order, turn)


def _made(one: Issue, person: Person, communities: Mapping[str, Office], turn: Turn) -> ControlOrder:
    measure = turn.book.policy.measures[one.need.kind]
    officer = officers.carried(one.before, measure, person, home=places.is_home(measure, None))
    alone = one.before.office if one.before and one.before.officer is None else None
    return ControlOrder(
        person=person,
        kind=one.need.kind,
        day0=one.need.day0,
        until=one.need.until,
        officer=officer,
        office=(officer.office if officer else alone) or communities.get(person.present_id),
        opened_by=turn.by,
        opened_at=turn.at,
        follows=one.before,
    )


def arrange_all(persons: Iterable[Person], *, turn: Turn) -> None:
    """Bring the orders of many into line with what still stands, as after a withdrawal: what `orders.arrange` does.

    By set where no need is left, which is nearly everybody; whoever has another case is arranged alone.
    """
    by_root = {person.root_id: person for person in persons}
    for part in in_parts(sorted(by_root)):
        found = _OrdersOf(part, turn)
        orders.close_all(found.lapsing, Ending.LAPSED, turn=turn)
        for root in found.others:
            orders.arrange(by_root[root], turn=turn)
        for root in found.interrupted:
            orders.resume_monitoring(by_root[root], turn)


class _OrdersOf:
    """What some people are held by after their cases ended, read for all of them at once."""

    def __init__(self, roots: Sequence[int], turn: Turn) -> None:
        records = dict(Person.objects.group_of(*roots).values_list("pk", "merged_into"))
        served = OrderCase.objects.filter(case__in=Case.objects.open().filter(person__in=records))
        needing = set(served.filter(order__ended_at=None).values_list("case__person", flat=True))
        of_group = ControlOrder.objects.filter(person__in=records)
        standing: dict[int, list[ControlOrder]] = defaultdict(list)
        for order in (
            of_group.standing().select_related("person").prefetch_related("served").order_by("person", "pk")
        ):
            standing[records[order.person_id] or order.person_id].append(order)
        paused = of_group.filter(ending=Ending.SUPERSEDED, until__gt=turn.at, served=None)
        paused_of = {records[one] or one for one in paused.values_list("person", flat=True)}
        still = {records[one] or one for one in needing}
        still |= {root for root, of_one in standing.items() if len(of_one) > 1}
        self.others = sorted(still)
        alone = {root: of_one[0] for root, of_one in standing.items() if root not in still}
        self.lapsing = [order for order in alone.values() if order.served.all()]
        self.interrupted = sorted(paused_of - still)
