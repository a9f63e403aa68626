"""What a format is: its columns, and the one service that applies a row of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cases.feeds import cells, columns, templates
from cases.feeds.cells import PartialReader
from cases.feeds.columns import Column
from cases.feeds.rows import TableRow
from cases.models import Batch, Case, Declaration, LabResult
from cases.models.batches import Kind
from cases.services.engine.refusals import Refusal
from healthcode.core.offices import stored_refusals
from healthcode.core.offices.models import User

RECORD = {"记录编号": "record"}
# What a form has a tick or a field of another name for, a row says in this column.
COLUMN_OF = {"same_person": "name", "risk_area": "area"}
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    """The delivery that rows belong to: whose, when, and how many of them rest on one ground and evidence."""

    batch: Batch
    by: User
    at: datetime
    together: Mapping[tuple[str, str], int] = field(default_factory=dict)
    same_person: bool = False  # somebody found a name that is nearly the registered one to be theirs


def _no_key(cells: Cells, delivery: Delivery) -> str:
    return ""


def _record(cells: Cells) -> str:
    return cells.get("record", "")


ApplyAll = Callable[[Sequence[TableRow], Delivery], Mapping[int, Exception]]
ApplyTogether = Callable[[Sequence[TableRow], Delivery], set[int]]


@dataclass(frozen=True)
class Format:
    """One kind of delivery: the words of its heading, what a row must say, and what applies a row."""

    kind: Kind
    columns: Mapping[str, str]
    required: Sequence[str]
    apply: Callable[[Cells, Delivery], object]
    limit: int = 200_000
    # Ground and evidence of a row, where many may be coded at once.
    rests_on: Callable[[Cells], tuple[str, str] | None] | None = None
    # Applies a whole set instead of row by row, where there are millions; returns what is wrong with which row.
    apply_all: ApplyAll | None = None
    # Applies those rows of a chunk in one act that no rule has a word on; returns which. The others go one by one.
    apply_together: ApplyTogether | None = None
    # The number under which the source knows a row again; empty: what the row says.
    number: Callable[[Cells], str] = _record
    # What a row that is known by its number says again, where no case came of it; and of a set, that keeps it itself.
    known: Callable[[Cells, Batch], Sequence[Case | LabResult | Declaration]] | None = None
    # Lets what a row did before rest on this delivery too, where that is an ending.
    again: Callable[[Cells, Delivery], object] | None = None
    repeat_all: Callable[[Sequence[TableRow], Delivery], object] | None = None
    source_key: Callable[[Cells, Delivery], str] = _no_key  # by which its source releases it
    # What is wrong with a row that comes back, beside its cells: whatever can be told of those that can be read.
    faults: Callable[[PartialReader, Delivery], Iterable[Refusal]] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)  # what forms and offices call a column too
    takes: Mapping[str, Column] = field(default_factory=dict)  # what each column takes, by its name
    # Which column a field of a service is that has another name.
    column_of: Mapping[str, str] = field(default_factory=lambda: COLUMN_OF)
    sealed_end: bool = False  # machines declare rows and hash, or close with a trailer

    def word_of(self, name: str) -> str:
        """Return what the file's heading calls a column; nothing of what no column says."""
        return next((word for word, known in self.columns.items() if known == name), "")

    def with_all_faults(self, refusal: Refusal, row: TableRow, delivery: Delivery) -> Refusal:
        """Return why a row comes back, with all that is wrong in its cells and with what they say."""
        found: list[Refusal] = list(cells.faults_of_form(row))
        if row.is_shifted:
            return next(one for one in found if not one.field)
        of_form = {one.field for one in found}
        of_columns = columns.faults(row.cells, self.takes, self.required)
        found += [one for one in of_columns if one.field not in of_form]
        if self.faults is not None:
            of_cells = {one.field for one in found} - {""}
            more = self.faults(cells.PartialReader(row), delivery)
            if refusal.asks:  # what came of the row before is why somebody is asked, and no fault of it
                more = (one for one in more if one.known is None)
            found += [one for one in more if self._column_of(one) not in of_cells]
        for one in (*found, *refusal.parts):
            one.field = self._column_of(one)
        if refusal.asks and all(one.asks for one in found):
            return refusal
        return columns.with_all(refusal, found, self.word_of)

    def _column_of(self, refusal: Refusal) -> str:
        return self.column_of.get(refusal.field, refusal.field)

    def stored(self, refusal: Refusal) -> list[stored_refusals.Stored]:
        """Return what is stored of a refused row: each of its faults, with the word of its column."""
        return [stored_refusals.to_json(one) | {"column": self.word_of(one.field)} for one in refusal.parts]

    @property
    def helps(self) -> list[templates.Help]:
        """Return what to write in each column."""
        return templates.helps(self.columns, self.takes, self.required)

    @property
    def act(self) -> str:
        """Return the row of the role table that lets somebody deliver this."""
        return f"batch.{self.kind.value.lower()}"
