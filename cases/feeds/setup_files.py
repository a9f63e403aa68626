"""Files of offices, staff and venues: read whole, all faults of all rows at once, nothing stored unless all is well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Model
from django.utils.translation import gettext_lazy as _

from cases.feeds import columns, setup_columns, tables
from cases.feeds.cells import CellRefused
from cases.feeds.columns import Column
from cases.feeds.findings import Findings
from cases.feeds.rows import NotATable, TableRow
from cases.models import SetupFile, Venue
from cases.models.setup_files import SetupKind
from cases.services.engine.refusals import Refusal
from cases.services.setup import contents, files
from healthcode.core.audit import guards
from healthcode.core.encodings import Detector
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.words import SaysNothing

MAX_ROWS, MAX_BYTES = 10_000, 8 * 1024 * 1024  # less than a proxy lets through: a sentence answers
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0"  # how workbooks begin
MODELS: Mapping[str, type[Model]] = {
    SetupKind.OFFICES: Office,
    SetupKind.STAFF: User,
    SetupKind.VENUES: Venue,
}
# What a rule asks of one column rests on another: where that could not be read, it says nothing of its own.
RESTS_ON = {"role": {"office"}, "division": {"office"}}


class SetupFileTooLarge(Refusal):
    code = "setup.file_too_large"
    message = _("The file has more than 8 MB.")
    field = "file"


@dataclass(frozen=True)
class ReadFile:
    """A file as it was read: its rows by value, and what is wrong in which cell of which row."""

    kind: str
    rows: Sequence[contents.Row]
    faults: dict[int, list[Refusal]] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)


def read(content: bytes, *, kind: str, at: datetime) -> ReadFile:
    """Read a file of a kind, cell by cell. Raises NotATable where it is none, or SetupFileTooLarge."""
    if len(content) > MAX_BYTES:
        raise SetupFileTooLarge()
    known = setup_columns.Known()
    takes = setup_columns.takes(kind, at, known)
    rows: list[contents.Row] = []
    found: dict[int, list[Refusal]] = {}
    findings = Findings()
    for row in _rows(content, kind, findings):
        values, wrong = _values(row, takes, kind)
        if kind == SetupKind.VENUES and values["office"] and not row.cells.get("division"):
            values["division"] = known.offices.find(values["office"]).division_id
        rows.append({"row": row.number, **values})
        if wrong:
            found[row.number] = wrong
    return ReadFile(kind, rows, found, findings)


def prepare(read_file: ReadFile, *, file_name: str, by: User, at: datetime) -> SetupFile:
    """Prepare what was read for another administrator. Raises FaultyRows with everything that is wrong in any row."""
    if not read_file.faults:
        notes = read_file.findings.notes
        return files.prepare(
            read_file.kind, read_file.rows, file_name=file_name, findings=notes, by=by, at=at
        )
    every = {number: list(wrong) for number, wrong in read_file.faults.items()}
    for number, wrong in contents.faults(read_file.kind, read_file.rows, at=at).items():
        unread = {one.field for one in read_file.faults.get(number, ())}
        every.setdefault(number, []).extend(
            one for one in wrong if not unread & {one.field, *RESTS_ON.get(one.field, ())}
        )
    raise files.FaultyRows({number: wrong for number, wrong in every.items() if wrong})


def _rows(content: bytes, kind: str, findings: Findings) -> Iterator[TableRow]:
    form = "XLSX" if content.startswith(ZIP) else "XLS" if content.startswith(OLE) else "CSV"
    detector = Detector()
    detector.feed(content)
    rows = tables.rows_of(
        [content],
        form=form,
        encoding=detector.found(),
        columns=setup_columns.headings(kind),
        required=setup_columns.REQUIRED[kind],
        findings=findings,
    )
    number = 0
    for row in rows:
        if columns.is_example(row.cells):
            continue
        number += 1
        if number > MAX_ROWS:
            raise NotATable(_("Such a file has at most %(limit)s rows: make several of it."), limit=MAX_ROWS)
        yield row


def _values(row: TableRow, takes: Mapping[str, Column], kind: str) -> tuple[dict[str, Any], list[Refusal]]:
    """Return the values of a row, "" of a cell that could not be read, and what is wrong in its cells."""
    wrong: list[Refusal] = [CellRefused(fault, field=name) for name, fault in row.faults.items()]
    cells = {name: row.cells.get(name, "") for name in takes}
    values: dict[str, Any] = dict(cells)
    for name, column in takes.items():
        if name in row.faults:
            continue
        try:
            values[name] = _value(name, cells, column, kind)
        except Refusal as refusal:
            refusal.field = name
            values[name] = ""
            wrong.append(refusal)
    return values, wrong


def _value(name: str, cells: Mapping[str, str], column: Column, kind: str) -> Any:
    cell = cells[name]
    if name in setup_columns.REQUIRED[kind]:
        if not cell:
            raise columns.Empty()
        if not guards.says(cell):
            raise SaysNothing()
    if name == "is_head":
        return column.read is not None and column.read(cells, name) == "True"
    if column.read is not None:
        return column.read(cells, name) if cell else ""
    limit = MODELS[kind]._meta.get_field(name)
    if isinstance(limit, CharField) and limit.max_length is not None and len(cell) > limit.max_length:
        raise CellRefused(_("At most %(limit)s characters."), limit=limit.max_length)
    return cell
