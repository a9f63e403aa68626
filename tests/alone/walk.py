"""All sequences of acts that one account can do from a situation, each rolled back.

What leads nowhere new is not gone on from. With a `sample`, one sequence of acts chosen at random.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, models, transaction

from cases import tasks
from cases.feeds import deliveries
from cases.models import Batch, Case, ClinicVisit, ControlOrder, LabResult, NumberChange, Person
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS, open_to
from complaints import operations as desk
from complaints.models import Ticket
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.roles import ACTS
from tests.alone.forms import COSMETIC, Filled, Typist, is_hopeless
from tests.alone.judge import Shown, faults

Offer = tuple[Any, type[Operation]]
TRIES = 3  # of what a sample may choose from
STEP = timedelta(minutes=10)
# What only looks, or is written about somebody and decides nothing.
IDLE = {"unmask", "log-health", "transport", "enter-document", "answer-red-scan"}
# What a stranger is there for: their result, their number, their record.
OF_STRANGERS = {
    "enter-result",
    "verify-report",
    "correct-result",
    "move-result",
    "correct",
    "merge",
    "decide-number",
}
# The rows whose times decide, to the hour; of all others that something is there.
TIMED = {LabResult: ("sampled_at",), ClinicVisit: ("visited_at",), ControlOrder: ("until",)}
UNTOLD = {
    "LookUp",
    "HealthLog",
    "Transport",
    "GateCheck",
    "Transition",
    "Venue",
    "GroundChannel",
    "BatchPart",
    "Basis",
}
EXACT = {"document_index", "exit", "pool_size"}


@dataclass(frozen=True)
class Act:
    """One filled form of one account."""

    operation: type[Operation]
    subject: Any
    typed: Filled

    def __str__(self) -> str:
        typed = {name: value for name, value in self.typed.items() if name != "file"}
        return f"{self.operation.name} {self.subject or ''} {typed}"


@dataclass
class World:
    """A situation: its people, when it is, and the files that its account could send by kind."""

    people: list[Person]
    at: datetime
    files: dict[str, list[bytes]] = field(default_factory=dict)
    tickets: list[Ticket] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        return [person.document_index for person in self.people if person.document_index]


@dataclass
class Walk:
    """Walk on from a situation with one account, `longest` acts deep."""

    world: World
    by: User
    longest: int
    sample: "Sample | None" = None
    found: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    sequences: int = 0
    met: set[int] = field(default_factory=set)

    def go(self) -> "Walk":
        with mock.patch.object(tasks, "begin", self._begin):
            self.batches: list[Batch] = []
            start = State.now()
            self.met.add(hash(start))
            self._on((), start)
        return self

    def _begin(self, batch: Batch) -> None:
        self.batches.append(batch)

    def _on(self, before: tuple[Act, ...], here: "State | None" = None) -> None:
        depth, at = len(before), self.world.at + STEP * (len(before) + 1)
        here = here or State.now()
        shown = Shown.now(self.world.numbers, at)
        for act in self.acts(at, depth):
            self.sequences += 1
            self.tried[act.operation.name] += 1
            with undone(), writing() as written:
                if not self.happens(act, at):
                    continue
                self.done[act.operation.name] += 1
                if written & DECIDING:
                    self._judge((*before, act), shown, at)
                if depth + 1 < self.longest and written & TABLES.keys():
                    self._go_on((*before, act), here.after(written))
            if self.sample and self.sample.is_taken(act, self.by):
                return

    def _go_on(self, acts: tuple[Act, ...], there: "State") -> None:
        if hash(there) not in self.met:
            self.met.add(hash(there))
            self._on(acts, there)

    def _judge(self, acts: tuple[Act, ...], before: Shown, at: datetime) -> None:
        after = Shown.now(self.world.numbers, at + STEP / 2)
        for fault in faults(before, after, self.by):
            self.found.append(f"{self.by.username}: {fault}, by " + " · ".join(map(str, acts)))

    def happens(self, act: Act, at: datetime) -> bool:
        """Do an act as a page or the API would; tell whether it was taken."""
        files = {"file": act.typed["file"]} if "file" in act.typed else {}
        form = act.operation(act.typed, files=files, subject=fresh(act.subject), by=self.by, at=at)
        if not form.is_valid():
            return False
        try:
            with transaction.atomic():
                form.perform(seen=None)
        except Refusal:
            return False
        while self.batches:
            deliveries.work(self.batches.pop(), clock=lambda: at)
        return True

    def acts(self, at: datetime, depth: int) -> Iterator[Act]:
        """Yield everything that this account is offered now, filled in in each way."""
        typist = Typist(self.world.people, at, depth, self.world.files)
        offered = [pair for pair in self._offered(at) if self._leads_on(pair[1], pair[0], depth)]
        for subject, operation in self.sample.order(offered, self.by) if self.sample else offered:
            form = operation(subject=subject, by=self.by, at=at)
            if is_hopeless(form) or (form.is_multipart() and not self.world.files):
                continue
            fillings = typist.fillings(form)
            for typed in self.sample.some(fillings) if self.sample else fillings:
                yield Act(operation, subject, typed)

    def _leads_on(self, operation: type[Operation], subject: Any, depth: int) -> bool:
        """Tell whether an act could be part of a way: what waits for somebody else is no way's last act of three."""
        if operation.name in IDLE or (self._is_stranger(subject) and operation.name not in OF_STRANGERS):
            return False
        return depth < 2 or (operation.name not in {"register", "look-up"} and not _waits(operation))

    def _is_stranger(self, subject: Any) -> bool:
        return isinstance(subject, Person) and subject.pk == self.world.people[-1].pk

    def _offered(self, at: datetime) -> Iterator[Offer]:
        for operation in DESK_OPERATIONS:
            if self.by.may(operation.act):
                yield None, operation
        for person in self.world.people:
            now = Person.objects.filter(pk=person.pk, erased_at=None).first()
            if now is not None:
                yield from ((now, one) for one in open_to(PERSON_OPERATIONS, now, by=self.by, at=at))
        for ticket in self.world.tickets:
            there = fresh(ticket)
            yield from ((there, one) for one in desk.open_to(there, by=self.by, at=at))


@dataclass
class Sample:
    """Chooses acts at random, what a role has done least first."""

    random: Random
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def order(self, offered: list[Offer], by: User) -> list[Offer]:
        """Return some of what is offered, in the order in which it is tried until one is taken."""
        self.random.shuffle(offered)
        return sorted(offered, key=lambda pair: self.taken[by.role, pair[1].name])[:TRIES]

    def some(self, fillings: Iterator[Filled]) -> list[Filled]:
        there = list(fillings)
        return self.random.sample(there, min(TRIES, len(there)))

    def is_taken(self, act: Act, by: User) -> bool:
        """Count an act that was taken: the sequence goes on from it alone."""
        self.taken[by.role, act.operation.name] += 1
        return True


def _waits(operation: type[Operation]) -> bool:
    """Tell whether all of an act waits for a second person by the role table."""
    seconds = ACTS[operation.act].seconds
    return (
        bool(seconds) and not any(second.what for second in seconds) and not issubclass(operation, Deciding)
    )


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk) if row is not None else None


@contextmanager
def undone() -> Iterator[None]:
    """Undo what happens inside; a delivery is worked on as if it were in no transaction."""
    inside = transaction.atomic()
    inside._from_testcase = True
    with inside:
        yield
        transaction.set_rollback(True)


@contextmanager
def writing() -> Iterator[set[str]]:
    """Collect the tables that are written to."""
    written: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            written.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


@dataclass(frozen=True)
class State:
    """What stands, table by table: two sequences that lead to the same need not both be gone on from."""

    tables: tuple[tuple[str, int], ...]

    @classmethod
    def now(cls) -> "State":
        return cls(tuple((table, _read(TABLES[table])) for table in sorted(TABLES)))

    def after(self, written: set[str]) -> "State":
        """Return what stands now that these tables were written to."""
        return State(
            tuple((table, _read(TABLES[table]) if table in written else read) for table, read in self.tables)
        )


def _read(model: type[models.Model]) -> int:
    return hash(tuple(sorted(_rows(model))))


def _rows(model: type[models.Model]) -> Iterator[str]:
    fields = model._meta.concrete_fields
    told = [one.attname for one in fields if _decides(one)]
    filled = [one.attname for one in fields if isinstance(one, models.DateTimeField) and one.null]
    times = TIMED.get(model, ())
    for row in model._default_manager.values_list(*times, *told, *filled):
        count = len(times) + len(told)
        exact = [f"{value:%d%H}" if value else "" for value in row[: len(times)]]
        yield repr((exact, row[len(times) : count], [value is None for value in row[count:]]))


def _decides(one: models.Field[Any, Any]) -> bool:
    if one.name in COSMETIC or one.name == "reading":
        return False
    chosen = isinstance(one, models.ForeignKey | models.BooleanField) or bool(one.choices)
    return chosen or one.name in EXACT


WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
TABLES: dict[str, type[models.Model]] = {
    model._meta.db_table: model
    for label in ("cases", "complaints")
    for model in apps.get_app_config(label).get_models()
    if model.__name__ not in UNTOLD
}
# Only where one of these changes can a code be lighter, or somebody else's.
DECIDING = {model._meta.db_table for model in (Case, Person, NumberChange)}
