"""Tables as offices send them: CSV, XLSX or NDJSON in a declared encoding, read row by row, checked as a whole first.

A trailer may close a CSV or NDJSON file: `#END,<rows>,<SHA-256 of everything before it>`. What was cut off or changed
on the way then comes back as a whole.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import openpyxl
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.exceptions import InvalidFileException

from cases.services.engine.refusals import Refusal
from healthcode.core.spreadsheets import as_written, inert

TRAILER = "#END"
CODECS = {"UTF-8": "utf-8-sig", "GB18030": "gb18030"}
LONGEST_LINE = 20_000
LINE_END = "\r\n"


class NotATable(Refusal):
    """The file as a whole cannot be read."""

    code = "deliveries.file.not_a_table"
    field = "file"


@dataclass(frozen=True)
class TableRow:
    """One row as it came: its number in the file (a heading is row 1) and its cells by column."""

    number: int
    cells: Mapping[str, str]
    whole: bool = True  # False: more cells than the heading has, so nobody knows which belongs where


Columns = Mapping[str, str]


def rows_of(
    file: BinaryIO, *, form: str, encoding: str, columns: Columns, required: Sequence[str]
) -> Iterator[TableRow]:
    """Yield the rows of a table; a file that is none refuses as a whole, at whatever row that shows."""
    if form == "XLSX":
        return _from_cells(_xlsx(file), columns, required)
    lines = _lines(file, encoding)
    if form == "NDJSON":
        return _from_objects(lines, columns)
    return _from_cells(_csv(lines), columns, required)


class Digests:
    """The hashes of a file that streams by: of the whole of it, and of what stands before its trailer.

    It keeps the last line alone, so that a file is hashed while its rows are read, and is never opened again for it.
    """

    def __init__(self) -> None:
        self._whole, self._before = hashlib.sha256(), hashlib.sha256()
        self._last, self._within = b"", False  # the last line so far; whether one too long to keep goes on

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces as they are, hashed in passing."""
        for piece in pieces:
            self._add(piece)
            yield piece

    @property
    def trailer(self) -> bytes | None:
        """Return the last line if it is a trailer."""
        last = self._last.strip()
        return last if last.startswith(TRAILER.encode()) else None

    def compare(self, rows: int, *, declared_rows: int | None, declared_sha256: str, form: str) -> None:
        """Refuse a file that is not what its sender declared, beside it or in its trailer."""
        declared = [(declared_rows, declared_sha256, self._whole.hexdigest())]
        if self.trailer is not None and form != "XLSX":
            declared.append((*_declared_in(self.trailer), self._before.hexdigest()))
        for number, digest, found in declared:
            if number is not None and number != rows:
                raise NotATable(
                    _("%(declared)s rows were declared, %(found)s came."), declared=number, found=rows
                )
            if digest and digest.lower() != found:
                raise NotATable(_("The file is not the one that was declared: its SHA-256 differs."))

    def _add(self, piece: bytes) -> None:
        self._whole.update(piece)
        if self._within:
            end = piece.find(b"\n") + 1 or len(piece)
            self._before.update(piece[:end])
            self._within, piece = not piece[:end].endswith(b"\n"), piece[end:]
        text = self._last + piece
        earlier = text[: text.rfind(b"\n", 0, -1) + 1]
        filled = len(earlier.rstrip())  # empty lines before a trailer belong to nothing
        end = earlier.find(b"\n", filled) + 1 if filled else 0
        if (
            len(text) - end > LONGEST_LINE
        ):  # no trailer: a file without line ends is not kept in memory for it
            end, self._within = len(text), not text.endswith(b"\n")
        self._before.update(text[:end])
        self._last = text[end:]


def csv_line(cells: Iterable[str]) -> str:
    """Return cells as one CSV line that no spreadsheet takes for a formula."""
    out = io.StringIO()
    # A writer quotes a line break only where it is the writer's own line end.
    csv.writer(out, lineterminator=LINE_END).writerow([inert(cell) for cell in cells])
    return out.getvalue().removesuffix(LINE_END)


def _declared_in(trailer: bytes) -> tuple[int | None, str]:
    _mark, _comma, rest = trailer.decode("ascii", "replace").partition(",")
    rows, _comma, digest = rest.partition(",")
    if not rows.strip().isdecimal() or not digest.strip():
        raise NotATable(_("The last line has to say #END, the number of rows and the SHA-256."))
    return int(rows), digest.strip()


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(file, CODECS[encoding], newline="")
    try:
        for line in text:
            if "\0" in line or len(line) > LONGEST_LINE:
                raise NotATable(_("The file is not a table of text."))
            if not line.startswith(TRAILER):
                yield line
    except UnicodeError as error:
        raise NotATable(_("The file is not in the declared encoding, %(name)s."), name=encoding) from error


def _csv(lines: Iterator[str]) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, strict=True)
    except csv.Error as error:
        raise NotATable(_("The file is not a list of rows with commas.")) from error


def _xlsx(file: BinaryIO) -> Iterator[list[str]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
        for cells in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell_text(cell) for cell in cells]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise NotATable(_("The file is not an XLSX table.")) from error


def _cell_text(cell: Any) -> str:
    """Return a cell's text. A long number has lost digits in Excel: it comes back as what cannot be a number."""
    if cell is None:
        return ""
    if hasattr(cell, "strftime"):
        return (
            f"{cell:%Y-%m-%d}" if getattr(cell, "hour", 0) == getattr(cell, "minute", 0) == 0 else f"{cell}"
        )
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    return f"{float(cell):.5e}" if isinstance(cell, int) and len(text) > 15 else text


def _from_cells(lines: Iterator[list[str]], columns: Columns, required: Sequence[str]) -> Iterator[TableRow]:
    first = next(lines, None)
    if first is None:
        raise NotATable(_("The file is empty."))
    known = {**columns, **{name: name for name in columns.values()}}
    heading = [known.get(cell.strip(), "") for cell in first]
    missing = [chinese for chinese, name in columns.items() if name in required and name not in heading]
    if missing:
        raise NotATable(_("These columns are missing: %(columns)s."), columns="、".join(missing))
    for number, line in enumerate(lines, start=2):
        if any(cell.strip() for cell in line):
            padded = [*line, *[""] * (len(heading) - len(line))]
            cells = {
                name: as_written(cell.strip()) for name, cell in zip(heading, padded, strict=False) if name
            }
            yield TableRow(number, cells, whole=not any(cell.strip() for cell in line[len(heading) :]))


def _from_objects(lines: Iterator[str], columns: Columns) -> Iterator[TableRow]:
    known = {**columns, **{name: name for name in columns.values()}}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise NotATable(_("Line %(number)s is not a JSON object."), number=number) from error
        if not isinstance(fields, dict):
            raise NotATable(_("Line %(number)s is not a JSON object."), number=number)
        cells = dict.fromkeys(columns.values(), "")
        cells |= {known[name]: _text(value) for name, value in fields.items() if name in known}
        yield TableRow(number, cells, whole=all(name in known for name in fields))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
