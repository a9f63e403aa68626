"""Apply rows: each once, under the number its source gave it, in key order, so that two deliveries never deadlock."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells, repeating, unstorable
from cases.feeds.formats import ApplyAll, Delivery, Format
from cases.feeds.kinds import FORMATS
from cases.feeds.rows import TableRow
from cases.models import Batch, Case, Person, SourceRecord
from cases.models.cases import State
from cases.services.engine import counting, in_force
from cases.services.engine.appending import append
from cases.services.engine.refusals import Refusal
from healthcode.core import vault

CHUNK, SET = 100, 5000
KNOWN = "known"  # a row that was applied before


@dataclass(frozen=True)
class Accepted:
    """A row was applied; what came of it, where that is a case."""

    case: Case | None = None


class OtherContent(Refusal):
    code = "deliveries.record.other_content"
    message = _("This record number was taken before with other content: somebody has to look.")
    field = "record"
    asks = True


def size_of(batch: Batch) -> int:
    """Return how many rows go into one transaction."""
    return SET if FORMATS[batch.kind].apply_all else CHUNK


class Rehearsed:
    """The contents of the rows a rehearsal has passed, by record key: it rolls back the records that say so.

    In a temporary file of its own, which holds blind indexes alone: in memory five million rows take over a gigabyte.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("")  # gone when it is closed
        self._file.execute("CREATE TABLE passed (key TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, records: Iterable[tuple[str, str]]) -> None:
        """Add keys and contents; of one key the last content counts."""
        self._file.executemany("INSERT OR REPLACE INTO passed VALUES (?, ?)", records)

    def among(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the contents of those keys that were passed."""
        found = (
            self._file.execute("SELECT key, content FROM passed WHERE key = ?", (key,)).fetchone()
            for key in keys
        )
        return dict(row for row in found if row is not None)


def apply_chunk(
    chunk: Sequence[TableRow], delivery: Delivery, rehearsed: Rehearsed | None = None
) -> dict[int, Any]:
    """Apply rows inside one transaction; return by row number Accepted, KNOWN, or the refusal it comes back with."""
    batch = delivery.batch
    keys = {row.number: key_of(row, batch) for row in chunk}
    names = {key for key, _content in keys.values()}
    found = {record.key: record for record in _records(batch, names).select_related("case", "batch")}
    records = {key: record for key, record in found.items() if not _is_voided(record)}
    known = rehearsed.among(names) if rehearsed else {}
    known |= {key: record.content for key, record in records.items()}
    outcome: dict[int, Any] = {}
    waiting = list(chunk)
    indexes = _lock([row for row in chunk if keys[row.number][0] not in known], FORMATS[batch.kind])
    while waiting:
        first, waiting = _first_of_each(waiting, keys, known, outcome)
        outcome |= _apply_rows(first, delivery, indexes)
        taken = (row for row in first if isinstance(outcome[row.number], Accepted))
        known |= dict(keys[row.number] for row in taken)
    outcome |= _with_faults(chunk, outcome, delivery)
    accepted = {row.number: outcome[row.number] for row in chunk if isinstance(outcome[row.number], Accepted)}
    of_others = {
        number: records[key]
        for number, (key, _content) in keys.items()
        if key in records and records[key].batch_id != batch.pk
    }
    repeating.keep(chunk, outcome, of_others, FORMATS[batch.kind], delivery)
    # Of a case that was voided the record is still there: the row counts anew, under the same number.
    if anew := {keys[number][0] for number in accepted} & (found.keys() - records.keys()):
        _records(batch, anew).delete()
    note(batch, ((*keys[number], one.case) for number, one in accepted.items()))
    return outcome


def _is_voided(record: SourceRecord) -> bool:
    return record.case is not None and record.case.state == State.VOIDED


def _first_of_each(
    rows: Sequence[TableRow],
    keys: Mapping[int, tuple[str, str]],
    known: Mapping[str, str],
    outcome: dict[int, Any],
) -> tuple[list[TableRow], list[TableRow]]:
    """Return of each number that is not known the first row, and what waits for what becomes of it."""
    first: dict[str, TableRow] = {}
    waiting = []
    for row in rows:
        key, content = keys[row.number]
        if key in known:
            outcome[row.number] = KNOWN if known[key] == content else OtherContent()
        elif first.setdefault(key, row) is not row:
            waiting.append(row)
    return list(first.values()), waiting


def _with_faults(
    rows: Sequence[TableRow], outcome: Mapping[int, Any], delivery: Delivery
) -> dict[int, Refusal]:
    """Return why rows wait that are known with other content, with all that would keep them from being taken."""
    kind = FORMATS[delivery.batch.kind]
    other = (row for row in rows if isinstance(outcome[row.number], OtherContent))
    return {row.number: _with_all_faults(outcome[row.number], row, kind, delivery) for row in other}


def note(batch: Batch, records: Iterable[tuple[str, str, Case | None]]) -> None:
    """Write down rows that were taken, by key and content: sent again they change nothing."""
    append(
        SourceRecord,
        ("office", "kind", "key", "content", "batch", "case"),
        (
            (batch.office_id, batch.kind, key, content, batch.pk, case.pk if case else None)
            for key, content, case in records
        ),
    )


def _records(batch: Batch, keys: set[str]) -> QuerySet[SourceRecord]:
    return SourceRecord.objects.filter(office=batch.office_id, kind=batch.kind, key__in=keys)


def _apply_rows(rows: Sequence[TableRow], delivery: Delivery, indexes: Mapping[int, str]) -> dict[int, Any]:
    kind = FORMATS[delivery.batch.kind]
    if kind.apply_all is not None:
        wrong = _apply_set(rows, kind.apply_all, delivery)
        return {row.number: wrong.get(row.number, Accepted()) for row in rows}
    rows = sorted(rows, key=lambda row: indexes[row.number])
    taken = _apply_together(rows, kind, delivery)
    return {row.number: Accepted() if row.number in taken else apply_row(row, kind, delivery) for row in rows}


def _apply_together(rows: Sequence[TableRow], kind: Format, delivery: Delivery) -> set[int]:
    """Apply what can go together; where something in it cannot, none of it: each row then says by itself what."""
    if kind.apply_together is None:
        return set()
    try:
        with transaction.atomic():
            return kind.apply_together(rows, delivery)
    except (Refusal, IntegrityError, *unstorable.ERRORS):
        return set()


def _apply_set(rows: Sequence[TableRow], apply_all: ApplyAll, delivery: Delivery) -> Mapping[int, Exception]:
    """Apply a set; where something in it cannot be stored, each half by itself, down to the row that it is."""
    try:
        with transaction.atomic():
            return apply_all(rows, delivery)
    except unstorable.ERRORS as error:
        if len(rows) == 1:
            return {rows[0].number: unstorable.refusal(error, about=_name_of(rows[0], delivery))}
    middle = len(rows) // 2
    halves = (_apply_set(half, apply_all, delivery) for half in (rows[:middle], rows[middle:]))
    return {number: wrong for half in halves for number, wrong in half.items()}


def apply_row(row: TableRow, kind: Format, delivery: Delivery) -> Any:
    """Apply one row in a transaction of its own; return Accepted, or the refusal it comes back with."""
    try:
        with transaction.atomic():
            cells.check_form(row)
            made = kind.apply(row.cells, delivery)
    except Refusal as refusal:
        return _with_all_faults(refusal, row, kind, delivery)
    except unstorable.ERRORS as error:
        return unstorable.refusal(error, about=_name_of(row, delivery))
    return Accepted(made if isinstance(made, Case) else None)


def _with_all_faults(refusal: Refusal, row: TableRow, kind: Format, delivery: Delivery) -> Refusal:
    try:
        with transaction.atomic():  # what cannot be stored breaks no more than this question
            return kind.with_all_faults(refusal, row, delivery)
    except unstorable.ERRORS as error:
        unstorable.refusal(error, about=_name_of(row, delivery))
        return refusal


def _name_of(row: TableRow, delivery: Delivery) -> str:
    return f"Row {row.number} of delivery {delivery.batch.pk}"


def _lock(rows: Sequence[TableRow], kind: Format) -> dict[int, str]:
    """Return the document keys by which rows are ordered, everybody known among them locked in key order.

    Two deliveries naming the same people in opposite orders would otherwise wait for each other.
    """
    if kind.apply_all is not None or not rows:
        return {}
    indexes = {row.number: _index_of(row) for row in rows}
    known = Person.objects.filter(document_index__in=[index for index in indexes.values() if index])
    roots = {person.root_id for person in known.only("pk", "merged_into")}
    (counting.count_alone if kind.rests_on else in_force.hold)()  # before the persons, as every act does
    list(Person.objects.select_for_update().filter(pk__in=roots).order_by("pk").values_list("pk"))
    return indexes


def _index_of(row: TableRow) -> str:
    try:
        return cells.document_index(row.cells)
    except Refusal:
        return ""  # the row will be returned


def key_of(row: TableRow, batch: Batch) -> tuple[str, str]:
    """Return blind indexes of a row's record number and content; without a number the content stands for both."""
    text = "\0".join(f"{name}={cell}" for name, cell in sorted(row.cells.items()) if cell)
    content = vault.blind_index(text, kind=f"delivery:{batch.kind}")
    record = FORMATS[batch.kind].number(row.cells)
    return (vault.blind_index(record, kind=f"record:{batch.kind}") if record else content), content
