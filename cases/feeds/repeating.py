"""Rows that say again what another delivery brought: where that one is taken back, it stands by this one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cases.feeds.formats import Delivery, Format
from cases.feeds.rows import TableRow
from cases.models import Case, Declaration, LabResult, Repeat, SourceRecord
from cases.models.cases import EvidenceKind
from cases.services.deliveries import batches
from cases.services.engine.refusals import Refusal

Row = Case | LabResult | Declaration


def keep(
    rows: Sequence[TableRow],
    outcome: Mapping[int, Any],
    records: Mapping[int, SourceRecord],
    kind: Format,
    delivery: Delivery,
) -> None:
    """Keep what rows said that were known, or refused because it is on record; `records` are theirs, by row number."""
    again = [row for row in rows if row.number in records and not isinstance(outcome[row.number], Refusal)]
    if kind.repeat_all is not None and again:
        kind.repeat_all(again, delivery)
    if kind.again is not None:
        for row in again:
            kind.again(row.cells, delivery)
    pairs = [*_known(again, records, kind), *_refused(rows, outcome)]
    repeats = [
        Repeat(
            batch=delivery.batch,
            case=row if isinstance(row, Case) else None,
            result=row if isinstance(row, LabResult) else None,
            form=row if isinstance(row, Declaration) else None,
            source_key=kind.source_key(cells, delivery),
        )
        for cells, row in pairs
        if row.batch_id != delivery.batch.pk and (row.batch_id or _is_by_tracks(row))
    ]
    batches.keep_repeats(delivery.batch, repeats, by=delivery.by, at=delivery.at)


def _is_by_tracks(row: Row) -> bool:
    """Tell whether tracks bear a case that no delivery opened: its area was listed after they came."""
    return isinstance(row, Case) and row.risk_area_id is not None and row.evidence_kind == EvidenceKind.TRACK


def _known(
    rows: Sequence[TableRow], records: Mapping[int, SourceRecord], kind: Format
) -> Iterator[tuple[Mapping[str, str], Row]]:
    for row in rows:
        record = records[row.number]
        found: Sequence[Row] = [record.case] if record.case else []
        if not found and kind.known is not None:
            found = kind.known(row.cells, record.batch)
        for one in found:
            yield row.cells, one


def _refused(rows: Sequence[TableRow], outcome: Mapping[int, Any]) -> Iterator[tuple[Mapping[str, str], Row]]:
    for row in rows:
        refusal = outcome[row.number]
        if isinstance(refusal, Refusal) and isinstance(refusal.known, Case | LabResult):
            yield row.cells, refusal.known
