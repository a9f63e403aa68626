"""Workbooks whose XML nobody surveys, XLS and ODS: python-calamine has all cells of a sheet at once."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import python_calamine

from healthcode.core.tables import sheets
from healthcode.core.tables.faults import UnreadableFile

ODS = b"application/vnd.oasis.opendocument.spreadsheet"


class Unsurveyed:
    """An XLS or ODS: hidden rows, formulas without a result and errors are not known."""

    is_seen = False

    def __init__(self, content: io.BytesIO) -> None:
        try:
            self._book = python_calamine.load_workbook(content)
        except python_calamine.PasswordError as error:
            raise UnreadableFile("password") from error
        except Exception as error:  # its own errors have no common base
            raise UnreadableFile("expanded" if _is_whole_ods(content) else "not_a_workbook") from error
        tables = [
            one for one in self._book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        visible = python_calamine.SheetVisibleEnum.Visible
        self.names = [one.name for one in tables]
        self.hidden = {one.name for one in tables if one.visible != visible}

    def rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows of a sheet, each with its number. Raises UnreadableFile."""
        sheet = self._book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > sheets.CELLS:
            row, column = sheet.end or (0, 0)
            raise UnreadableFile("cells", cell=sheets.name_of(row + 1, column + 1))
        try:
            yield from enumerate(sheet.iter_rows(), start=1)
        except Exception as error:
            raise UnreadableFile("not_a_workbook") from error

    def found(self, name: str) -> sheets.Sheet:
        """Return nothing: nobody looked."""
        return sheets.Sheet()

    def first_column(self, name: str) -> int:
        """Return how many columns before its first value are left out of each row."""
        return (self._book.get_sheet_by_name(name).start or (0, 0))[1]


def _is_whole_ods(content: io.BytesIO) -> bool:
    """Tell whether a file that cannot be opened is an ODS all the same: one whose sheet reaches too far."""
    try:
        with zipfile.ZipFile(content) as archive:
            return archive.read("mimetype").startswith(ODS) and archive.testzip() is None
    except (zipfile.BadZipFile, KeyError, OSError, zlib.error):
        return False
