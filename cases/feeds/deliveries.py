"""The work on a delivery: check the whole file, rehearse its rows, apply them chunk by chunk.

The Batch row is the truth: `applied` moves in the same transaction as the rows it counts, so a worker that was killed,
or a second one at the same time, neither forgets a row nor applies it twice. Each of the three passes decrypts and
parses the file once, as a stream: a file has up to five million rows.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from cases.feeds import applying, files, leases, rehearsed
from cases.feeds.columns import RETURNED
from cases.feeds.findings import asks
from cases.feeds.formats import Delivery, Format
from cases.feeds.kinds import FORMATS
from cases.feeds.leases import Clock, DeliveryLease
from cases.feeds.rows import TableRow
from cases.models import Batch, RejectedRow, SourceRecord, Transition
from cases.services.deliveries import batches, receiving
from cases.services.engine.holds import Together
from cases.services.engine.refusals import Refusal
from healthcode.core import languages, vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.stored_refusals import to_json
from healthcode.core.spreadsheets import as_written, csv_line

COUNTS = ("applied", "accepted", "unchanged", "held", "rejected")
PROGRESS = ("state", "claims", *COUNTS)
MASKED = ("document_number", "phone")  # of the last row that is shown
REPORTED = 1000  # faults of a rehearsal that are kept


def work(batch: Batch, *, clock: Clock) -> Batch:
    """Do all that can be done for a delivery now; return it as it then is.

    Where another worker has it, or the work breaks, that is nothing: what is left is begun again, or has failed.
    """
    if lease := leases.claim(batch, clock=clock):
        with lease:
            if lease.batch.state == Batch.State.RECEIVED:
                _check(lease)
            if lease.batch.state == Batch.State.APPLYING:
                _apply(lease)
    return Batch.objects.select_related("office", "delivered_by__office__division").get(pk=batch.pk)


# --- checking and rehearsing -----------------------------------------------------------------------------------


def _check(lease: DeliveryLease) -> None:
    """Check a file as a whole, then rehearse its rows; or go straight on where its sender needs no preview."""
    batch = lease.batch
    try:
        whole = files.read_whole(lease)
        batch.row_count, notes = whole.rows, whole.findings.notes
        last = b"" if whole.last is None else _sealed_last(whole.last, batch)
        lease.renew(row_count=whole.rows, checked=0, findings=notes, last_row=last)
        at_once = batch.at_once and not asks(notes)
        preview = {} if at_once else _rehearse(lease, whole.together)
    except Refusal as refusal:  # in the second pass too: the process that reads can die in each
        return _return_whole(batch, refusal, lease.clock())
    state = Batch.State.APPLYING if at_once else Batch.State.CHECKED
    received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED, claims=lease.number)
    counted = [[*rests, number] for rests, number in whole.together.items()]
    received.update(state=state, preview=preview, together=counted, checked=whole.rows, tries=0)
    batch.refresh_from_db()


def _return_whole(batch: Batch, refusal: Refusal, at: datetime) -> None:
    faults = [to_json(one) for one in refusal.parts]
    with transaction.atomic():
        received = Batch.objects.filter(pk=batch.pk, state=Batch.State.RECEIVED)
        if received.update(state=Batch.State.RETURNED, faults=faults, finished_at=at):
            ledger.record("batch.failed", about=batch, by=batch.delivered_by, at=at)
    batch.refresh_from_db()


def _rehearse(lease: DeliveryLease, together: Together) -> dict[str, Any]:
    """Apply every row and roll it back, chunk by chunk: what would happen, and to how many where."""
    batch = lease.batch
    counts: Counter[str] = Counter()
    turned: Counter[tuple[str, str, str, str]] = Counter()
    returned: list[dict[str, Any]] = []
    rows, kind = files.rows_of(batch, receiving.pieces(batch)), FORMATS[batch.kind]
    with applying.Rehearsed() as passed:
        while chunk := list(islice(rows, applying.size_of(batch))):
            with transaction.atomic():
                last = Transition.objects.aggregate(last=Max("pk"))["last"] or 0
                delivery = Delivery(batch, batch.delivered_by, lease.clock(), together)
                outcome = applying.apply_chunk(chunk, delivery, passed)
                turned += _turned(last, delivery)
                transaction.set_rollback(True)
            counts += _counted(outcome)
            returned += _faults(kind, outcome) if len(returned) < REPORTED else []
            accepted = (row for row in chunk if isinstance(outcome[row.number], applying.Accepted))
            passed.add(applying.key_of(row, batch) for row in accepted)
            lease.renew(checked=F("checked") + len(chunk))
    return {
        "new": counts["accepted"],
        "unchanged": counts["unchanged"],
        "held": counts["held"],
        "rejected": counts["rejected"],
        "turned": [
            {"division": division, "ground": ground, "from": before, "to": after, "people": number}
            for (division, ground, before, after), number in sorted(turned.items())
        ],
        "returned": returned[:REPORTED],
    }


def _faults(kind: Format, outcome: Mapping[int, Any]) -> list[dict[str, Any]]:
    return [
        {"row": number, "faults": kind.stored(refusal), "asks": refusal.asks}
        for number, refusal in sorted(outcome.items())
        if isinstance(refusal, Refusal)
    ]


def _turned(last: int, delivery: Delivery) -> Counter[tuple[str, str, str, str]]:
    rows = Transition.objects.filter(pk__gt=last, actor=delivery.by).values_list(
        "person__present", "case__ground", "from_colour", "to_colour"
    )
    return Counter((division, ground or "", before, after) for division, ground, before, after in rows)


# --- applying ----------------------------------------------------------------------------------------------------


def _apply(lease: DeliveryLease) -> None:
    """Apply the rows that are left, each chunk in one transaction."""
    batch = lease.batch
    rows, size = lease.watch(files.rows_of(batch, receiving.pieces(batch))), applying.size_of(batch)
    together = _together(lease)
    deque(islice(rows, batch.applied), maxlen=0)
    while chunk := list(islice(rows, size)):
        with transaction.atomic():
            batch.refresh_from_db(fields=PROGRESS, from_queryset=Batch.objects.select_for_update())
            lease.require()
            if batch.state != Batch.State.APPLYING:
                return
            delivery = Delivery(batch, batch.delivered_by, lease.clock(), together)
            _count(lease, chunk, applying.apply_chunk(chunk, delivery))
    _finish(lease)


def _together(lease: DeliveryLease) -> Together:
    """Return how many rows rest on one ground and evidence: one delivery does not go round the hold row by row.

    The check counted it; one that was checked before it was kept is read for it once.
    """
    if lease.batch.together is None:
        return files.read_whole(lease).together
    return {(ground, evidence): number for ground, evidence, number in lease.batch.together}


def _counted(outcome: Mapping[int, Any]) -> Counter[str]:
    return Counter(_came_to(one) for one in outcome.values())


def _came_to(one: Any) -> str:
    if isinstance(one, Refusal):
        return "held" if one.asks else "rejected"
    return "unchanged" if one == applying.KNOWN else "accepted"


def _count(lease: DeliveryLease, chunk: Sequence[TableRow], outcome: dict[int, Any]) -> None:
    batch = lease.batch
    wrong = [row for row in chunk if isinstance(outcome[row.number], Refusal)]
    RejectedRow.objects.bulk_create(_returned(row, batch, outcome[row.number]) for row in wrong)
    batch.applied += len(chunk)
    for name, number in _counted(outcome).items():
        setattr(batch, name, getattr(batch, name) + number)
    batch.tries, batch.claimed_until = 0, lease.clock() + leases.LEASE
    batch.save(update_fields=[*COUNTS, "tries", "claimed_until"])


def _finish(lease: DeliveryLease) -> None:
    batch, at = lease.batch, lease.clock()
    with transaction.atomic():
        unfinished = Batch.objects.filter(pk=batch.pk, state=Batch.State.APPLYING, claims=lease.number)
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


def _returned(row: TableRow, batch: Batch, refusal: Refusal) -> RejectedRow:
    returned = RejectedRow(
        batch=batch,
        row=row.number,
        field=refusal.field,
        faults=FORMATS[batch.kind].stored(refusal),
        state=RejectedRow.State.HELD if refusal.asks else RejectedRow.State.RETURNED,
    )
    returned.raw = vault.encrypt(_line(row, batch), owner=returned.vault_owner("raw"))
    return returned


# --- what comes back -------------------------------------------------------------------------------------------------


def _line(row: TableRow, batch: Batch) -> str:
    return csv_line([row.cells.get(name, "") for name in FORMATS[batch.kind].columns.values()])


def last_row(batch: Batch) -> list[tuple[str, str]]:
    """Return the last row of a file by the words of its columns; of a number its end alone, of a name its beginning."""
    if not batch.last_row:
        return []
    raw = vault.decrypt(bytes(batch.last_row), owner=batch.vault_owner("last_row"))
    columns = FORMATS[batch.kind].columns
    is_of_person = "document_number" in columns.values()
    named = zip(columns.items(), _cells_of(raw), strict=False)
    return [(word, _masked(name, cell) if is_of_person else cell) for (word, name), cell in named if cell]


def _masked(name: str, cell: str) -> str:
    if name == "name":
        return cell[0] + "*" * (len(cell) - 1)
    return f"…{cell[-4:]}" if name in MASKED else cell


def returned_rows(batch: Batch) -> Iterator[list[str]]:
    """Yield the table of what came back, its heading first: to be corrected and delivered again, reasons last.

    The reasons are in the language that is spoken now, not in that of the moment when a row is asked for.
    """
    language = languages.current()
    rows = _would_return(batch) if batch.state == Batch.State.CHECKED else _came_back(batch)
    return chain([[*FORMATS[batch.kind].columns, *RETURNED]], languages.each_in(language, rows))


def _came_back(batch: Batch) -> Iterator[list[str]]:
    kind = FORMATS[batch.kind]
    returned = batch.rejected_rows.filter(state=RejectedRow.State.RETURNED)
    for row in returned.order_by("row").iterator():
        raw = vault.decrypt(row.raw, owner=row.vault_owner("raw"))
        yield [*_cells_of(raw), str(row.row), kind.word_of(row.field), _on_one_line(row.reason)]


def _would_return(batch: Batch) -> Iterator[list[str]]:
    """Yield the rows that came back in the rehearsal, read from the file once more."""
    faults = {one.row: one for one in rehearsed.faults_of(batch) if not one.asks}
    for row in files.rows_of(batch, receiving.pieces(batch)):
        if (fault := faults.get(row.number)) is not None:
            reason = _on_one_line(fault.reason)
            yield [*_cells_of(_line(row, batch)), str(row.number), fault.column, reason]


def _on_one_line(reason: str) -> str:
    """Return our own words without a line break, for which a cell would get a mark before it."""
    return " · ".join(reason.splitlines())


def _sealed_last(row: TableRow, batch: Batch) -> bytes:
    return vault.encrypt(_line(row, batch), owner=batch.vault_owner("last_row"))


def _cells_of(line: str) -> list[str]:
    return [as_written(cell) for cell in next(csv.reader(io.StringIO(line, newline="")))]


@transaction.atomic
def accept(row: RejectedRow, *, by: User, at: datetime) -> None:
    """Apply a row after all, on the word of somebody who looked: known with other content, or under another name."""
    batch = batches.decide_row(row, RejectedRow.State.TAKEN, by=by, at=at)
    kind = FORMATS[batch.kind]
    raw = vault.decrypt(row.raw, owner=row.vault_owner("raw"))
    # A column that came to the kind since then is not in the row.
    again = TableRow(row.row, dict(zip(kind.columns.values(), _cells_of(raw), strict=False)))
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
