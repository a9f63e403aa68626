"""The values of an XLSX, row by row: no more than one piece of a sheet and its texts are in memory.

python-calamine has all cells of a sheet at once, which takes a hundred bytes each.
"""

import re
import zipfile
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from healthcode.core.tables import sheets

# Formats of dates that no workbook writes out: those of East Asia too.
DATES = frozenset((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)))
DURATION = 46
NO_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
DAY0 = {False: date(1899, 12, 30), True: date(1904, 1, 1)}  # the day 0 of a count, which may begin in 1904
LEAP = 60  # a day that never was, in the count from 1900
LATER = 1462  # days, that a count from 1904 begins
SECONDS = 86_400  # of a day
DAYS = 2_958_466  # from the count's beginning to the year 9999


class Strings:
    """The texts that cells share, in one piece of memory and not as so many objects."""

    def __init__(self) -> None:
        self._texts, self._ends = bytearray(), array("Q")
        self._text: list[str] = []
        self._within, self._spoken = False, False

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            return ""
        begin = self._ends[number - 1] if number else 0
        return self._texts[begin : self._ends[number]].decode("utf-8", "surrogatepass")

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        """Begin a text, or a part of one; how it is pronounced is none."""
        if tag == "t":
            self._within = not self._spoken
        elif tag == "rPh":
            self._spoken = True

    def text(self, text: str) -> None:
        """Take a part."""
        if self._within:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """End a part, or a text."""
        if tag == "t":
            self._within = False
        elif tag == "rPh":
            self._spoken = False
        elif tag == "si":
            self._texts += unescaped("".join(self._text)).encode("utf-8", "surrogatepass")
            self._ends.append(len(self._texts))
            self._text.clear()


class Styles:
    """Which formats of cells make a day or a span of time of a number."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self._formats: dict[int, str] = {}
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a format, or the style of a cell."""
        if tag == "numFmt":
            self._formats[int(attributes.get("numFmtId", 0))] = kind_of(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            number = int(attributes.get("numFmtId", 0))
            shipped = "span" if number == DURATION else "day" if number in DATES else ""
            self.kinds.append(self._formats.get(number, shipped))

    def end(self, tag: str) -> None:
        """End the styles of cells."""
        self._in_cells = self._in_cells and tag != "cellXfs"


class Workbook:
    """The sheets of one XLSX."""

    def __init__(self, archive: zipfile.ZipFile, outline: sheets.Outline) -> None:
        self._archive, self._outline = archive, outline
        self._strings, styles = Strings(), Styles()
        for entry in archive.namelist():
            if entry.endswith("sharedStrings.xml"):
                texts = self._strings
                sheets.parse(
                    archive, entry, [sheets.EXPANDED], start=texts.start, end=texts.end, text=texts.text
                )
            elif entry.endswith("styles.xml"):
                sheets.parse(archive, entry, [sheets.EXPANDED], start=styles.start, end=styles.end)
        self._kinds = styles.kinds

    def first(self, name: str, rows: int) -> list[list[Any]]:
        """Return the first rows of a sheet that hold anything."""
        return [values for _number, values in islice(self.rows(name), rows)]

    def rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows of a sheet that hold anything: the number of each, and its values from its first column on."""
        reader = _Rows(self._strings, self._kinds, from_1904=self._outline.from_1904)
        path = self._outline.paths[name]
        for _piece in sheets.pieces_parsed(
            self._archive, path, [sheets.EXPANDED], start=reader.start, end=reader.end, text=reader.text
        ):
            yield from reader.done
            reader.done.clear()


class _Rows:
    """Takes the XML of one sheet; its handlers are called for every cell, so they do little."""

    def __init__(self, strings: Strings, kinds: list[str], *, from_1904: bool) -> None:
        self.done: list[tuple[int, list[Any]]] = []
        self._strings, self._kinds, self._from_1904 = strings, kinds, from_1904
        self._row = self._column = 0
        self._values: list[Any] = []
        self._type, self._style, self._within, self._spoken = "", 0, False, False
        self._text: list[str] = []
        self._columns: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "v" or tag == "t":
            self._within = not self._spoken
        elif tag == "c":
            name = attributes.get("r")
            self._column = sheets.column_of(name, self._columns) if name else self._column + 1
            self._type, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
        elif tag == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif tag == "rPh":
            self._spoken = True

    def text(self, text: str) -> None:
        if self._within:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "t":
            self._within = False
        elif tag == "c":
            if self._text:
                values, value = self._values, self._value("".join(self._text))
                values.extend([""] * (self._column - 1 - len(values)))
                values.append(value)
                self._text.clear()
        elif tag == "row":
            if self._values:
                self.done.append((self._row, self._values))
                self._values = []
        elif tag == "rPh":
            self._spoken = False

    def _value(self, text: str) -> Any:
        if self._type == "s":
            return self._strings[int(text)] if text.strip().isdecimal() else ""
        if self._type == "n":
            return self._number(text)
        if self._type == "b":
            return text.strip() in ("1", "true")
        return "" if self._type == "e" else unescaped(text)

    def _number(self, text: str) -> Any:
        try:
            number = float(text)
        except ValueError:
            return text
        kind = self._kinds[self._style] if 0 <= self._style < len(self._kinds) else ""
        return moment(number, from_1904=self._from_1904, is_span=kind == "span") if kind else number


def moment(number: float, *, from_1904: bool, is_span: bool) -> Any:
    """Return the day, the instant or the span that a number stands for; the number where it stands for none."""
    if not 0 <= number < DAYS:
        return number
    day, seconds = divmod(round(number * SECONDS), SECONDS)
    if is_span:
        return timedelta(days=day, seconds=seconds)
    if day >= DAYS - from_1904 * LATER:
        return number
    clock = time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if not day:
        return clock
    if day < LEAP and not from_1904:
        day += 1
    found = DAY0[from_1904] + timedelta(days=day)
    return datetime.combine(found, clock) if seconds else found


def kind_of(code: str) -> str:
    """Return whether a format is one of days, of a span of time, or of neither."""
    bare = NO_PART.sub("", code.partition(";")[0]).lower()
    if re.search(r"\[[hms]+\]", bare):
        return "span"
    return "day" if bare != "general" and re.search("[ymdhs]", bare) else ""


def unescaped(text: str) -> str:
    """Return a text with its characters that XML does not hold."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
