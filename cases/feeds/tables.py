"""Tables as offices send them: a text in whatever encoding, or a workbook, read row by row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.feeds import headings, totals, values
from cases.feeds.findings import Findings
from cases.feeds.rows import MORE_CELLS, Columns, NotATable, TableRow
from healthcode.core.tables import process
from healthcode.core.tables.texts import DELIMITERS as DELIMITERS_FOUND
from healthcode.core.tables.words import HEADING_WITHIN, word_of

WORKBOOKS = frozenset({"XLSX", "XLSM", "XLS", "ODS"})
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # how an XLS begins
NO_ENCODING = _(
    "The text is neither in UTF-8 nor in GB18030 or UTF-16: a character in it is broken. Save it anew."
)
DELIMITERS = {**{one: f"“{one}”" for one in DELIMITERS_FOUND}, "\t": _("tabs")}
WEB_PAGE = _(
    "The file is a web page under the name of a workbook: open it in a spreadsheet and save it as XLSX."
)
WORKBOOK = _("The file is a workbook under the name of a text: give it its own ending (.xlsx, .xls or .ods).")
# How PDF, PNG, JPEG, RTF and packed folders begin.
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
NO_TABLE = _(
    "The file is no table but a PDF, a picture, a document or a packed folder: save the table as XLSX or CSV."
)
DIED = _(
    "Reading this file takes more memory or time than a table needs: save the table alone, as XLSX or CSV, or send it"
    " in several parts."
)
FAULTS: dict[str, str | Promise] = {
    "not_a_workbook": _(
        "The file is no workbook that can be opened: was it cut off, or is it of another form than its name says?"
    ),
    "password": _("The workbook is protected with a password: save it without one."),
    "no_sheet": _("The workbook has no sheet with a table."),
    "file": _("The workbook has more than %(limit)s MB: save the table alone, or as CSV."),
    "expanded": _("The workbook expands to more than a table needs: save the table alone, or as CSV."),
    "cells": _("The sheet reaches as far as %(cell)s: delete what stands outside the table."),
    "row": _("Row %(line)s has more than %(limit)s characters: delete what is no part of the table."),
    "line": _("Line %(line)s has more than %(limit)s characters: is each row on a line of its own?"),
    "empty_lines": _("From line %(line)s on more than %(limit)s lines are empty: delete them."),
    "open_row": _(
        "The row that begins in line %(line)s has more than %(limit)s characters: is a quotation mark missing?"
    ),
    "quotation": _(
        "The row that begins in line %(line)s cannot be read: is a quotation mark missing, or one too many?"
    ),
    "nul": _("Line %(line)s holds NUL, which is no character of a text: save the table anew."),
    "encoding": _("The file is not a text in %(encoding)s."),
    "object": _("Line %(line)s is not a JSON object."),
    "faults": _(
        "Too many cells are errors or formulas without a result, up to %(cell)s: save the values alone."
    ),
}
LONGEST_WORD = 40  # of a field that is quoted
ODD_FIELD = lazy(
    lambda word: gettext("“%(word)s”: this field is unknown, or stands there twice.") % {"word": word}, str
)
Numbered = tuple[
    int, Sequence[Any], Mapping[str, str]
]  # a row: its number, its values, codes of faults by place


def rows_of(
    pieces: Iterable[bytes],
    *,
    form: str,
    encoding: str,
    columns: Columns,
    required: Sequence[str],
    findings: Findings | None = None,
) -> Iterator[TableRow]:
    """Yield the rows of a table; a file that is none refuses as a whole, at whatever row that shows."""
    findings = findings if findings is not None else Findings()
    rows = _read(_of_its_form(pieces, form, encoding), form, encoding, columns, findings)
    if form == "NDJSON":
        return _from_objects(rows, columns)
    return _under_heading(rows, columns, required, findings)


def _of_its_form(pieces: Iterable[bytes], form: str, encoding: str) -> Iterator[bytes]:
    """Yield a file as it came. Raises NotATable where its beginning is that of another form."""
    pieces = iter(pieces)
    start = next(pieces, b"")
    if form in WORKBOOKS and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise NotATable(WEB_PAGE)
    if form not in WORKBOOKS and start.startswith((b"PK\3\4", OLE)):
        raise NotATable(WORKBOOK)
    if start.startswith(NO_TABLES):
        raise NotATable(NO_TABLE)
    if form not in WORKBOOKS and not encoding:
        raise NotATable(NO_ENCODING)
    yield start
    yield from pieces


def _read(
    pieces: Iterable[bytes], form: str, encoding: str, columns: Columns, findings: Findings
) -> Iterator[Numbered]:
    """Yield the rows of a file as the process reads them that may die of it."""
    words = [*map(word_of, columns), *columns.values()]
    if form not in WORKBOOKS and encoding != "UTF-8":
        findings.add("encoding", encoding=encoding)
    try:
        for line in process.lines_of(pieces, words, form=form, encoding=encoding):
            if isinstance(line, list):
                yield line[0], line[1], line[2]
            elif "fault" in line:
                raise NotATable(FAULTS[line["fault"]], **line["values"])
            elif "sheet" in line:
                findings.add_workbook(line)
            elif line["delimiter"] != ",":
                findings.add("delimiter", delimiter=DELIMITERS[line["delimiter"]])
    except process.Died as error:
        raise NotATable(DIED) from error


def _under_heading(
    rows: Iterator[Numbered], columns: Columns, required: Sequence[str], findings: Findings
) -> Iterator[TableRow]:
    first = list(islice(rows, HEADING_WITHIN))
    if not first:
        raise NotATable(_("The file is empty."))
    place = headings.place_of([cells for _number, cells, _codes in first], columns)
    names = headings.names_of(first[place][1], columns, required)
    if place:
        findings.add("heading", row=first[place][0])
    left_out: list[int] = []
    for number, cells, codes in chain(first[place + 1 :], rows):
        if totals.is_sum(cells):
            left_out.append(number)
        elif codes or any(str(cell).strip() for cell in cells):
            yield _row(number, cells, codes, names)
    if left_out:
        findings.add_rows("sums", left_out)


def _row(number: int, given: Sequence[Any], codes: Mapping[str, str], names: Sequence[str]) -> TableRow:
    cells = dict.fromkeys((name for name in names if name), "")
    faults: dict[str, str | Promise] = {}
    for place, value in enumerate(given):
        name = names[place] if place < len(names) else ""
        if name:
            cells[name], fault = values.of_workbook(value, name, codes.get(str(place), ""))
            if fault:
                faults[name] = fault
        elif place >= len(names) and str(value).strip():
            faults[""] = MORE_CELLS
    for key, code in codes.items():
        place = int(key)  # of a cell that a row of values can end before
        if len(given) <= place < len(names) and names[place]:
            faults[names[place]] = values.FAULTS[code]
    return TableRow(number, cells, faults)


def _from_objects(rows: Iterator[Numbered], columns: Columns) -> Iterator[TableRow]:
    known = {**columns, **{name: name for name in columns.values()}}
    return (_object(number, pairs, known, columns) for number, pairs, _codes in rows)


def _object(number: int, pairs: Sequence[tuple[str, Any]], known: Columns, columns: Columns) -> TableRow:
    cells = dict.fromkeys(columns.values(), "")
    faults: dict[str, str | Promise] = {}
    seen: set[str] = set()
    for word, value in pairs:
        name = known.get(word.strip(), "")
        if not name or name in seen:
            faults[""] = ODD_FIELD(word.strip()[:LONGEST_WORD])
            continue
        seen.add(name)
        cells[name], fault = values.of_json(value, name)
        if fault:
            faults[name] = fault
    return TableRow(number, cells, faults)
