"""Tables for people who open them in a spreadsheet: it displays them and calculates nothing.

The one writer of every table the house gives out, as CSV and as XLSX whose cells are text. What is put before a cell is
taken off again when a file is read, so that rows sent back to their sender can be corrected and delivered again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Row = Iterable[object]
CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TEXT = "@"  # the format of a cell in which no digit of a number is lost and no date turned round
UTF8_MARK = "\ufeff"  # by which spreadsheets know the encoding
LINE_END = "\r\n"
LOST = "\ufffd"  # in place of a character that no workbook holds
MARK = "'"
# The wide forms too: spreadsheets set to Chinese or Japanese calculate from them. Of a cell with a line break
# some programs read each line as a cell.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t]|.*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", re.DOTALL)
_MARKED = re.compile(rf"\s*{MARK}")
# Digits of which a spreadsheet that opens a CSV makes a number and loses some: many, zeros in front, a power of ten.
DIGITS = re.compile(r"\s*(\d{12,}(\.\d*)?|0\d+|\d+(\.\d+)?[eE][+-]?\d+)\s*")


def inert(cell: object) -> str:
    """Return a cell's text, marked where a spreadsheet would calculate from it, shorten it or take the mark away."""
    text = str(cell)
    return f"{MARK}{text}" if DIGITS.fullmatch(text) else uncalculated(text)


def uncalculated(cell: object) -> str:
    """Return the text of a cell that is text to its spreadsheet: it loses no digit, but may be calculated from."""
    text = str(cell)
    return f"{MARK}{text}" if FORMULA.match(text) or _MARKED.match(text) else text


def as_written(cell: str) -> str:
    """Return the text that `inert` made a cell of; a cell it did not make stays as it is."""
    text = cell.removeprefix(MARK)
    return text if text != cell and inert(text) == cell else cell


def csv_line(row: Row) -> str:
    """Return a row as one CSV line, without its end, that no spreadsheet takes for a formula."""
    out = io.StringIO()
    # A writer quotes a line break only where it is the writer's own line end.
    csv.writer(out, lineterminator=LINE_END).writerow([inert(cell) for cell in row])
    return out.getvalue().removesuffix(LINE_END)


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table line by line."""
    mark = UTF8_MARK
    for row in rows:
        yield f"{mark}{csv_line(row)}{LINE_END}"
        mark = ""


def workbook(rows: Iterable[Row]) -> bytes:
    """Return a table as a workbook of one sheet; every cell is text, so that digits need no mark."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(LOST, uncalculated(value)))
            cell.data_type, cell.number_format = "s", TEXT  # else "#N/A" would be an error
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def download(rows: Iterable[Row], *, form: str, name: str) -> HttpResponse | StreamingHttpResponse:
    """Send a table as a file of a form (CSV, XLSX), whose name gets its ending here; nobody keeps a copy of it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Cache-Control": "no-store",
    }
    if form == XLSX:
        return HttpResponse(workbook(rows), content_type=TYPES[form], headers=headers)
    return StreamingHttpResponse(csv_lines(rows), content_type=TYPES[form], headers=headers)
