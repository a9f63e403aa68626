"""The engine's way with hundreds of thousands whose area is lifted or withdrawn: their cases end by set.

What `codes.turning` and `Turn.end` do, in the same order: everybody locked in key order, an instant after everybody's
last act, colours before and after, the basis before the state, transitions and events in one transaction. Only cases
that the area's tracks opened are alike enough for that; what is about an area otherwise the act ends in Python, with
`turn`, and its codes turn here with the others.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from cases.models import Basis, Case, Person, RiskArea, RuleBook, Transition
from cases.models.cases import CaseQuerySet, Channel, EvidenceKind, State
from cases.policy.colours import Colour
from cases.policy.exits import Rest
from cases.services.engine import falling, mass
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import dialect, in_parts, json_day, stored
from healthcode.core import planner_statistics, progress
from healthcode.core.audit import bulk, ledger
from healthcode.core.offices.models import User

CASE, PERSON, TURNED, RESTS = (model._meta.db_table for model in (Case, Person, Transition, Basis))
# Of a case that tracks opened on an area, what differs from one to the next: numbers, a day and instants.
NUMBERS = (
    *("person_id", "source_office_id", "entered_by_id", "addressed_to_id", "index_case_id", "hold_id"),
    *("follows_id", "resumes_id", "origin_id", "plan_days", "batch_id", "opened_by_id"),
)
INSTANTS = ("entered_at", "stayed_from", "opened_at")


@dataclass
class Closing:
    """One act that ends what an area bore: when, and the turn in which the act does what is not done by set."""

    area: RiskArea
    turn: Turn

    def end(self, cases: CaseQuerySet, *, exit: str, basis: Rest, reason: str) -> int:
        """End standing cases: by set those that the area's tracks opened, the others in Python; return how many."""
        ended = 0
        for ground in cases.order_by("ground").values_list("ground", flat=True).distinct():
            ended += self._end_plain(cases, ground, exit=exit, basis=basis, reason=reason)
        others = self.within(cases)
        self.turn.end(*others, exit=exit, basis=[basis], reason=reason)
        return ended + len(others)

    def within(self, cases: CaseQuerySet) -> list[Case]:
        """Return cases for Python to move."""
        found = list(cases.select_related("person").order_by("pk"))
        self.require_reached(case.person for case in found)
        return found

    def require_reached(self, persons: Iterable[Person]) -> None:
        """Raise Grown where one of these persons was not locked with the others."""
        with connection.cursor() as cursor:
            for part in in_parts(sorted({person.root_id for person in persons})):
                marks = ", ".join(["%s"] * len(part))
                cursor.execute(f"SELECT count(*) FROM mass_hit WHERE person_id IN ({marks})", part)
                if cursor.fetchone()[0] < len(part):
                    raise falling.Grown()

    def _end_plain(self, cases: CaseQuerySet, ground: str, *, exit: str, basis: Rest, reason: str) -> int:
        turn, alike = self.turn, _alike(self.area, ground)
        columns = {
            "state": State.ENDED.value,
            "closed_at": turn.at,
            "closed_by_id": turn.by.pk,
            "exit": exit,
            "closing_reason": reason,
        }
        asked, params = cases.filter(**alike, source_key=None).values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM mass_ended")
            cursor.execute(
                f"INSERT INTO mass_ended (case_id) SELECT id FROM {CASE} WHERE id IN ({asked}) ORDER BY id",
                params,
            )
            cursor.execute(
                f"SELECT count(*) FROM mass_ended e JOIN {CASE} c ON c.id = e.case_id JOIN {PERSON} p"
                " ON p.id = c.person_id LEFT JOIN mass_hit h ON h.person_id = coalesce(p.merged_into_id, p.id)"
                " WHERE h.person_id IS NULL"
            )
            if cursor.fetchone()[0]:
                raise falling.Grown()
            # Before the state: the database refuses an ending that rests on nothing.
            cursor.execute(
                f"INSERT INTO {RESTS} (case_id, fact, key) SELECT case_id, %s, %s FROM mass_ended ORDER BY case_id",
                basis,
            )
            cursor.execute(
                f"UPDATE mass_ended SET basis_id = b.id FROM {RESTS} b"
                " WHERE b.case_id = mass_ended.case_id AND b.fact = %s AND b.key = %s",
                basis,
            )
            changed = ", ".join(f"{name} = %s" for name in columns)
            cursor.execute(
                f"UPDATE {CASE} SET {changed} WHERE id IN (SELECT case_id FROM mass_ended)",
                list(map(stored, columns.values())),
            )
            ended = int(cursor.rowcount)
        if ended:
            self._record({**alike, **columns}, basis)
        return ended

    def _record(self, columns: dict[str, Any], basis: Rest) -> None:
        epoch = dialect().epoch_us
        varying = {name: f"coalesce(CAST(c.{name} AS text), 'null')" for name in NUMBERS}
        varying |= {name: f"coalesce(CAST({epoch.format(f'c.{name}')} AS text), 'null')" for name in INSTANTS}
        varying["began_on"] = json_day("c.began_on")
        fact, key = basis
        rests = bulk.Made({"fact": fact, "key": key}, {"case_id": "c.id"})
        bulk.record_selected(
            connection,
            "case.ended",
            by=self.turn.by,
            at=self.turn.at,
            about=Case,
            key="c.id",
            person=dialect().opaque_id.format("p.public_id"),
            body={"ground": columns["ground"], "exit": columns["exit"], "basis": (f"{fact.lower()}:{key}",)},
            made=bulk.Made(columns, varying),
            also=((Basis, "e.basis_id", rests),),
            rows=f"FROM mass_ended e JOIN {CASE} c ON c.id = e.case_id JOIN {PERSON} p ON p.id = c.person_id"
            " ORDER BY c.id",
        )


@contextmanager
def closing(reached: QuerySet[Any], area: RiskArea, *, by: User, at: datetime, act: str) -> Iterator[Closing]:
    """Lock records, `reached` by key, and those they are merged into; turn the codes of whoever is better off."""
    with transaction.atomic(), _tables(reached), connection.cursor() as cursor:
        at = mass.lock(cursor, at)
        book = RuleBook.objects.in_force(at)
        mass.note_colours(cursor, book, "before")
        progress.report(0.2)
        turn = Turn(by, at, act, book, {})
        yield Closing(area, turn)
        progress.report(0.7)
        mass.note_colours(cursor, book, "after")
        _write_transitions(cursor, turn)
        ledger.record_all(turn.entries, by=by, at=at)


def _alike(area: RiskArea, ground: str) -> dict[str, Any]:
    """Return the columns in which the cases of a ground that tracks opened on an area agree."""
    return {
        "risk_area_id": area.pk,
        "ground": ground,
        "channel": Channel.AUTOMATIC.value,
        "evidence_kind": EvidenceKind.TRACK.value,
        "evidence_ref": f"area:{area.pk}",
        "plan_kind": "",
        "plan_address": "",
    }


@contextmanager
def _tables(reached: QuerySet[Any]) -> Iterator[None]:
    """Keep in tables of this transaction who is reached, and what ends."""
    try:
        sql, params = reached.query.sql_with_params()
    except EmptyResultSet:  # nobody, and Django knows it
        sql, params = f"SELECT id FROM {PERSON} WHERE 1 = 0", ()
    planner_statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE mass_hit (person_id bigint PRIMARY KEY, opaque_id text,"
            " before integer NOT NULL DEFAULT 0, after integer NOT NULL DEFAULT 0, case_id bigint)"
        )
        cursor.execute("CREATE TEMPORARY TABLE mass_ended (case_id bigint PRIMARY KEY, basis_id bigint)")
        # Read and counted first: of a set whose size it cannot tell, the planner reads everybody to find a few.
        cursor.execute("CREATE TEMPORARY TABLE mass_reached (id bigint)")
        cursor.execute(f"INSERT INTO mass_reached {sql}", params)
        mass.analyse(cursor, "mass_reached")
        cursor.execute(
            f"INSERT INTO mass_hit (person_id, opaque_id) SELECT p.id, {dialect().opaque_id.format('p.public_id')}"
            f" FROM (SELECT DISTINCT coalesce(p.merged_into_id, p.id) AS root FROM mass_reached r JOIN {PERSON} p"
            f" ON p.id = r.id) AS found JOIN {PERSON} p ON p.id = found.root ORDER BY p.id"
        )
        cursor.execute("DROP TABLE mass_reached")
        mass.analyse(cursor)
        try:
            yield
        finally:
            # A transaction that failed takes no more statements, and its rollback drops the tables anyway.
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE mass_hit")
                cursor.execute("DROP TABLE mass_ended")


def _write_transitions(cursor: Any, turn: Turn) -> None:
    """Write what turned, each naming the gravest case of the human that ended in the act."""
    grounds = turn.book.policy.grounds
    whens = " ".join(f"WHEN '{key}' THEN {ground.colour.gravity}" for key, ground in grounds.items())
    cursor.execute(
        f"UPDATE mass_hit SET case_id = (SELECT c.id FROM {CASE} c WHERE c.person_id IN (SELECT p.id FROM {PERSON} p"
        f" WHERE p.id = mass_hit.person_id OR p.merged_into_id = mass_hit.person_id) AND c.state = 'ENDED'"
        f" AND c.closed_at = %s ORDER BY CASE c.ground {whens} ELSE 0 END DESC, c.id LIMIT 1) WHERE before <> after",
        [stored(turn.at)],
    )
    mass.analyse(cursor)
    exits = turn.book.policy.exits
    cursor.execute(f"SELECT DISTINCT c.exit FROM mass_hit h JOIN {CASE} c ON c.id = h.case_id")
    clauses = {key: exits[key].clause for (key,) in cursor.fetchall() if key in exits}
    of_gravity = {colour.gravity: colour.value for colour in (Colour.GREEN, Colour.YELLOW, Colour.RED)}
    colour = "CASE {} " + " ".join(f"WHEN {one} THEN '{value}'" for one, value in of_gravity.items()) + " END"
    clause = " ".join(f"WHEN '{exit}' THEN '{text}'" for exit, text in clauses.items())
    columns = {
        "at": stored(turn.at),
        "act": turn.act,
        "rule_book_id": turn.book.pk,
        "actor_id": turn.by.pk,
        "office_id": turn.by.office_id,
    }
    cursor.execute(
        f"INSERT INTO {TURNED} (person_id, case_id, from_colour, to_colour, clause, {', '.join(columns)})"
        f" SELECT h.person_id, h.case_id, {colour.format('h.before')}, {colour.format('h.after')},"
        f" {f'CASE c.exit {clause} ELSE %s END' if clause else '%s'}, {', '.join(['%s'] * len(columns))}"
        f" FROM mass_hit h JOIN {CASE} c ON c.id = h.case_id ORDER BY h.person_id",
        ["", *columns.values()],
    )
    _record_transitions(cursor, turn)


def _record_transitions(cursor: Any, turn: Turn) -> None:
    """Write an event for each code that turned, those that say the same by one statement."""
    cursor.execute(
        f"SELECT DISTINCT from_colour, to_colour, clause FROM {TURNED} WHERE at = %s AND person_id IN"
        " (SELECT person_id FROM mass_hit WHERE case_id IS NOT NULL)",
        [stored(turn.at)],
    )
    for before, after, text in cursor.fetchall():
        bulk.record_selected(
            connection,
            "code.turned",
            by=turn.by,
            at=turn.at,
            about=Case,
            key="t.case_id",
            person="h.opaque_id",
            body={"from": before, "to": after, "act": turn.act, "clause": text},
            rows=f"FROM mass_hit h JOIN {TURNED} t ON t.person_id = h.person_id AND t.at = %s"
            " WHERE t.from_colour = %s AND t.to_colour = %s AND t.clause = %s ORDER BY h.person_id",
            params=[stored(turn.at), before, after, text],
        )
