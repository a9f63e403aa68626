"""Orders of many at once: issued, or let go with the last need, by statements whose number does not grow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from cases.models import Case, ControlOrder, OrderCase, Person
from cases.models.control import Ending
from cases.policy.colours import Colour
from cases.services.engine import officers, orders, places
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import dialect, in_parts, json_day, stored
from healthcode.core.audit import bulk
from healthcode.core.offices.models import Office

CASE, ORDER, SERVED, PERSON = (model._meta.db_table for model in (Case, ControlOrder, OrderCase, Person))
# Of an order that is let go by set, what differs from one to the next: numbers and instants; and a day.
NUMBERS = ("person_id", "site_id", "office_id", "officer_id", "opened_by_id", "relied_on_id", "follows_id")
INSTANTS = ("until", "opened_at")


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
    communities = places.communities_of(persons.values())
    made = [_made(one, persons[one.root], communities, turn) for one in issues]
    ControlOrder.objects.bulk_create(made)
    served = OrderCase.objects.bulk_create(
        one.need.served(order, one.case, turn.at)
        for order, one in zip(made, issues, strict=True)
        if one.case is not None
    )
    parts = {row.order_id: row for row in served}
    for order in made:
        orders.record_issue(order, turn, *([parts[order.pk]] if order.pk in parts else ()))


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


def let_go(turn: Turn) -> list[Person]:
    """End by set the orders whose last case an act by set has ended; return whose orders are to be arranged alone.

    Alone are merged records, whoever has another case or paused monitoring, and orders that say where they are served.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE mass_lapsed (order_id bigint PRIMARY KEY, root_id bigint, plain boolean)"
        )
        for group in ("p.id", "p.merged_into_id"):
            # From the table that is counted, outwards: of cases that ended a moment ago no planner knows how many there
            # are. It takes them for one, and compares each with every order of the city.
            cursor.execute(
                f"INSERT INTO mass_lapsed SELECT o.id, h.person_id, {PLAIN} FROM mass_hit h"
                f" JOIN {PERSON} p ON {group} = h.person_id JOIN {ORDER} o ON o.person_id = p.id AND o.ended_at IS NULL"
                f" WHERE EXISTS (SELECT 1 FROM {SERVED} s WHERE s.order_id = o.id AND (SELECT c.state = 'ENDED'"
                f" AND c.closed_at = %s FROM {CASE} c WHERE c.id = s.case_id))",
                [Ending.SUPERSEDED.value, stored(turn.at), stored(turn.at)],
            )
        cursor.execute(
            f"UPDATE {ORDER} SET ended_at = %s, ended_by_id = %s, ending = %s"
            " WHERE id IN (SELECT order_id FROM mass_lapsed WHERE plain)",
            [stored(turn.at), turn.by.pk, Ending.LAPSED.value],
        )
        cursor.execute(
            f"SELECT DISTINCT o.kind FROM mass_lapsed l JOIN {ORDER} o ON o.id = l.order_id WHERE l.plain"
        )
        for (kind,) in cursor.fetchall():
            _record_lapsed(kind, turn)
        cursor.execute("SELECT DISTINCT root_id FROM mass_lapsed WHERE NOT plain ORDER BY root_id")
        others = [root for (root,) in cursor.fetchall()]
        cursor.execute("DROP TABLE mass_lapsed")
    return [person for part in in_parts(others) for person in Person.objects.filter(pk__in=part)]


# Whether an order is one that is let go by set. Filled in: how paused monitoring had ended, and the act's instant.
PLAIN = (
    "o.place = '' AND o.letter = '' AND NOT o.at_home AND NOT o.elsewhere AND p.id = h.person_id"
    f" AND NOT EXISTS (SELECT 1 FROM {PERSON} other WHERE other.merged_into_id = p.id)"
    f" AND NOT EXISTS (SELECT 1 FROM {SERVED} also WHERE also.order_id = o.id"
    f" AND (SELECT still.state FROM {CASE} still WHERE still.id = also.case_id) = 'OPEN')"
    f" AND NOT EXISTS (SELECT 1 FROM {ORDER} paused WHERE paused.person_id = p.id AND paused.ending = %s"
    " AND paused.until > %s)"
)


def _record_lapsed(kind: str, turn: Turn) -> None:
    epoch = dialect().epoch_us
    varying = {name: f"coalesce(CAST(o.{name} AS text), 'null')" for name in NUMBERS}
    varying |= {name: f"coalesce(CAST({epoch.format(f'o.{name}')} AS text), 'null')" for name in INSTANTS}
    varying["day0"] = json_day("o.day0")
    alike = {"kind": kind, "place": "", "letter": "", "at_home": False, "elsewhere": False}
    ended = {"ended_at": turn.at, "ended_by_id": turn.by.pk, "ending": Ending.LAPSED.value}
    bulk.record_selected(
        connection,
        "order.ended",
        by=turn.by,
        at=turn.at,
        about=ControlOrder,
        key="o.id",
        person="h.opaque_id",
        body={"measure": kind, "how": Ending.LAPSED.value},
        made=bulk.Made(alike | ended, varying),
        rows=f"FROM mass_lapsed l JOIN {ORDER} o ON o.id = l.order_id AND o.kind = %s"
        " JOIN mass_hit h ON h.person_id = l.root_id WHERE l.plain ORDER BY o.id",
        params=[kind],
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


def arrange_after(ended: Sequence[Case], *, turn: Turn) -> None:
    """Bring orders into line after grounds ended by a test or a form: by some book one of these is red."""
    grounds = turn.book.policy.grounds
    arrange_all((case.person for case in ended if grounds[case.ground].colour == Colour.RED), turn=turn)


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
