"""The engine's way with hundreds of thousands: one ground opened on a set of persons by set-based statements.

The same acts in the same order as `codes.turning`: locked in key order, an instant after everybody's last act, admitted
as one claim is (`admission`), colours before and after, cases, orders, transitions and events in one transaction.
What PostgreSQL and SQLite spell differently stands in `dialects`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from cases.models import Case, ControlOrder, OrderCase, Person, RiskArea, RuleBook, Transition
from cases.models.cases import Channel, EvidenceKind, State
from cases.policy import days
from cases.policy.colours import Colour
from cases.policy.rulebook import Ground, Measure
from cases.services.engine import in_force, mass_admission, orders
from cases.services.engine.anew import begun_anew
from cases.services.engine.codes import Turn, after
from cases.services.engine.dialects import dialect, json_day, stored
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Grown
from healthcode.core import planner_statistics, progress
from healthcode.core.audit import bulk, ledger
from healthcode.core.offices.models import Office, User

CASE, ORDER = Case._meta.db_table, ControlOrder._meta.db_table
ARRANGED = 500  # cases read at once
PERSON, SERVED, TURNED = Person._meta.db_table, OrderCase._meta.db_table, Transition._meta.db_table


@dataclass(frozen=True)
class Opened:
    """What a mass opening did: how many cases it opened, how many codes turned, whose stays were answered before."""

    cases: int = 0
    turned: int = 0
    answered: int = 0


@begun_anew
def open_on(
    hits: QuerySet[Any],
    *,
    area: RiskArea,
    ground: Ground,
    by: User,
    at: datetime,
    act: str,
    batch_id: int | None = None,
) -> Opened:
    """Open a ground resting on an area on everybody hit: rows of `presences.of_area`, one for each human.

    Whoever has the ground on this area already for a stay as long is left alone: the same hits again change nothing.
    """
    try:
        asked = hits.query.sql_with_params()
    except EmptyResultSet:  # nobody, and Django knows it
        return Opened()
    with transaction.atomic(), _hit_table(asked, at), connection.cursor() as cursor:
        at = lock(cursor, at)
        book = RuleBook.objects.in_force(at)
        ground = book.policy.grounds[ground.key]  # as the book has it now, if another was adopted meanwhile
        progress.report(0.1)
        answered = mass_admission.admit(cursor, area, ground, book, at)
        note_colours(cursor, book, "before")
        progress.report(0.25)
        columns = _case(area, ground, by, at, batch_id)
        _open_cases(cursor, columns, at)
        progress.report(0.5)
        turned = _write_transitions(cursor, ground, book, by, at, act)
        _record(columns, ground, by, at, act)
        progress.report(0.7)
        if ground.measure:
            _order(cursor, ground, book, by, at, act)
        cursor.execute("SELECT count(*) FROM mass_hit WHERE case_id IS NOT NULL")
        return Opened(cursor.fetchone()[0], turned, answered)


@contextmanager
def _hit_table(asked: tuple[str, Any], at: datetime) -> Iterator[None]:
    """Keep the hits in a table of this transaction."""
    (sql, params), sql_for = asked, dialect()
    planner_statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE mass_hit (person_id bigint PRIMARY KEY, record_id bigint, opaque_id text,"
            " record_opaque text, present_id text, began_on date, stayed_from timestamptz, order_id bigint,"
            " before integer NOT NULL DEFAULT 0, held boolean NOT NULL DEFAULT false, case_id bigint, held_id bigint)"
        )
        day = sql_for.local_day.format(sql_for.least.format("h.left_at", "%s"))
        opaque, of_record = (sql_for.opaque_id.format(f"{one}.public_id") for one in ("p", "r"))
        cursor.execute(
            # Of merged records the one that left last: the case is its own, should they be parted.
            f"INSERT INTO mass_hit (person_id, record_id, opaque_id, record_opaque, present_id, began_on, stayed_from)"
            f" SELECT p.id, h.record, {opaque}, {of_record}, p.present_id, {day}, h.stayed_from FROM ({sql}) AS h"
            f" JOIN {PERSON} p ON p.id = h.root JOIN {PERSON} r ON r.id = h.record"
            " ORDER BY p.id, h.left_at DESC, h.record ON CONFLICT DO NOTHING",
            [stored(at), *params],
        )
        # The cases are found again by it. PostgreSQL hashes; SQLite would compare each case with everybody hit.
        cursor.execute("CREATE INDEX mass_hit_record ON mass_hit (record_id)")
        analyse(cursor)
        try:
            yield
        finally:
            # A transaction that failed takes no more statements, and its rollback drops the table anyway.
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE mass_hit")


def analyse(cursor: Any, table: str = "mass_hit") -> None:
    """Tell the planner what is in the table of who is hit, or in another one of the act's own."""
    # No autovacuum ever sees a temporary table: unanalysed, the planner takes it for small and loops over it.
    if connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {table}")


def lock(cursor: Any, at: datetime) -> datetime:
    """Lock everybody hit in key order; return an instant after the last act of any, and the last adoption."""
    in_force.hold()
    # Locked inside, for an aggregate cannot be; ordered there too, or two acts on the same people deadlock.
    cursor.execute(
        f"SELECT count(merged_into_id) FROM (SELECT merged_into_id FROM {PERSON}"
        f" WHERE id IN (SELECT person_id FROM mass_hit) ORDER BY id {dialect().lock}) locked"
    )
    if cursor.fetchone()[0]:  # merged into another since the hits were read
        raise Grown()
    hit = Person.objects.extra(where=[f"{PERSON}.id IN (SELECT person_id FROM mass_hit)"])
    book = RuleBook.objects.adopted_last()
    at = after(at, book, hit.aggregate(last=Max("acted_at"))["last"])
    cursor.execute(
        f"UPDATE {PERSON} SET version = version + 1, acted_at = %s WHERE id IN (SELECT person_id FROM mass_hit)",
        [stored(at)],
    )
    return at


def note_colours(cursor: Any, book: RuleBook, column: str) -> None:
    """Note in a column how grave each code is at this point of the act, over merged groups."""
    of_colour = {
        colour.gravity: [key for key, ground in book.policy.grounds.items() if ground.colour == colour]
        for colour in (Colour.RED, Colour.YELLOW)
    }
    whens = " ".join(
        f"WHEN c.ground IN ({', '.join(['%s'] * len(keys))}) THEN {gravity}"
        for gravity, keys in of_colour.items()
    )
    cursor.execute(
        f"UPDATE mass_hit SET {column} = stands.gravity FROM (SELECT coalesce(p.merged_into_id, p.id) AS root,"
        f" max(CASE {whens} ELSE 0 END) AS gravity FROM {CASE} c JOIN {PERSON} p ON p.id = c.person_id"
        f" WHERE c.state = 'OPEN' GROUP BY 1) AS stands WHERE stands.root = mass_hit.person_id",
        [key for keys in of_colour.values() for key in keys],
    )


def _case(area: RiskArea, ground: Ground, by: User, at: datetime, batch_id: int | None) -> dict[str, Any]:
    """Return what all the cases of a mass opening share, by column."""
    return {
        "ground": ground.key,
        "channel": Channel.AUTOMATIC.value,
        "source_office_id": by.office_id,
        "entered_by_id": by.pk,
        "entered_at": at,
        "evidence_kind": EvidenceKind.TRACK.value,
        "evidence_ref": f"area:{area.pk}",
        "risk_area_id": area.pk,
        "batch_id": batch_id,
        **dict.fromkeys(("plan_kind", "plan_address", "exit", "closing_reason"), ""),
    }


def _open_cases(cursor: Any, columns: Mapping[str, Any], at: datetime) -> None:
    values = ", ".join(["%s"] * len(columns))
    cursor.execute(
        f"INSERT INTO {CASE} (person_id, began_on, stayed_from, state, opened_at, opened_by_id, {', '.join(columns)})"
        f" SELECT record_id, began_on, stayed_from, CASE WHEN held THEN 'HELD' ELSE 'OPEN' END,"
        f" CASE WHEN held THEN NULL ELSE %s END, CASE WHEN held THEN NULL ELSE %s END, {values}"
        " FROM mass_hit ORDER BY person_id",
        [stored(at), columns["entered_by_id"], *map(stored, columns.values())],
    )
    # The instant tells them from older ones: it lies after every act on these people.
    for column, state in (("case_id", "OPEN"), ("held_id", "HELD")):
        cursor.execute(
            f"UPDATE mass_hit SET {column} = c.id FROM {CASE} c WHERE c.person_id = mass_hit.record_id"
            f" AND c.risk_area_id = %s AND c.ground = %s AND c.entered_at = %s AND c.state = %s",
            [columns["risk_area_id"], columns["ground"], stored(at), state],
        )
    analyse(cursor)  # until now `case_id` was empty, for all the planner knew


def _write_transitions(cursor: Any, ground: Ground, book: RuleBook, by: User, at: datetime, act: str) -> int:
    columns = {
        "at": stored(at),
        "to_colour": ground.colour.value,
        "act": act,
        "clause": ground.clause,
        "rule_book_id": book.pk,
        "actor_id": by.pk,
        "office_id": by.office_id,
    }
    cursor.execute(
        f"INSERT INTO {TURNED} (person_id, case_id, from_colour, {', '.join(columns)})"
        f" SELECT person_id, case_id, CASE before WHEN 0 THEN 'GREEN' ELSE 'YELLOW' END,"
        f" {', '.join(['%s'] * len(columns))} FROM mass_hit"
        f" WHERE case_id IS NOT NULL AND before < {ground.colour.gravity} ORDER BY person_id",
        list(columns.values()),
    )
    return int(cursor.rowcount)


def _record(columns: Mapping[str, Any], ground: Ground, by: User, at: datetime, act: str) -> None:
    # A case is of the record that left last, whoever's code it turns: an event of another's would read as tampering.
    about: dict[str, Any] = {"by": by, "at": at, "about": Case, "key": "case_id", "person": "record_opaque"}
    varying = {
        "person_id": "record_id",
        "began_on": json_day("began_on"),
        "stayed_from": f"coalesce(CAST({dialect().epoch_us.format('stayed_from')} AS text), 'null')",
    }
    opened = {**columns, "state": State.OPEN.value, "opened_at": at, "opened_by_id": by.pk}
    bulk.record_selected(
        connection,
        "case.opened",
        body={"ground": ground.key, "channel": columns["channel"], "evidence": columns["evidence_kind"]},
        made=bulk.Made(opened, varying),
        rows="FROM mass_hit WHERE case_id IS NOT NULL ORDER BY person_id",
        **about,
    )
    waiting = {**columns, "state": State.HELD.value}
    for action in ("case.held", "case.reimposed"):
        bulk.record_selected(
            connection,
            action,
            body={"ground": ground.key, "area": columns["risk_area_id"]},
            made=bulk.Made(waiting, varying),
            rows="FROM mass_hit WHERE held_id IS NOT NULL ORDER BY person_id",
            **{**about, "key": "held_id"},
        )
    for gravity, before in ((0, Colour.GREEN), (1, Colour.YELLOW)):
        if gravity < ground.colour.gravity:
            bulk.record_selected(
                connection,
                "code.turned",
                body={"from": before.value, "to": ground.colour.value, "act": act, "clause": ground.clause},
                rows=f"FROM mass_hit WHERE case_id IS NOT NULL AND before = {gravity} ORDER BY person_id",
                **{**about, "person": "opaque_id"},
            )


def _order(cursor: Any, ground: Ground, book: RuleBook, by: User, at: datetime, act: str) -> None:
    """Give everybody without a standing order theirs by set; arrange the others one by one."""
    # First those who have one: after the set, everybody has.
    _arrange_standing(ground, book, by, at, act)
    assert ground.measure is not None
    measure = book.policy.measures[ground.measure]
    columns = {"kind": measure.key, "opened_by_id": by.pk, "opened_at": at}
    columns |= {"place": "", "at_home": False, "elsewhere": False, "ending": "", "letter": ""}
    _insert_orders(cursor, columns, measure, book, at)
    until_us = dialect().epoch_us.format("o.until")
    varying = {"person_id": "o.person_id", "day0": json_day("o.day0"), "until": until_us}
    varying["office_id"] = "coalesce(CAST(o.office_id AS text), 'null')"
    served = {"order_id": "o.id", "case_id": "h.case_id", "until": until_us}
    part = bulk.Made({"kind": measure.key, "since": at, "book_until": None}, served)
    bulk.record_selected(
        connection,
        "order.opened",
        by=by,
        at=at,
        about=ControlOrder,
        key="o.id",
        person="h.opaque_id",
        body={"measure": measure.key, "until": bulk.Number(until_us)},
        made=bulk.Made(columns, varying),
        also=((OrderCase, "s.id", part),),
        rows=f"FROM mass_hit h JOIN {ORDER} o ON o.id = h.order_id JOIN {SERVED} s ON s.order_id = o.id"
        " AND s.case_id = h.case_id ORDER BY h.person_id",
    )


def _insert_orders(
    cursor: Any, columns: Mapping[str, Any], measure: Measure, book: RuleBook, at: datetime
) -> None:
    day0, today = "began_on", []
    if book.policy.parameters.count_from != "began":
        day0, today = "%s", [connection.ops.adapt_datefield_value(days.local_day(at))]
    until = dialect().midnight.format("day0", (measure.days or 0) + 1)
    offices = _offices(cursor)
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {ORDER}")
    # The new ones are told by their key: an anti-join to what orders serve goes quadratic on stale statistics.
    earlier = cursor.fetchone()[0]
    cursor.execute(
        f"INSERT INTO {ORDER} (person_id, day0, until, office_id, {', '.join(columns)})"
        f" SELECT person_id, day0, {until}, {offices}, {', '.join(['%s'] * len(columns))}"
        f" FROM (SELECT person_id, present_id, {day0} AS day0 FROM mass_hit WHERE case_id IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {ORDER} o WHERE o.person_id = mass_hit.person_id AND o.ended_at IS NULL)"
        f" AND NOT EXISTS (SELECT 1 FROM {PERSON} p JOIN {ORDER} o ON o.person_id = p.id AND o.ended_at IS NULL"
        f" WHERE p.merged_into_id = mass_hit.person_id)"
        f" ORDER BY person_id) AS fresh",
        [*map(stored, columns.values()), *today],
    )
    cursor.execute(
        f"UPDATE mass_hit SET order_id = o.id FROM {ORDER} o WHERE o.person_id = mass_hit.person_id"
        f" AND o.opened_at = %s AND o.ended_at IS NULL AND o.id > %s",
        [stored(at), earlier],
    )
    cursor.execute(
        f"INSERT INTO {SERVED} (order_id, case_id, kind, until, since)"
        f" SELECT o.id, h.case_id, o.kind, o.until, o.opened_at FROM mass_hit h JOIN {ORDER} o ON o.id = h.order_id"
    )


def _offices(cursor: Any) -> str:
    """Return the SQL of the community that answers for where somebody lives: the narrowest there is.

    The codes are written into the SQL, and so only those that are digits alone.
    """
    cursor.execute("SELECT DISTINCT present_id FROM mass_hit")
    communities = {
        office.division_id: office.pk for office in Office.objects.filter(kind="COMMUNITY").order_by("-pk")
    }
    narrowest = {
        code: next((communities[code[:n]] for n in (12, 9, 6) if code[:n] in communities), None)
        for (code,) in cursor.fetchall()
    }
    whens = " ".join(f"WHEN '{code}' THEN {pk}" for code, pk in narrowest.items() if pk and code.isdecimal())
    return f"CASE present_id {whens} END" if whens else "NULL"


def _arrange_standing(ground: Ground, book: RuleBook, by: User, at: datetime, act: str) -> None:
    """Bring the orders of those who had one into line, as any other act does."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT case_id FROM mass_hit WHERE case_id IS NOT NULL AND person_id IN (SELECT coalesce(merged_into_id,"
            f" p.id) FROM {ORDER} o JOIN {PERSON} p ON p.id = o.person_id WHERE ended_at IS NULL) ORDER BY person_id"
        )
        keys = [key for (key,) in cursor.fetchall()]
    turn = Turn(by, at, act, book, {})
    for first in range(0, len(keys), ARRANGED):
        hit = Case.objects.filter(pk__in=keys[first : first + ARRANGED])
        for case in hit.select_related("person").order_by("person"):
            need = orders.need_of(case, Plan(), book=book.policy, at=at)
            if need is not None:
                orders.arrange(case.person, turn=turn, new={case: need})
    ledger.record_all(turn.entries, by=by, at=at)
