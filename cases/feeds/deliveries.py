"""The work on a delivery: check the whole file, rehearse its rows, apply them chunk by chunk.

The Batch row is the truth: `applied` moves in the same transaction as the rows it counts, so a worker that was killed,
or a second one at the same time, neither forgets a row nor takes it twice.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from cases.feeds import applying, tables
from cases.feeds.formats import Delivery
from cases.feeds.kinds import FORMATS
from cases.feeds.tables import NotATable, TableRow
from cases.models import Batch, RejectedRow, SourceRecord, Transition
from cases.services.deliveries import batches, receiving
from cases.services.engine.refusals import Refusal
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

Clock = Callable[[], datetime]


class TrailerMissing(NotATable):
    code = "deliveries.file.trailer_missing"
    message = _("Declare the number of rows and the SHA-256, or close the file with them (#END).")


def work(batch: Batch, *, clock: Clock) -> Batch:
    """Do all that can be done for a delivery now; return it as it then is."""
    batch = Batch.objects.select_related("office", "delivered_by__office__division").get(pk=batch.pk)
    if batch.state == Batch.State.RECEIVED:
        batch = _check(batch, clock)
    if batch.state == Batch.State.APPLYING:
        together = _together(batch)
        while batch.state == Batch.State.APPLYING:
            batch = _apply(batch, together, clock)
    return batch


def rows_of(batch: Batch) -> Iterator[TableRow]:
    """Yield the rows of a delivered file."""
    kind = FORMATS[batch.kind]
    return tables.rows_of(
        lambda: opened(batch),
        form=batch.form,
        encoding=batch.encoding,
        columns=kind.columns,
        required=kind.required,
    )


def opened(batch: Batch) -> BinaryIO:
    """Open a delivered file; it is never written anywhere in plain."""
    return io.BufferedReader(_Pieces(receiving.pieces(batch)), 1 << 16)


class _Pieces(io.RawIOBase):
    """A file made of pieces that are opened one after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.left = piece
        taken, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


# --- checking and rehearsing -----------------------------------------------------------------------------------


def _check(batch: Batch, clock: Clock) -> Batch:
    """Check a file as a whole, then rehearse its rows; or go straight on where its sender needs no preview."""
    try:
        found = _whole(batch)
    except Refusal as refusal:
        return _fail(batch, str(refusal), clock())
    Batch.objects.filter(pk=batch.pk).update(row_count=found.rows)
    batch.row_count = found.rows
    preview = {} if batch.at_once else _rehearse(batch, clock)
    state = Batch.State.APPLYING if batch.at_once else Batch.State.CHECKED
    received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED)
    received.update(state=state, preview=preview, checked=found.rows)
    batch.refresh_from_db()
    return batch


def _whole(batch: Batch) -> tables.Checked:
    kind = FORMATS[batch.kind]
    declared = batch.declared_rows is not None and batch.declared_sha256
    if kind.sealed_end and not declared and not tables.has_trailer(lambda: opened(batch)):
        raise TrailerMissing()
    return tables.check(
        rows_of(batch),
        lambda: opened(batch),
        form=batch.form,
        limit=kind.limit,
        declared_rows=batch.declared_rows,
        declared_sha256=batch.declared_sha256,
    )


def _fail(batch: Batch, fault: str, at: datetime) -> Batch:
    with transaction.atomic():
        received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED)
        if received.update(state=Batch.State.FAILED, fault=fault[:300], finished_at=at):
            ledger.record("batch.failed", by=batch.delivered_by, at=at, target=f"batch:{batch.pk}")
    batch.refresh_from_db()
    return batch


def _rehearse(batch: Batch, clock: Clock) -> dict[str, Any]:
    """Take every row and roll it back, chunk by chunk: what would happen, and to how many where."""
    counts: Counter[str] = Counter()
    turned: Counter[tuple[str, str, str, str]] = Counter()
    returned: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    together, rows, kind = _together(batch), rows_of(batch), FORMATS[batch.kind]
    while chunk := list(islice(rows, applying.size_of(batch))):
        with transaction.atomic():
            last = Transition.objects.aggregate(last=Max("pk"))["last"] or 0
            delivery = Delivery(batch, batch.delivered_by, clock(), together)
            outcome = applying.apply_chunk(chunk, delivery, seen)
            turned += _turned(last, delivery)
            transaction.set_rollback(True)
        counts += _counted(outcome)
        returned += [
            {"row": number, "field": kind.word_of(said.field), "reason": str(said)}
            for number, said in sorted(outcome.items())
            if isinstance(said, Refusal) and len(returned) < 1000
        ]
        seen |= {key: content for key, content in (applying.key_of(row, batch) for row in chunk)}
        Batch.objects.filter(pk=batch.pk).update(checked=F("checked") + len(chunk))
    return {
        "new": counts["accepted"],
        "unchanged": counts["unchanged"],
        "rejected": counts["rejected"] + counts["held"],
        "turned": [
            {"division": division, "ground": ground, "from": before, "to": after, "people": number}
            for (division, ground, before, after), number in sorted(turned.items())
        ],
        "returned": returned[:1000],
    }


def _turned(last: int, delivery: Delivery) -> Counter[tuple[str, str, str, str]]:
    rows = Transition.objects.filter(pk__gt=last, actor=delivery.by).values_list(
        "person__present", "case__ground", "from_colour", "to_colour"
    )
    return Counter((division, ground or "", before, after) for division, ground, before, after in rows)


def _together(batch: Batch) -> dict[tuple[str, str], int]:
    """Count how many rows rest on one ground and evidence: one delivery does not go round the hold row by row."""
    rests_on = FORMATS[batch.kind].rests_on
    return dict(Counter(filter(None, (rests_on(row.cells) for row in rows_of(batch)))))


# --- applying ----------------------------------------------------------------------------------------------------


def _apply(batch: Batch, together: dict[tuple[str, str], int], clock: Clock) -> Batch:
    """Apply the next chunk in one transaction; one that somebody else has applied meanwhile is left alone."""
    rows = islice(rows_of(batch), batch.applied, None)
    for chunk in iter(lambda: list(islice(rows, applying.size_of(batch))), []):
        with transaction.atomic():
            locked = Batch.objects.select_for_update().get(pk=batch.pk)
            if (locked.state, locked.applied) != (Batch.State.APPLYING, batch.applied):
                batch.refresh_from_db()
                return batch
            delivery = Delivery(batch, batch.delivered_by, clock(), together)
            _count(batch, chunk, applying.apply_chunk(chunk, delivery, {}))
    return _finish(batch, clock())


def _counted(outcome: Mapping[int, Any]) -> Counter[str]:
    names = {applying.Accepted: "accepted", str: "unchanged", applying.OtherContent: "held"}
    return Counter(names.get(type(said), "rejected") for said in outcome.values())


def _count(batch: Batch, chunk: Sequence[TableRow], outcome: dict[int, Any]) -> None:
    wrong = [row for row in chunk if isinstance(outcome[row.number], Refusal)]
    RejectedRow.objects.bulk_create(_returned(row, batch, outcome[row.number]) for row in wrong)
    batch.applied += len(chunk)
    for name, number in _counted(outcome).items():
        setattr(batch, name, getattr(batch, name) + number)
    batch.save(update_fields=["applied", "accepted", "unchanged", "held", "rejected"])


def _finish(batch: Batch, at: datetime) -> Batch:
    with transaction.atomic():
        applying = Batch.objects.filter(pk=batch.pk, state=Batch.State.APPLYING)
        if applying.update(state=Batch.State.APPLIED, finished_at=at):
            ledger.record(
                "batch.delivered",
                by=batch.delivered_by,
                at=at,
                target=f"batch:{batch.pk}",
                rows=batch.applied,
                accepted=batch.accepted,
                rejected=batch.rejected,
            )
    batch.refresh_from_db()
    return batch


def _returned(row: TableRow, batch: Batch, refusal: Refusal) -> RejectedRow:
    held = isinstance(refusal, applying.OtherContent)
    return RejectedRow(
        batch=batch,
        row=row.number,
        field=refusal.field,
        reason=str(refusal)[:300],
        raw=vault.encrypt(_line(row, batch), owner=f"batch:{batch.pk}/{row.number}"),
        state=RejectedRow.State.HELD if held else RejectedRow.State.RETURNED,
    )


# --- what comes back -------------------------------------------------------------------------------------------------


def _line(row: TableRow, batch: Batch) -> str:
    return tables.csv_line([row.cells.get(name, "") for name in FORMATS[batch.kind].columns.values()])


def returned_file(batch: Batch) -> str:
    """Return the rows that came back as a CSV to be corrected and delivered again, reasons in its last columns."""
    kind = FORMATS[batch.kind]
    lines = [tables.csv_line([*kind.columns, "行号", "问题字段", "原因"])]
    for row in batch.rejected_rows.order_by("row"):
        raw = vault.decrypt(row.raw, owner=f"batch:{batch.pk}/{row.row}")
        said = [str(row.row), kind.word_of(row.field), row.reason]
        lines.append(f"{raw},{tables.csv_line(said)}")
    return "﻿" + "\r\n".join(lines) + "\r\n"


@transaction.atomic
def accept(row: RejectedRow, *, by: User, at: datetime) -> None:
    """Take a row whose known number came with other content after all, on somebody's word."""
    batch = batches.decide_row(row, RejectedRow.State.TAKEN, by=by, at=at)
    kind = FORMATS[batch.kind]
    raw = vault.decrypt(row.raw, owner=f"batch:{batch.pk}/{row.row}")
    again = TableRow(row.row, dict(zip(kind.columns.values(), next(csv.reader([raw])), strict=True)))
    # Its number is taken: what comes of it is known under a number of its own.
    record = {"record": f"{again.cells['record']}#{row.pk}"} if again.cells.get("record") else {}
    outcome = applying.apply_row(TableRow(row.row, {**again.cells, **record}), kind, Delivery(batch, by, at))
    if isinstance(outcome, Refusal):
        raise outcome
    key, content = applying.key_of(again, batch)
    SourceRecord.objects.filter(office=batch.office_id, kind=batch.kind, key=key).update(
        content=content, batch=batch
    )
