"""Workbooks: the sheet whose heading has most words, its rows, and what a spreadsheet hides of both."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import python_calamine

from healthcode.core.tables import sheets
from healthcode.core.tables.faults import UnreadableFile, require_short
from healthcode.core.tables.words import HEADING_WITHIN, matches

LARGEST = 64 * 1024**2
SERIALS = (30_000, 60_000)  # days that are no year and no amount of anything in a column of days
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def lines_of(content: bytes, words: frozenset[str]) -> Iterator[object]:
    """Yield what is said of a workbook, then the rows of its table. Raises UnreadableFile."""
    if len(content) > LARGEST:
        raise UnreadableFile("file")
    surveyed, seen = _survey(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise UnreadableFile("password") from error
    except Exception as error:  # its own errors have no common base
        raise UnreadableFile("not_a_workbook") from error
    tables = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if not tables:
        raise UnreadableFile("no_sheet")
    hidden = {one.name for one in tables if one.visible != python_calamine.SheetVisibleEnum.Visible}
    best = sorted(
        (
            (_matches(book, one.name, words), one.name not in hidden, -place, one.name)
            for place, one in enumerate(tables)
        ),
        key=lambda one: (one[0] > 1, one[1], one[0], one[2]),
        reverse=True,
    )
    name = best[0][-1]
    sheet = surveyed.get(name, sheets.Sheet())
    yield {
        "sheet": name if len(tables) > 1 else "",
        "others": [one[-1] for one in best[1:] if one[0] > 1],
        "hidden": name in hidden,
        "hidden_rows": sheet.hidden_rows,
        "hidden_columns": sheet.hidden_columns,
        "seen": seen,
    }
    yield from _rows(book, name, sheet)


def _survey(content: bytes) -> tuple[dict[str, sheets.Sheet], bool]:
    """Return what the XML of an XLSX says, and whether there was any to be read."""
    if content.startswith(OLE):
        return {}, False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > sheets.EXPANDED:
                raise UnreadableFile("expanded")
            if sheets.WORKBOOK not in archive.namelist():
                return {}, False
            return sheets.survey(archive), True
    except UnreadableFile:
        raise
    except Exception as error:  # cut off, bits turned, encrypted: whatever zip, zlib and expat have for it
        raise UnreadableFile("not_a_workbook") from error


def _matches(book: Any, name: str, words: frozenset[str]) -> int:
    """Return how many words of a heading one of the first rows of a sheet has."""
    best = 0
    for number, values in enumerate(_values(book, name)):
        if number >= HEADING_WITHIN:
            break
        best = max(best, matches(values, words))
    return best


def _values(book: Any, name: str) -> Iterator[list[Any]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > sheets.CELLS:
        raise UnreadableFile("cells", cell="")
    try:
        yield from sheet.iter_rows()
    except Exception as error:
        raise UnreadableFile("not_a_workbook") from error


def _rows(book: Any, name: str, sheet: sheets.Sheet) -> Iterator[object]:
    by_row: dict[int, dict[int, str]] = {}
    first = (book.get_sheet_by_name(name).start or (0, 0))[1]  # columns before it are left out of each row
    for (row, column), fault in sheet.faults.items():
        by_row.setdefault(row, {})[column - 1 - first] = fault
    for number, values in enumerate(_values(book, name), start=1):
        require_short(number, values)
        faults = by_row.get(number, {})
        yield number, values, faults if sheet.from_1900 else {**_serials(values), **faults}


def _serials(values: list[Any]) -> dict[int, str]:
    """Name the numbers that may be days, of a workbook that counts them from another one than most, or does not say."""
    found = ((place, value) for place, value in enumerate(values) if isinstance(value, float))
    return {place: "serial" for place, value in found if SERIALS[0] < value < SERIALS[1]}
