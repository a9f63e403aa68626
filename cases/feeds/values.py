"""What one cell holds, as text that every database stores; and the sentence for what is no text of anybody's."""

import re
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.spreadsheets import as_written

LOST_FROM = 10**15  # a spreadsheet keeps fifteen digits of a number
NUMBERS = frozenset({"temperature", "pool_size", "index_case"})
DATES = ("_at", "_on")  # how columns of days and instants are called
TRUTHS = frozenset({"fever", "severe", "test_required", "is_head"})
# Half a character and NUL, which not every database stores, and the sign for a character that got lost.
NO_TEXT = re.compile("[\x00\ud800-\udfff\ufffd]")
SHORTENED = re.compile(r"[+-]?\d(\.\d+)?[Ee]\+\d{2,3}")
ERROR = re.compile(r"#(REF|DIV/0|VALUE|NAME|NUM|NULL|N/A|SPILL|CALC|GETTING_DATA)[!?]?", re.IGNORECASE)

LOST_DIGITS = _(
    "The spreadsheet made a number of this and lost digits: format the column as text, and type it again."
)
FAULTS: dict[str, str | Promise] = {
    "error": _("The spreadsheet has an error in this cell."),
    "formula": _(
        "This cell is a formula without a result: open and save the file in a spreadsheet, or type the value."
    ),
}
CHARACTER = _("This cell holds a character that is none, or one that got lost on the way: type it again.")
NOT_TEXT = _("Text is expected here, in quotation marks; no list, object, number, true or false.")
NO_TRUTH = _("The spreadsheet made true or false of this: format the column as text, and type it again.")
NO_DATE = _("The spreadsheet made a date of this: format the column as text, and type it again.")

NO_EPOCH = _(
    "This is a number, and of this workbook nobody can tell which day it stands for: format the column as date or text."
)


def of_workbook(value: Any, name: str, code: str = "") -> tuple[str, str | Promise]:
    """Return the text of a spreadsheet's cell, and what is wrong with it ("" for nothing)."""
    if code == "serial":
        text, fault = _number(value)
        return text, (NO_EPOCH if name.endswith(DATES) else fault)
    if code:
        return "", FAULTS[code]
    if isinstance(value, bool):
        return ("是" if value else "否"), ("" if name in TRUTHS else NO_TRUTH)
    if isinstance(value, dict):
        return str(value.get("date", "")), ("" if name.endswith(DATES) else NO_DATE)
    if isinstance(value, int | float):
        return _number(value)
    return of_text(str(value or ""))


def of_json(value: Any, name: str) -> tuple[str, str | Promise]:
    """Return the text of a JSON value, and what is wrong with it; a number comes in its own digits, as an object."""
    if value is None:
        return "", ""
    if isinstance(value, dict):
        number = value.get("number")
        return number or "", ("" if number and name in NUMBERS else NOT_TEXT)
    if isinstance(value, bool):
        return ("是" if value else "否"), ("" if name in TRUTHS else NOT_TEXT)
    return of_text(value) if isinstance(value, str) else ("", NOT_TEXT)


def of_text(value: str) -> tuple[str, str | Promise]:
    """Return a text that can be stored, and what is wrong with it."""
    text = as_written(value.strip())
    if NO_TEXT.search(text):
        return NO_TEXT.sub("\ufffd", text), CHARACTER
    # Asked of every cell of millions of rows: the plain question first.
    if text.startswith("#") and ERROR.fullmatch(text):
        return text, FAULTS["error"]
    return text, (LOST_DIGITS if "+" in text and SHORTENED.fullmatch(text) else "")


def _number(value: float) -> tuple[str, str | Promise]:
    if abs(value) >= LOST_FROM:
        return f"{value:.5e}", LOST_DIGITS
    return (str(int(value)) if float(value).is_integer() else f"{value:.15g}"), ""
