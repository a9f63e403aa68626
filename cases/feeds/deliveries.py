"""The work on a delivery: check the whole file, rehearse its rows, apply them chunk by chunk.

The Batch row is the truth: `applied` moves in the same transaction as the rows it counts, so a worker that was killed,
or a second one at the same time, neither forgets a row nor applies it twice. Each of the three passes decrypts and
parses the file once, as a stream: a file has up to five million rows.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from cases.feeds import applying, tables
from cases.feeds.columns import RETURNED, is_example
from cases.feeds.formats import Delivery, Format
from cases.feeds.kinds import FORMATS
from cases.feeds.tables import NotATable, TableRow
from cases.models import Batch, RejectedRow, SourceRecord, Transition
from cases.services.deliveries import batches, receiving
from cases.services.engine import holds
from cases.services.engine.holds import Together
from cases.services.engine.refusals import Refusal
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.spreadsheets import as_written

Clock = Callable[[], datetime]
COUNTS = ("applied", "accepted", "unchanged", "held", "rejected")
PROGRESS = ("state", *COUNTS)
REPORTED = 1000  # faults of a rehearsal that are kept


class TrailerMissing(NotATable):
    code = "deliveries.file.trailer_missing"
    message = _("Declare the number of rows and the SHA-256, or close the file with them (#END).")


def work(batch: Batch, *, clock: Clock) -> Batch:
    """Do all that can be done for a delivery now; return it as it then is."""
    batch = Batch.objects.select_related("office", "delivered_by__office__division").get(pk=batch.pk)
    if batch.state == Batch.State.RECEIVED:
        batch = _check(batch, clock)
    if batch.state == Batch.State.APPLYING:
        batch = _apply(batch, clock)
    return batch


def _rows_of(batch: Batch, pieces: Iterator[bytes]) -> Iterator[TableRow]:
    """Yield the rows of a delivered file from its pieces; it is never written anywhere in plain."""
    kind = FORMATS[batch.kind]
    rows = tables.rows_of(
        io.BufferedReader(_Pieces(pieces), 1 << 16),
        form=batch.form,
        encoding=batch.encoding,
        columns={**kind.columns, **kind.aliases},
        required=kind.required,
    )
    return (row for row in rows if not is_example(row.cells))


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
        part, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


# --- checking and rehearsing -----------------------------------------------------------------------------------


def _check(batch: Batch, clock: Clock) -> Batch:
    """Check a file as a whole, then rehearse its rows; or go straight on where its sender needs no preview."""
    try:
        batch.row_count, together = _read_whole(batch)
    except Refusal as refusal:
        return _fail(batch, str(refusal), clock())
    Batch.objects.filter(pk=batch.pk).update(row_count=batch.row_count)
    preview = {} if batch.at_once else _rehearse(batch, together, clock)
    state = Batch.State.APPLYING if batch.at_once else Batch.State.CHECKED
    received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED)
    counted = [[*rests, number] for rests, number in together.items()]
    received.update(state=state, preview=preview, together=counted, checked=batch.row_count)
    batch.refresh_from_db()
    return batch


def _read_whole(batch: Batch) -> tuple[int, Together]:
    """Read a file to its end, once: count its rows, and how many rest on what; compare with what was declared."""
    kind, digests = FORMATS[batch.kind], tables.Digests()
    pieces = digests.watch(receiving.pieces(batch))
    declared = batch.declared_rows is not None and batch.declared_sha256
    trailed = kind.sealed_end and not declared
    number, together = 0, Counter[tuple[str, str]]()
    try:
        for number, row in enumerate(_rows_of(batch, pieces), start=1):
            if number > kind.limit:
                raise NotATable(_("A delivery has at most %(limit)s rows."), limit=kind.limit)
            if kind.rests_on and (rests := kind.rests_on(row.cells)):
                together[rests] += 1
    except NotATable:
        # A file that was cut off breaks anywhere: that its trailer is missing says more than where it broke.
        if trailed and _drained(pieces, digests) is None:
            raise TrailerMissing() from None
        raise
    if _drained(pieces, digests) is None and trailed:
        raise TrailerMissing()
    digests.compare(
        number,
        declared_rows=batch.declared_rows,
        declared_sha256=batch.declared_sha256,
        form=batch.form,
    )
    return number, holds.by_evidence(together, at=batch.delivered_at)


def _drained(pieces: Iterator[bytes], digests: tables.Digests) -> bytes | None:
    """Hash what the reader of rows left over; return the file's trailer."""
    for _piece in pieces:
        pass
    return digests.trailer


def _fail(batch: Batch, fault: str, at: datetime) -> Batch:
    with transaction.atomic():
        received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED)
        if received.update(state=Batch.State.FAILED, fault=fault[:300], finished_at=at):
            ledger.record("batch.failed", about=batch, by=batch.delivered_by, at=at)
    batch.refresh_from_db()
    return batch


def _rehearse(batch: Batch, together: Together, clock: Clock) -> dict[str, Any]:
    """Apply every row and roll it back, chunk by chunk: what would happen, and to how many where."""
    counts: Counter[str] = Counter()
    turned: Counter[tuple[str, str, str, str]] = Counter()
    returned: list[dict[str, Any]] = []
    rows, kind = _rows_of(batch, receiving.pieces(batch)), FORMATS[batch.kind]
    with applying.Rehearsed() as passed:
        while chunk := list(islice(rows, applying.size_of(batch))):
            with transaction.atomic():
                last = Transition.objects.aggregate(last=Max("pk"))["last"] or 0
                delivery = Delivery(batch, batch.delivered_by, clock(), together)
                outcome = applying.apply_chunk(chunk, delivery, passed)
                turned += _turned(last, delivery)
                transaction.set_rollback(True)
            counts += _counted(outcome)
            returned += _faults(kind, outcome) if len(returned) < REPORTED else []
            passed.add(applying.key_of(row, batch) for row in chunk)
            Batch.objects.filter(pk=batch.pk).update(checked=F("checked") + len(chunk))
    return {
        "new": counts["accepted"],
        "unchanged": counts["unchanged"],
        "rejected": counts["rejected"] + counts["held"],
        "turned": [
            {"division": division, "ground": ground, "from": before, "to": after, "people": number}
            for (division, ground, before, after), number in sorted(turned.items())
        ],
        "returned": returned[:REPORTED],
    }


def _faults(kind: Format, outcome: Mapping[int, Any]) -> list[dict[str, Any]]:
    return [
        {"row": number, "field": kind.word_of(refusal.field), "reason": str(refusal)}
        for number, refusal in sorted(outcome.items())
        if isinstance(refusal, Refusal)
    ]


def _turned(last: int, delivery: Delivery) -> Counter[tuple[str, str, str, str]]:
    rows = Transition.objects.filter(pk__gt=last, actor=delivery.by).values_list(
        "person__present", "case__ground", "from_colour", "to_colour"
    )
    return Counter((division, ground or "", before, after) for division, ground, before, after in rows)


# --- applying ----------------------------------------------------------------------------------------------------


def _apply(batch: Batch, clock: Clock) -> Batch:
    """Apply the rows that are left, each chunk in one transaction."""
    rows, size = _rows_of(batch, receiving.pieces(batch)), applying.size_of(batch)
    together, read = _together(batch), batch.applied
    deque(islice(rows, read), maxlen=0)  # before the row is locked: of a million rows this takes minutes
    while True:
        with transaction.atomic():
            batch.refresh_from_db(fields=PROGRESS, from_queryset=Batch.objects.select_for_update())
            if batch.state != Batch.State.APPLYING:
                break
            # What a second worker has applied meanwhile is passed over: the file is not begun again for it.
            passed = batch.applied - read
            chunk = list(islice(rows, passed, passed + size))
            if not chunk:
                break
            read = batch.applied + len(chunk)
            delivery = Delivery(batch, batch.delivered_by, clock(), together)
            _count(batch, chunk, applying.apply_chunk(chunk, delivery))
    return _finish(batch, clock())


def _together(batch: Batch) -> Together:
    """Return how many rows rest on one ground and evidence: one delivery does not go round the hold row by row.

    The check counted it; one that was checked before it was kept is read for it once.
    """
    if batch.together is None:
        return _read_whole(batch)[1]
    return {(ground, evidence): number for ground, evidence, number in batch.together}


def _counted(outcome: Mapping[int, Any]) -> Counter[str]:
    return Counter(_came_to(one) for one in outcome.values())


def _came_to(one: Any) -> str:
    if isinstance(one, Refusal):
        return "held" if one.asks else "rejected"
    return "unchanged" if one == applying.KNOWN else "accepted"


def _count(batch: Batch, chunk: Sequence[TableRow], outcome: dict[int, Any]) -> None:
    wrong = [row for row in chunk if isinstance(outcome[row.number], Refusal)]
    RejectedRow.objects.bulk_create(_returned(row, batch, outcome[row.number]) for row in wrong)
    batch.applied += len(chunk)
    for name, number in _counted(outcome).items():
        setattr(batch, name, getattr(batch, name) + number)
    batch.save(update_fields=COUNTS)


def _finish(batch: Batch, at: datetime) -> Batch:
    with transaction.atomic():
        unfinished = Batch.objects.filter(pk=batch.pk, state=Batch.State.APPLYING)
        if unfinished.update(state=Batch.State.APPLIED, finished_at=at):
            ledger.record(
                "batch.delivered",
                about=batch,
                by=batch.delivered_by,
                at=at,
                rows=batch.applied,
                accepted=batch.accepted,
                rejected=batch.rejected,
            )
    batch.refresh_from_db()
    return batch


def _returned(row: TableRow, batch: Batch, refusal: Refusal) -> RejectedRow:
    returned = RejectedRow(
        batch=batch,
        row=row.number,
        field=refusal.field,
        reason=str(refusal)[:1000],
        state=RejectedRow.State.HELD if refusal.asks else RejectedRow.State.RETURNED,
    )
    returned.raw = vault.encrypt(_line(row, batch), owner=returned.vault_owner("raw"))
    return returned


# --- what comes back -------------------------------------------------------------------------------------------------


def _line(row: TableRow, batch: Batch) -> str:
    return tables.csv_line([row.cells.get(name, "") for name in FORMATS[batch.kind].columns.values()])


def returned_file(batch: Batch) -> str:
    """Return the rows that came back as a CSV to be corrected and delivered again, reasons in its last columns."""
    kind = FORMATS[batch.kind]
    lines = [tables.csv_line([*kind.columns, *RETURNED])]
    for raw, fault in _would_return(batch) if batch.state == Batch.State.CHECKED else _came_back(batch):
        lines.append(f"{raw},{tables.csv_line(fault)}")
    return "﻿" + "\r\n".join(lines) + "\r\n"


def _came_back(batch: Batch) -> Iterator[tuple[str, list[str]]]:
    kind = FORMATS[batch.kind]
    for row in batch.rejected_rows.order_by("row"):
        raw = vault.decrypt(row.raw, owner=row.vault_owner("raw"))
        yield raw, [str(row.row), kind.word_of(row.field), row.reason]


def _would_return(batch: Batch) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows that came back in the rehearsal, read from the file once more."""
    faults = {one["row"]: one for one in batch.preview.get("returned", ())}
    for row in _rows_of(batch, receiving.pieces(batch)):
        if (fault := faults.get(row.number)) is not None:
            yield _line(row, batch), [str(row.number), fault["field"], fault["reason"]]


@transaction.atomic
def accept(row: RejectedRow, *, by: User, at: datetime) -> None:
    """Apply a row after all, on the word of somebody who looked: known with other content, or under another name."""
    batch = batches.decide_row(row, RejectedRow.State.TAKEN, by=by, at=at)
    kind = FORMATS[batch.kind]
    raw = vault.decrypt(row.raw, owner=row.vault_owner("raw"))
    cells = (as_written(cell) for cell in next(csv.reader(io.StringIO(raw, newline=""))))
    again = TableRow(row.row, dict(zip(kind.columns.values(), cells, strict=True)))
    key, content = applying.key_of(again, batch)
    taken = SourceRecord.objects.filter(office=batch.office_id, kind=batch.kind, key=key)
    # A number that is given away already: what comes of the row is known under a number of its own.
    own = taken.exists() and again.cells.get("record")
    record = {"record": f"{own}#{row.pk}"} if own else {}
    delivery = Delivery(batch, by, at, same_person=True)
    outcome = applying.apply_row(TableRow(row.row, {**again.cells, **record}), kind, delivery)
    if isinstance(outcome, Refusal):
        raise outcome
    if not taken.update(content=content, batch=batch):
        applying.note(batch, [(key, content, outcome.case)])
