"""What the XML of an XLSX says beside its values: how far a sheet reaches, what is hidden, what a formula never said.

Runs in the child alone, streaming: no more than one piece of a sheet is in memory.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

from healthcode.core.tables.faults import UnreadableFile

PIECE = 64 * 1024
ENTRIES = 5000
EXPANDED = 512 * 1024**2  # bytes of all that is read of one workbook
CELLS = 4_000_000  # of the rectangle that holds every value, as a reader of values builds it
WIDEST = 16_384  # columns of any spreadsheet
TOLD = 200  # hidden rows that are named
FAULTS = 20_000  # cells without a value that are remembered
NO_TABLES = ("/chartsheet", "/dialogsheet", "/macrosheet", "/xlMacrosheet", "/xlIntlMacrosheet")
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass
class Sheet:
    """One sheet: what is hidden in it, and cells that hold no value by (row, column), counted from 1."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: bool = False
    from_1900: bool = False  # from where its days are counted; of other forms nobody says
    faults: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass
class Outline:
    """What the XML of a workbook says of its sheets: which are hidden, where each lies, what its survey found."""

    found: dict[str, Sheet] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    from_1904: bool = False


class _Parts:
    """Takes the XML that says which sheets there are, and where."""

    def __init__(self, book: zipfile.ZipFile, left: list[int]) -> None:
        self.outline = Outline()
        self._targets: dict[str, str] = {}
        self._parts = set(book.namelist())
        parse(book, RELATIONS, left, start=self._relation)
        parse(book, WORKBOOK, left, start=self._sheet)

    def _relation(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and not attributes.get("Type", "").endswith(NO_TABLES):
            self._targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _sheet(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.outline.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        if tag != "sheet":
            return
        key = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), "")
        name, path = attributes.get("name", ""), _path(self._targets.get(key, ""))
        if path in self._parts:
            self.outline.paths[name] = path
            if attributes.get("state", "visible") != "visible":
                self.outline.hidden.add(name)


def survey(book: zipfile.ZipFile) -> Outline:
    """Return what the XML of an XLSX says of its sheets. Raises UnreadableFile."""
    if len(book.infolist()) > ENTRIES:
        raise UnreadableFile("expanded")
    left = [EXPANDED]
    for entry in book.infolist():
        if entry.filename.endswith(("sharedStrings.xml", "styles.xml")):
            parse(book, entry.filename, left)  # for its length alone
    outline = _Parts(book, left).outline
    for name, path in outline.paths.items():
        outline.found[name] = _Survey(book, path, left).found
    for one in outline.found.values():
        one.from_1900 = not outline.from_1904
    return outline


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


class _Survey:
    """One pass over the XML of one sheet: its handlers are called for every cell, so they do little."""

    def __init__(self, book: zipfile.ZipFile, path: str, left: list[int]) -> None:
        self.found = Sheet()
        self.row = self.column = self.last_row = self.last_column = 0
        self.first_column = 2**31
        self.kind, self.has_formula, self.in_value, self.has_value = "", False, False, False
        self.columns: dict[str, int] = {}
        parse(book, path, left, start=self.start, end=self.end, text=self.text)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "v" or tag == "is":
            self.in_value = True
        elif tag == "c":
            name = attributes.get("r")
            self.column = column_of(name, self.columns) if name else self.column + 1
            self.kind, self.has_formula, self.has_value = attributes.get("t", ""), False, False
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if attributes.get("hidden") in ("1", "true") and len(self.found.hidden_rows) < TOLD:
                self.found.hidden_rows.append(self.row)
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            self.found.hidden_columns = True

    def text(self, _text: str) -> None:
        if self.in_value:
            self.has_value = True

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "is":
            self.in_value = False
        elif tag == "c":
            if self.has_value:
                self._reach()
            if self.kind == "e":
                self._fault("error")
            elif self.has_formula and not self.has_value:
                self._fault("formula")

    def _fault(self, code: str) -> None:
        self.found.faults[self.row, self.column] = code
        if len(self.found.faults) > FAULTS:
            raise UnreadableFile("faults", cell=name_of(self.row, self.column))

    def _reach(self) -> None:
        if self.row <= self.last_row and self.first_column <= self.column <= self.last_column:
            return
        self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
        self.first_column = min(self.first_column, self.column)
        # Counted from the first row: a reader of values is asked for all rows from there.
        if self.column > WIDEST or self.last_row * (self.last_column - self.first_column + 1) > CELLS:
            raise UnreadableFile("cells", cell=name_of(self.row, self.column))


def column_of(name: str, known: dict[str, int]) -> int:
    """Return the number of a cell's column, counted from 1; `known` are those worked out before."""
    letters = name.rstrip("0123456789")
    if letters not in known:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        known[letters] = number
    return known[letters]


def parse(book: zipfile.ZipFile, path: str, left: list[int], **handlers: Any) -> None:
    """Parse one part of a workbook; `left` are the bytes that may still be read. Raises UnreadableFile."""
    for _piece in pieces_parsed(book, path, left, **handlers):
        pass


def pieces_parsed(
    book: zipfile.ZipFile, path: str, left: list[int], *, start: Any = None, end: Any = None, text: Any = None
) -> Iterator[None]:
    """Parse one part of a workbook, and stop after each piece of it."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = _first(parser, start, end)
    parser.CharacterDataHandler = text
    with book.open(path) as file:
        while piece := file.read(PIECE):
            left[0] -= len(piece)
            if left[0] < 0:
                raise UnreadableFile("expanded")
            parser.Parse(piece, False)
            yield
    parser.Parse(b"", True)
    yield


def _first(parser: Any, start: Any, end: Any) -> Any:
    """Return the handler of the first element: with its prefix, where it has one, come all the others."""

    def handle(tag: str, attributes: dict[str, str]) -> None:
        cut = len(tag.rpartition(":")[0]) + (":" in tag)
        if cut:
            parser.StartElementHandler = start and (lambda tag, attributes: start(tag[cut:], attributes))
            parser.EndElementHandler = end and (lambda tag: end(tag[cut:]))
        else:
            parser.StartElementHandler, parser.EndElementHandler = start, end

    return handle


def _no_doctype(*_declaration: Any) -> None:
    raise UnreadableFile("expanded")


def name_of(row: int, column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
