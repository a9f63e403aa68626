"""A delivered file: its rows, and what is known once it was read to its end.

It is never written anywhere in plain: it is decrypted and parsed piece by piece, once in each pass.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.feeds import tables, trailers
from cases.feeds.columns import is_example
from cases.feeds.findings import Findings
from cases.feeds.kinds import FORMATS
from cases.feeds.leases import DeliveryLease
from cases.feeds.rows import NotATable, TableRow
from cases.models import Batch
from cases.services.deliveries import receiving
from cases.services.engine import holds
from cases.services.engine.holds import Together


class TrailerMissing(NotATable):
    code = "deliveries.file.trailer_missing"
    message = _("Declare the number of rows and the SHA-256, or close the file with them (#END).")


@dataclass(frozen=True)
class Whole:
    """A file that was read to its end: its rows counted, by what they rest on too, and what is said of it besides."""

    rows: int
    together: Together
    last: TableRow | None
    findings: Findings


def rows_of(batch: Batch, pieces: Iterator[bytes], findings: Findings | None = None) -> Iterator[TableRow]:
    """Yield the rows of a delivered file from its pieces; it is never written anywhere in plain."""
    kind = FORMATS[batch.kind]
    rows = tables.rows_of(
        pieces,
        form=batch.form,
        encoding=batch.encoding,
        columns={**kind.columns, **kind.aliases},
        required=kind.required,
        findings=findings,
    )
    return (row for row in rows if not is_example(row.cells))


def read_whole(lease: DeliveryLease) -> Whole:
    """Read a file to its end, once: count its rows, and how many rest on what; compare with what was declared."""
    batch = lease.batch
    kind, digests, findings = FORMATS[batch.kind], trailers.Digests(), Findings()
    pieces = digests.watch(receiving.pieces(batch))
    declared = batch.declared_rows is not None and batch.declared_sha256
    trailed = kind.sealed_end and not declared
    number, row, together = 0, None, Counter[tuple[str, str]]()
    try:
        for number, row in enumerate(lease.watch(rows_of(batch, pieces, findings)), start=1):
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
        is_text=batch.form in Batch.TEXTS,
    )
    _add_end(batch, digests, findings)
    if not number:
        findings.add("no_rows")
    return Whole(number, holds.by_evidence(together, at=batch.delivered_at), row, findings)


def _add_end(batch: Batch, digests: trailers.Digests, findings: Findings) -> None:
    """Say how sure it is that the file is whole: a workbook cannot be opened without its end."""
    declared = batch.declared_rows is not None or batch.declared_sha256
    if batch.form not in Batch.TEXTS or declared or digests.trailer is not None:
        return
    findings.add("unsealed")
    if not digests.ends_in_a_line:
        findings.add("cut_line")


def _drained(pieces: Iterator[bytes], digests: trailers.Digests) -> bytes | None:
    """Hash what the reader of rows left over; return the file's trailer."""
    for _piece in pieces:
        pass
    return digests.trailer
