"""The process that reads a workbook: a file on standard input, lines of JSON out, within limits it sets itself.

A line is an object that says something of the file, or a row: its number, its values, what is wrong with which of
them. The last line is {"end": true}: where it is missing, the process died of the file.
"""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from healthcode.core.tables import sheets

MEMORY = 1024**3
SECONDS = 60  # of processor time
LARGEST = 64 * 1024**2
HEADING_WITHIN = 20  # rows, the first of them titles
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


class NoWorkbook(Exception):
    """The file is no workbook; the argument is a code."""


def main() -> None:
    """Read a workbook for the sheet whose heading has the most of the words in the arguments."""
    limit()
    words = frozenset(json.loads(sys.argv[1]))
    try:
        for line in lines_of(sys.stdin.buffer.read(LARGEST + 1), words):
            write(line)
    except sheets.TooMuch as error:
        write({"fault": error.args[0], "cell": (*error.args[1:], "")[0]})
    except NoWorkbook as error:
        write({"fault": error.args[0]})
    write({"end": True})
    sys.stdout.flush()


def limit() -> None:
    """Take no more than a table needs, whatever is read."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def write(line: object) -> None:
    """Write one line; what is no text (half a character) is marked as lost."""
    text = json.dumps(line, ensure_ascii=False, default=_plain)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")


def lines_of(content: bytes, words: frozenset[str]) -> Iterator[object]:
    """Yield what is said of a workbook, then the rows of its table. Raises NoWorkbook and TooMuch."""
    if len(content) > LARGEST:
        raise sheets.TooMuch("file")
    surveyed, seen = _survey(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise NoWorkbook("password") from error
    except Exception as error:  # its own errors have no common base
        raise NoWorkbook("not_a_workbook") from error
    tables = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if not tables:
        raise NoWorkbook("no_sheet")
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
                raise sheets.TooMuch("expanded")
            if sheets.WORKBOOK not in archive.namelist():
                return {}, False
            return sheets.survey(archive), True
    except sheets.TooMuch:
        raise
    except Exception as error:  # cut off, bits turned, encrypted: whatever zip, zlib and expat have for it
        raise NoWorkbook("not_a_workbook") from error


def _matches(book: Any, name: str, words: frozenset[str]) -> int:
    """Return how many words of a heading one of the first rows of a sheet has."""
    best = 0
    for number, values in enumerate(_values(book, name)):
        if number >= HEADING_WITHIN:
            break
        best = max(best, len({"".join(str(value).split()) for value in values} & words))
    return best


def _values(book: Any, name: str) -> Iterator[list[Any]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > sheets.CELLS:
        raise sheets.TooMuch("cells")
    try:
        yield from sheet.iter_rows()
    except Exception as error:
        raise NoWorkbook("not_a_workbook") from error


def _rows(book: Any, name: str, sheet: sheets.Sheet) -> Iterator[object]:
    by_row: dict[int, dict[int, str]] = {}
    first = (book.get_sheet_by_name(name).start or (0, 0))[1]  # columns before it are left out of each row
    for (row, column), fault in sheet.faults.items():
        by_row.setdefault(row, {})[column - 1 - first] = fault
    for number, values in enumerate(_values(book, name), start=1):
        yield [number, values, by_row.get(number, {})]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return {"date": f"{value:%Y-%m-%d %H:%M:%S}"}
    if isinstance(value, date):
        return {"date": f"{value:%Y-%m-%d}"}
    if isinstance(value, time | timedelta):
        return {"date": str(value)}
    return str(value)


if __name__ == "__main__":
    main()
