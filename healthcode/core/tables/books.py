"""Workbooks: the sheet whose heading has most words, its rows, and what a spreadsheet hides of both."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO, Protocol

from healthcode.core.tables import sheets
from healthcode.core.tables.faults import UnreadableFile, require_short
from healthcode.core.tables.words import HEADING_WITHIN, matches
from healthcode.core.tables.xlsx import Workbook

LARGEST = 24 * 1024**2
PIECE = 64 * 1024
SERIALS = (30_000, 60_000)  # days that are no year and no amount of anything in a column of days
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
Row = tuple[int, list[Any]]


class Book(Protocol):
    """What is read of a workbook, in whichever form."""

    names: list[str]
    hidden: set[str]
    is_seen: bool  # whether what is hidden in a sheet is known

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a sheet, each with its number."""

    def found(self, name: str) -> sheets.Sheet:
        """Return what was found out about a sheet."""

    def first_column(self, name: str) -> int:
        """Return how many columns before its first value are left out of each row."""


def lines_of(file: BinaryIO, words: frozenset[str]) -> Iterator[object]:
    """Yield what is said of a workbook, then the rows of its table. Raises UnreadableFile."""
    book = _opened(_read(file))
    if not book.names:
        raise UnreadableFile("no_sheet")
    best = sorted(
        (
            (_matches(book, name, words), name not in book.hidden, -place, name)
            for place, name in enumerate(book.names)
        ),
        key=lambda one: (one[0] > 1, one[1], one[0], one[2]),
        reverse=True,
    )
    name = best[0][-1]
    sheet = book.found(name)
    yield {
        "sheet": name if len(book.names) > 1 else "",
        "others": [one[-1] for one in best[1:] if one[0] > 1],
        "hidden": name in book.hidden,
        "hidden_rows": sheet.hidden_rows,
        "hidden_columns": sheet.hidden_columns,
        "seen": book.is_seen,
    }
    yield from _rows(book, name, sheet)


def _read(file: BinaryIO) -> io.BytesIO:
    """Return a whole file: the list of its parts stands at its end."""
    content = io.BytesIO()
    while piece := file.read(PIECE):
        if content.tell() + len(piece) > LARGEST:
            raise UnreadableFile("file", limit=LARGEST // 1024**2)
        content.write(piece)
    content.seek(0)
    return content


def _opened(content: io.BytesIO) -> Book:
    """Open a workbook: an XLSX by its XML, which says more than its values; any other as python-calamine does."""
    if content.getbuffer()[: len(OLE)] != OLE:
        try:
            archive = zipfile.ZipFile(content)
            if sum(one.file_size for one in archive.infolist()) > sheets.EXPANDED:
                raise UnreadableFile("expanded")
            if sheets.WORKBOOK in archive.namelist():
                return Surveyed(archive)
        except (UnreadableFile, MemoryError):  # out of memory the process has died of the file
            raise
        except (
            Exception
        ) as error:  # cut off, bits turned, encrypted: whatever zip, zlib and expat have for it
            raise UnreadableFile("not_a_workbook") from error
    from healthcode.core.tables.other_books import Unsurveyed  # an XLSX needs none of it

    content.seek(0)
    return Unsurveyed(content)


class Surveyed:
    """An XLSX: what its XML says beside its values is known."""

    is_seen = True

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._outline = sheets.survey(archive)
        self._book = Workbook(archive, self._outline)
        self.names, self.hidden = list(self._outline.paths), self._outline.hidden

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything, each with its number. Raises UnreadableFile."""
        try:
            yield from self._book.rows(name)
        except (UnreadableFile, MemoryError):
            raise
        except Exception as error:
            raise UnreadableFile("not_a_workbook") from error

    def found(self, name: str) -> sheets.Sheet:
        """Return what was found out about a sheet."""
        return self._outline.found[name]

    def first_column(self, name: str) -> int:
        """Return 0: each row begins in the first column."""
        return 0


def _matches(book: Book, name: str, words: frozenset[str]) -> int:
    """Return how many words of a heading one of the first rows of a sheet has."""
    first = islice(book.rows(name), HEADING_WITHIN)
    return max((matches(values, words) for _number, values in first), default=0)


def _rows(book: Book, name: str, sheet: sheets.Sheet) -> Iterator[object]:
    by_row: dict[int, dict[int, str]] = {}
    first = book.first_column(name)
    for (row, column), fault in sheet.faults.items():
        by_row.setdefault(row, {})[column - 1 - first] = fault
    for number, values in book.rows(name):
        yield from _before(by_row, number)
        require_short(number, values)
        faults = by_row.pop(number, {})
        yield number, values, faults if sheet.from_1900 else {**_serials(values), **faults}
    yield from _before(by_row, None)


def _before(by_row: dict[int, dict[int, str]], number: int | None) -> Iterator[object]:
    """Yield the rows before a number of which nothing is known but that their cells are errors or say nothing."""
    for row in sorted(one for one in by_row if number is None or one < number):
        yield row, [], by_row.pop(row)


def _serials(values: list[Any]) -> Mapping[int, str]:
    """Name the numbers that may be days, of a workbook that counts them from another one than most, or does not say."""
    found = ((place, value) for place, value in enumerate(values) if isinstance(value, float))
    return {place: "serial" for place, value in found if SERIALS[0] < value < SERIALS[1]}
