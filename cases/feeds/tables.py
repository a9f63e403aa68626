"""Tables as offices send them: a text in whatever encoding, or a workbook, read row by row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import headings, texts, totals, values
from cases.feeds.findings import Findings
from cases.feeds.rows import MORE_CELLS, Columns, NotATable, TableRow
from healthcode.core.tables import process

WORKBOOKS = frozenset({"XLSX", "XLSM", "XLS", "ODS"})
PIECE = 1 << 16
NO_ENCODING = _(
    "The text is neither in UTF-8 nor in GB18030 or UTF-16: a character in it is broken. Save it anew."
)
DELIMITERS = {**{one: f"“{one}”" for one in texts.DELIMITERS}, "\t": _("tabs")}
WEB_PAGE = _(
    "The file is a web page under the name of a workbook: open it in a spreadsheet and save it as XLSX."
)
FAULTS: dict[str, str | Promise] = {
    "not_a_workbook": _(
        "The file is no workbook that can be opened: was it cut off, or is it of another form than its name says?"
    ),
    "password": _("The workbook is protected with a password: save it without one."),
    "no_sheet": _("The workbook has no sheet with a table."),
    "file": _("The workbook has more than 64 MB: save the table alone, or as CSV."),
    "expanded": _("The workbook expands to more than a table needs: save the table alone, or as CSV."),
    "cells": _("The sheet reaches as far as %(cell)s: delete what stands outside the table."),
    "faults": _(
        "Too many cells are errors or formulas without a result, up to %(cell)s: save the values alone."
    ),
}
Numbered = tuple[
    int, Sequence[Any], Mapping[str, str]
]  # a row: its number, its values, codes of faults by place


def rows_of(
    file: BinaryIO,
    *,
    form: str,
    encoding: str,
    columns: Columns,
    required: Sequence[str],
    findings: Findings | None = None,
) -> Iterator[TableRow]:
    """Yield the rows of a table; a file that is none refuses as a whole, at whatever row that shows."""
    findings = findings if findings is not None else Findings()
    if form in WORKBOOKS:
        return _under_heading(_of_workbook(file, columns, findings), columns, required, findings)
    if not encoding:
        raise NotATable(NO_ENCODING)
    lines = texts.lines_of(file, encoding)
    if encoding != "UTF-8":
        findings.add("encoding", encoding=encoding)
    if form == "NDJSON":
        return _from_objects(lines, columns)
    table, delimiter = texts.table_of(lines, columns)
    if delimiter != ",":
        findings.add("delimiter", delimiter=str(DELIMITERS[delimiter]))
    nothing: Mapping[str, str] = {}
    numbered = ((number, cells, nothing) for number, cells in enumerate(table, start=1))
    return _under_heading(numbered, columns, required, findings)


def _of_workbook(file: BinaryIO, columns: Columns, findings: Findings) -> Iterator[Numbered]:
    pieces = iter(lambda: file.read(PIECE), b"")
    start = next(pieces, b"")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise NotATable(WEB_PAGE)
    pieces = chain((start,), pieces)
    try:
        for line in process.lines_of(pieces, [*map(headings.word_of, columns), *columns.values()]):
            if isinstance(line, list):
                yield line[0], line[1], line[2]
            elif "fault" in line:
                raise NotATable(FAULTS[line["fault"]], cell=line.get("cell", ""))
            else:
                findings.add_workbook(line)
    except process.Died as error:
        raise NotATable(
            _(
                "Reading this workbook takes more memory or time than a table needs: save the table alone, or as CSV."
            )
        ) from error


def _under_heading(
    rows: Iterator[Numbered], columns: Columns, required: Sequence[str], findings: Findings
) -> Iterator[TableRow]:
    first = list(islice(rows, headings.WITHIN))
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


def _from_objects(lines: Iterator[str], columns: Columns) -> Iterator[TableRow]:
    known = {**columns, **{name: name for name in columns.values()}}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(
                line,
                object_pairs_hook=_Pairs,
                parse_int=values.JsonNumber,
                parse_float=values.JsonNumber,
                parse_constant=values.JsonNumber,
            )
        except (ValueError, RecursionError) as error:
            raise NotATable(_("Line %(number)s is not a JSON object."), number=number) from error
        if not isinstance(pairs, _Pairs):
            raise NotATable(_("Line %(number)s is not a JSON object."), number=number)
        yield _object(number, pairs, known, columns)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written: a name that stands there twice is not silently the last one."""


def _object(number: int, pairs: _Pairs, known: Columns, columns: Columns) -> TableRow:
    cells = dict.fromkeys(columns.values(), "")
    faults: dict[str, str | Promise] = {}
    seen: set[str] = set()
    for word, value in pairs:
        name = known.get(word.strip(), "")
        if not name or name in seen:
            faults[""] = _("This row has a field that is unknown, or stands there twice.")
            continue
        seen.add(name)
        cells[name], fault = values.of_json(value, name)
        if fault:
            faults[name] = fault
    return TableRow(number, cells, faults)
