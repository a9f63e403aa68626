"""Taking rows: each once, under the number its source gave it, in an order in which nobody waits for nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.feeds import cells
from cases.feeds.formats import Delivery, Format
from cases.feeds.kinds import FORMATS
from cases.feeds.tables import Row
from cases.models import Batch, Case, Person, SourceRecord
from cases.models.cases import State
from cases.services.engine import in_force
from cases.services.engine.appending import append
from cases.services.engine.refusals import Refusal
from healthcode.core import vault

CHUNK, SET = 100, 5000
KNOWN = "known"  # what a row is that was taken before


@dataclass(frozen=True)
class Taken:
    """A row was taken; what came of it, where that is a case."""

    case: Case | None = None


class OtherContent(Refusal):
    code = "deliveries.record.other_content"
    message = _("This record number was taken before with other content: somebody has to look.")
    field = "record"


def size_of(batch: Batch) -> int:
    return SET if FORMATS[batch.kind].take_all else CHUNK


def take_chunk(chunk: Sequence[Row], delivery: Delivery, seen: Mapping[str, str]) -> dict[int, Any]:
    """Take rows inside one transaction; say for each Taken, KNOWN, or the refusal it comes back with."""
    batch = delivery.batch
    keys = {row.number: key_of(row, batch) for row in chunk}
    known = {**seen} | dict(
        _records(batch, {key for key, _content in keys.values()})
        .exclude(case__state=State.VOIDED)
        .values_list("key", "content")
    )
    outcome: dict[int, Any] = {}
    fresh: list[Row] = []
    for row in chunk:
        key, content = keys[row.number]
        if key in known:
            outcome[row.number] = KNOWN if known[key] == content else OtherContent()
        else:
            known[key] = content
            fresh.append(row)
    outcome |= _take_rows(fresh, delivery)
    taken = {row.number: outcome[row.number] for row in fresh if isinstance(outcome[row.number], Taken)}
    _records(batch, {keys[number][0] for number in taken}).delete()  # of what was voided: it is taken anew
    append(
        SourceRecord,
        ("office", "kind", "key", "content", "batch", "case"),
        (
            (batch.office_id, batch.kind, *keys[number], batch.pk, said.case.pk if said.case else None)
            for number, said in taken.items()
        ),
    )
    return outcome


def _records(batch: Batch, keys: set[str]) -> QuerySet[SourceRecord]:
    return SourceRecord.objects.filter(office=batch.office_id, kind=batch.kind, key__in=keys)


def _take_rows(rows: Sequence[Row], delivery: Delivery) -> dict[int, Any]:
    kind = FORMATS[delivery.batch.kind]
    if kind.take_all is not None:
        wrong = kind.take_all(rows, delivery)
        return {row.number: wrong.get(row.number, Taken()) for row in rows}
    return {row.number: take(row, kind, delivery) for row in _in_key_order(rows)}


def take(row: Row, kind: Format, delivery: Delivery) -> Any:
    try:
        with transaction.atomic():
            cells.check_form(row)
            made = kind.take(row.cells, delivery)
    except Refusal as refusal:
        return refusal
    return Taken(made if isinstance(made, Case) else None)


def _in_key_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in the order of their document keys, everybody known among them locked in key order.

    Two deliveries naming the same people in opposite orders would otherwise wait for each other.
    """
    indexes = {row.number: _index_of(row) for row in rows}
    known = Person.objects.filter(document_index__in=[index for index in indexes.values() if index])
    roots = {person.root_id for person in known.only("pk", "merged_into")}
    in_force.hold()  # the book before the persons, as every act does
    list(Person.objects.select_for_update().filter(pk__in=roots).order_by("pk").values_list("pk"))
    return sorted(rows, key=lambda row: indexes[row.number])


def _index_of(row: Row) -> str:
    try:
        return cells.document_index(row.cells)
    except Refusal:
        return ""  # the row will be returned


def key_of(row: Row, batch: Batch) -> tuple[str, str]:
    """Return the blind indexes of a row's record number and of what it says; without a number, that is its number."""
    said = "\0".join(f"{name}={cell}" for name, cell in sorted(row.cells.items()) if cell)
    content = vault.blind_index(said, kind=f"delivery:{batch.kind}")
    record = FORMATS[batch.kind].number(row.cells)
    return (vault.blind_index(record, kind=f"record:{batch.kind}") if record else content), content
