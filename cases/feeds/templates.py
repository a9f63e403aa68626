"""Templates of files: a heading, an example that is passed over, and of a workbook the words to choose from.

What is downloaded comes back accepted as it is.
"""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from cases.feeds import words
from cases.feeds.columns import EXAMPLE, Column
from healthcode.core.spreadsheets import TEXT, XLSX, csv_lines

ROWS = 5000  # that offer their words
WORDS_FROM = 5  # the column of the notes in which words begin
WIDTH = 18


@dataclass(frozen=True)
class Help:
    """What to write in one column."""

    word: str
    needed: bool
    hint: str | Promise
    words: list[str]
    example: str


def helps(headings: Mapping[str, str], takes: Mapping[str, Column], required: Collection[str]) -> list[Help]:
    """Return what to write in each column, in the order of the heading."""
    found = ((word, name, takes.get(name, Column())) for word, name in headings.items())
    return [
        Help(word, name in required, column.hint, words.offered(column.words), column.example)
        for word, name, column in found
    ]


def make(form: str, columns: list[Help]) -> bytes:
    """Return a template of these columns as CSV or XLSX."""
    return _workbook(columns) if form == XLSX else _text(columns)


def _rows(columns: list[Help]) -> Iterator[list[str]]:
    yield [one.word for one in columns]
    yield [EXAMPLE, *(one.example for one in columns[1:])]


def _text(columns: list[Help]) -> bytes:
    return "".join(csv_lines(_rows(columns))).encode()


def _workbook(columns: list[Help]) -> bytes:
    book = Workbook()
    sheet, notes = book.worksheets[0], book.create_sheet(_("Notes"))
    sheet.title = _("To fill in")
    for row in _rows(columns):
        sheet.append(row)
    for place, one in enumerate(columns, start=1):
        _lay_out(sheet, place, needed=one.needed)
        notes.append([one.word, _("needed") if one.needed else "", str(one.hint), one.example, *one.words])
        if one.words:
            _offer(sheet, notes, place, len(one.words))
    for letter in "ACD":
        notes.column_dimensions[letter].width = 2 * WIDTH
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lay_out(sheet: Worksheet, place: int, *, needed: bool) -> None:
    letter = get_column_letter(place)
    sheet.column_dimensions[letter].width = WIDTH
    sheet.column_dimensions[letter].number_format = TEXT
    sheet[f"{letter}1"].font = Font(bold=needed)
    sheet[f"{letter}2"].fill = PatternFill("solid", start_color="EEEEEE")
    sheet[f"{letter}1"].number_format = sheet[f"{letter}2"].number_format = TEXT


def _offer(sheet: Worksheet, notes: Worksheet, place: int, number: int) -> None:
    """Let the words of a column be chosen; others are asked about, for more are taken than are offered."""
    first, last = get_column_letter(WORDS_FROM), get_column_letter(WORDS_FROM + number - 1)
    choice = DataValidation(
        type="list",
        formula1=f"'{notes.title}'!${first}${place}:${last}${place}",
        allow_blank=True,
        errorStyle="warning",
        showErrorMessage=True,
    )
    letter = get_column_letter(place)
    choice.add(f"{letter}2:{letter}{ROWS}")
    sheet.add_data_validation(choice)
