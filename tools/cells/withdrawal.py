"""Facts taken back: a listing that bore a tenth of everybody, and a delivery of results that ended as many yellows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, models, transaction

from cases.models import (
    AreaChange,
    Basis,
    Batch,
    Case,
    ControlOrder,
    Fact,
    LabResult,
    OrderCase,
    Person,
    RiskArea,
    Transition,
)
from cases.models.results import Origin, Outcome
from cases.services import areas
from cases.services.areas import changes
from cases.services.deliveries import batches
from cases.services.engine.codes import turning
from healthcode.core.audit import takeover
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tools.cells import mass
from tools.timing import Cell, in_turn

LATER = timedelta(hours=1)
REPETITIONS = 2
GOAL = 0.5
WRITTEN = (LabResult, Case, Basis, Transition, ControlOrder, OrderCase, Event)
CHANGED: dict[type[models.Model], tuple[str, ...]] = {
    Case: ("state", "exit", "closing_reason", "closed_at", "closed_by_id"),
    ControlOrder: ("ended_at", "ended_by_id", "ending"),
}


def withdrawing(scale: int) -> Iterator[Cell]:
    """Withdraw what a tenth of `scale` persons rest on, each round rolled back."""
    users, number = mass.set_up(), scale // 10
    with transaction.atomic():
        mass.everybody(number, users["telecom"], first=scale, clean=False, reached=1)
        takeover.take_over(Person, by=users["duty.city"], at=mass.NOW)
        for variant, severe in (("yellow", {}), ("red_with_orders", {"severe": True})):
            with _undoing():
                yield _cell(f"listing_{variant}", number, _withdraw(_open(users, **severe), users))
        with _undoing():
            # The endings are asked again one by one, in Python, with the facts of many read at once: no goal of sets.
            act = _undo(_ended_by_delivery(_open(users), users), users)
            yield _cell("results_of_endings", number, act, goal=0.0)
        transaction.set_rollback(True)


def _open(users: dict[str, User], **fields: Any) -> RiskArea:
    area = mass.area_of(users, **fields)
    takeover.take_over(RiskArea, by=users["duty.city"], at=mass.NOW)
    areas.match(area, by=users["duty.xinchang"], at=mass.NOW)
    return area


def _withdraw(area: RiskArea, users: dict[str, User]) -> Callable[[], object]:
    change = changes.propose(
        area, AreaChange.Kind.WITHDRAW, reason="bench", by=users["duty.city"], at=mass.NOW + LATER
    )
    return lambda: changes.decide(
        AreaChange.objects.get(pk=change.pk), approve=True, by=users["duty.deputy"], at=mass.NOW + 2 * LATER
    )


def _ended_by_delivery(area: RiskArea, users: dict[str, User]) -> Batch:
    """End the area's yellows on the results of one delivery."""
    clerk, at = users["service.xinchang"], mass.NOW + LATER
    batch = Batch.objects.create(
        kind="RESULTS",
        state=Batch.State.APPLIED.value,
        file_name="results.csv",
        sha256="0" * 64,
        office=clerk.office,
        delivered_by=clerk,
        delivered_at=at,
    )
    cases = list(Case.objects.open().filter(risk_area=area).select_related("person").order_by("person"))
    with turning([case.person for case in cases], by=clerk, at=at, act="result.entered") as turn:
        rows = LabResult.objects.bulk_create(
            LabResult(
                person=case.person,
                sampled_at=at,
                outcome=Outcome.NEGATIVE.value,
                laboratory="bench",
                report_number=f"R{case.pk}",
                origin=Origin.OWN.value,
                entered_by=clerk,
                office=clerk.office,
                entered_at=turn.at,
                batch=batch,
            )
            for case in cases
        )
        for row in rows:
            turn.record("result.entered", row, outcome=row.outcome)
        basis = {case.pk: [(Fact.RESULT.value, row.pk)] for case, row in zip(cases, rows, strict=True)}
        turn.end(*cases, exit="TESTED_NEGATIVE", basis=basis)
    return batch


def _undo(batch: Batch, users: dict[str, User]) -> Callable[[], object]:
    undo = batches.propose_undo(batch, reason="bench", by=users["service.xinchang"], at=mass.NOW + 2 * LATER)
    return lambda: batches.decide_undo(
        type(undo).objects.get(pk=undo.pk), approve=True, by=users["duty.city"], at=mass.NOW + 3 * LATER
    )


def _cell(variant: str, number: int, act: Callable[[], object], *, goal: float = GOAL) -> Cell:
    """Compare an act with the rows it writes and changes, each table written and changed by one bare statement."""
    prepared = _prepare(act)
    took, bare = in_turn(mass.undone(act), mass.undone(partial(_bare, prepared)), repetitions=REPETITIONS)
    return Cell("withdrawal", variant, number, took, "bare_statements", bare, goal)


def _prepare(act: Callable[[], object]) -> list[str]:
    """Do the act once, keep in tables what it wrote and changed, and undo it; return the bare statements."""
    last = {model: _last(model) for model in WRITTEN}
    kept: list[tuple[str, list[str], list[Any]]] = []
    with connection.cursor() as cursor:
        for model, columns in CHANGED.items():
            table = model._meta.db_table
            cursor.execute(f"CREATE TEMPORARY TABLE was_{table} AS SELECT id, {columns[0]} FROM {table}")
        with _undoing():
            act()
            for model in WRITTEN:
                table = model._meta.db_table
                cursor.execute(f"SELECT * FROM {table} WHERE id > %s ORDER BY id", [last[model]])
                kept.append((table, [one[0] for one in cursor.description], cursor.fetchall()))
            for model, columns in CHANGED.items():
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT t.id, {', '.join(f't.{one}' for one in columns)} FROM {table} t JOIN was_{table} w"
                    f" ON w.id = t.id AND t.{columns[0]} IS DISTINCT FROM w.{columns[0]}"
                )
                kept.append((table, ["id", *columns], cursor.fetchall()))
        return [_statement(cursor, number, *one) for number, one in enumerate(kept)]


def _statement(cursor: Any, number: int, table: str, columns: list[str], rows: list[Any]) -> str:
    """Put rows into a table of their own; return the statement that writes them, or changes the ones there are."""
    copy, names = f"bare_{number}", ", ".join(columns)
    cursor.execute(f"CREATE TEMPORARY TABLE {copy} AS SELECT {names} FROM {table} WHERE id < 0")
    cursor.executemany(f"INSERT INTO {copy} VALUES ({', '.join(['%s'] * len(columns))})", rows)
    if number < len(WRITTEN):
        return f"INSERT INTO {table} ({names}) SELECT {names} FROM {copy}"
    values = ", ".join(f"{one} = {copy}.{one}" for one in columns[1:])
    return f"UPDATE {table} SET {values} FROM {copy} WHERE {copy}.id = {table}.id"


def _bare(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _last(model: type[models.Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


@contextmanager
def _undoing() -> Iterator[None]:
    """Run a block in a savepoint of its own that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
