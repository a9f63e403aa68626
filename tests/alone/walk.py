"""All sequences of acts that one account can do from a situation, each rolled back.

What leads nowhere new is not gone on from, and an act that reads nothing which the one before it has changed is not
tried after it: it does what it did without it. With a `sample`, one sequence of acts chosen at random.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest import mock

from django.db import transaction

from cases import tasks
from cases.feeds import deliveries
from cases.models import Batch, Person
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS, open_to
from complaints import operations as desk
from complaints.models import Ticket
from healthcode.core.acts.base import Operation, prepare
from healthcode.core.acts.fields import Deciding
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.roles import ACTS, reach
from tests.alone.forms import Filled, Typist, is_hopeless
from tests.alone.judge import Codes, faults
from tests.alone.state import DECIDING, TABLES, State, touching

Offer = tuple[Any, type[Operation]]
Kind = tuple[str, type[Operation]]  # of an act: about whom, and what
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


@dataclass(frozen=True)
class Act:
    """One filled form of one account."""

    operation: type[Operation]
    subject: Any
    typed: Filled

    @property
    def kind(self) -> Kind:
        return kind_of(self.subject, self.operation)

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
            self._on((), Place(start))
        return self

    def _begin(self, batch: Batch) -> None:
        self.batches.append(batch)

    def _on(self, before: tuple[Act, ...], here: "Place") -> None:
        depth, at = len(before), self.world.at + STEP * (len(before) + 1)
        moment = Codes.now(self.world.numbers, at)
        is_last = depth + 1 == self.longest
        for act in self.acts(at, depth, here, is_last=is_last):
            self.sequences += 1
            self.tried[act.operation.name] += 1
            with undone(), touching(here.reads[act.kind]) as written:
                if not self.happens(act, at):
                    continue
                self.done[act.operation.name] += 1
                if written & DECIDING:
                    self._judge((*before, act), moment, at)
                if not is_last and written & TABLES.keys():
                    self._go_on((*before, act), here.after(act.kind, written))
            if self.sample and self.sample.is_taken(act, self.by):
                return

    def _go_on(self, acts: tuple[Act, ...], there: "Place") -> None:
        if hash(there.state) not in self.met:
            self.met.add(hash(there.state))
            self._on(acts, there)

    def _judge(self, acts: tuple[Act, ...], before: Codes, at: datetime) -> None:
        after = Codes.now(self.world.numbers, at + STEP / 2)
        for fault in faults(before, after, self.by):
            self.found.append(f"{self.by.username}: {fault}, by " + " · ".join(map(str, acts)))

    def happens(self, act: Act, at: datetime) -> bool:
        """Do an act as a page or the API would; tell whether it was taken."""
        files = {"file": act.typed["file"]} if "file" in act.typed else {}
        form = act.operation(act.typed, files=files, subject=fresh(act.subject), by=self.by, at=at)
        if not form.is_valid():
            return False
        if not prepare(form):
            return False
        try:
            with transaction.atomic():
                form.perform(seen=None)
        except Refusal:
            return False
        while self.batches:
            deliveries.work(self.batches.pop(), clock=lambda: at)
        return True

    def acts(self, at: datetime, depth: int, here: "Place", *, is_last: bool) -> Iterator[Act]:
        """Yield everything that this account is offered now and that may do something new, filled in in each way."""
        typist = Typist(self.world.people, at, depth, self.world.files)
        offered = [
            (subject, operation)
            for subject, operation in self._subjects(at)
            if self._leads_on(operation, subject, depth)
            if self.sample or not here.has_seen(kind_of(subject, operation), is_last=is_last)
            if self._is_offered(subject, operation, at, here)
        ]
        for subject, operation in self.sample.order(offered, self.by) if self.sample else offered:
            with touching(here.reads[kind_of(subject, operation)]):
                form = operation(subject=subject, by=self.by, at=at)
                if is_hopeless(form) or (form.is_multipart() and not self.world.files):
                    continue
                fillings = list(typist.fillings(form))
            for typed in self.sample.some(fillings) if self.sample else fillings:
                yield Act(operation, subject, typed)

    def _leads_on(self, operation: type[Operation], subject: Any, depth: int) -> bool:
        """Tell whether an act could be part of a way: what waits for somebody else is no way's last act of three."""
        if operation.name in IDLE or (self._is_stranger(subject) and operation.name not in OF_STRANGERS):
            return False
        return depth < 2 or (operation.name not in {"register", "look-up"} and not _waits(operation))

    def _is_stranger(self, subject: Any) -> bool:
        return isinstance(subject, Person) and subject.pk == self.world.people[-1].pk

    def _subjects(self, at: datetime) -> Iterator[Offer]:
        """Yield whatever this account could be offered at all, by its role."""
        yield from ((None, one) for one in DESK_OPERATIONS if self.by.may(one.act))
        mine = [one for one in PERSON_OPERATIONS if reach(self.by.role, one.act)]
        for person in self.world.people:
            now = Person.objects.filter(pk=person.pk, erased_at=None).first()
            if now is not None:
                yield from ((now, one) for one in mine)
        for ticket in self.world.tickets:
            there = fresh(ticket)
            yield from ((there, one) for one in desk.open_to(there, by=self.by, at=at))

    def _is_offered(self, subject: Any, operation: type[Operation], at: datetime, here: "Place") -> bool:
        if not isinstance(subject, Person):
            return True
        with touching(here.reads[kind_of(subject, operation)]):
            return bool(open_to((operation,), subject, by=self.by, at=at))


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


def kind_of(subject: Any, operation: type[Operation]) -> Kind:
    return f"{type(subject).__name__} {getattr(subject, 'pk', '')}", operation


@dataclass
class Place:
    """Where a sequence has led: what stands, what each kind of act reads there, and what the last one has changed."""

    state: State
    reads: defaultdict[Kind, set[str]] = field(default_factory=lambda: defaultdict(set))
    changed: frozenset[str] = frozenset()
    before: "Place | None" = None
    last: Kind | None = None

    def after(self, kind: Kind, written: set[str]) -> "Place":
        state = self.state.after(written)
        changed = {one[0] for one, other in zip(state.tables, self.state.tables, strict=True) if one != other}
        reads = defaultdict(set, {kind: set(read) for kind, read in self.reads.items()})
        return Place(state, reads, frozenset(changed), self, kind)

    def has_seen(self, kind: Kind, *, is_last: bool) -> bool:
        """Tell whether an act does here what it did where the last one had not happened.

        Two that touch nothing of each other's are gone on from in one order alone: where both are needed for a third.
        """
        if self.before is None or self.before.reads[kind] & self.changed:
            return False
        kinds = list(self.before.reads)
        return is_last or kinds.index(kind) <= kinds.index(self.last)
