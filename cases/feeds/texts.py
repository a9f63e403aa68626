"""Files of text: CSV and NDJSON, line by line in bounded memory, and the trailer that may close them.

A trailer is the last line alone, and says exactly `#END,<rows>,<SHA-256 of everything before it>`. What was cut off or
changed on the way then comes back as a whole.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from cases.feeds import headings
from cases.feeds.rows import Columns, NotATable
from healthcode.core.encodings import CODECS

TRAILER = "#END"
LONGEST_LINE = 20_000
LONGEST_ROW = 100_000  # characters, over all its lines
DELIMITERS = (",", ";", "\t", "，", "；", "|")


class Digests:
    """The hashes of a file that streams by: of the whole of it, and of what stands before its trailer.

    It keeps the last line alone, so that a file is hashed while its rows are read, and is never opened again for it.
    """

    def __init__(self) -> None:
        self._whole, self._before = hashlib.sha256(), hashlib.sha256()
        self._last, self._within = b"", False  # the last line so far; whether one too long to keep goes on

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces as they are, hashed in passing."""
        for piece in pieces:
            self._add(piece)
            yield piece

    @property
    def trailer(self) -> bytes | None:
        """Return the last line if it is a trailer."""
        last = self._last.strip()
        return last if last.partition(b",")[0] == TRAILER.encode() else None

    @property
    def ends_in_a_line(self) -> bool:
        """Tell whether the last line has its end."""
        return self._last.endswith((b"\n", b"\r")) or not self._last

    def compare(self, rows: int, *, declared_rows: int | None, declared_sha256: str, is_text: bool) -> None:
        """Refuse a file that is not what its sender declared, beside it or in its trailer."""
        declared = [(declared_rows, declared_sha256, self._whole.hexdigest())]
        if self.trailer is not None and is_text:
            declared.append((*_declared_in(self.trailer), self._before.hexdigest()))
        for number, digest, found in declared:
            if number is not None and number != rows:
                raise NotATable(
                    _("%(declared)s rows were declared, %(found)s came."), declared=number, found=rows
                )
            if digest and digest.lower() != found:
                raise NotATable(_("The file is not the one that was declared: its SHA-256 differs."))

    def _add(self, piece: bytes) -> None:
        self._whole.update(piece)
        if self._within:
            end = piece.find(b"\n") + 1 or len(piece)
            self._before.update(piece[:end])
            self._within, piece = not piece[:end].endswith(b"\n"), piece[end:]
        text = self._last + piece
        earlier = text[: text.rfind(b"\n", 0, -1) + 1]
        filled = len(earlier.rstrip())  # empty lines before a trailer belong to nothing
        end = earlier.find(b"\n", filled) + 1 if filled else 0
        if (
            len(text) - end > LONGEST_LINE
        ):  # no trailer: a file without line ends is not kept in memory for it
            end, self._within = len(text), not text.endswith(b"\n")
        self._before.update(text[:end])
        self._last = text[end:]


def _declared_in(trailer: bytes) -> tuple[int | None, str]:
    _mark, _comma, rest = trailer.decode("ascii", "replace").partition(",")
    rows, _comma, digest = rest.partition(",")
    if not rows.strip().isdecimal() or not digest.strip():
        raise NotATable(_("The last line has to say #END, the number of rows and the SHA-256."))
    return int(rows), digest.strip()


def lines_of(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines of a text before its trailer. Raises NotATable."""
    text = io.TextIOWrapper(file, CODECS[encoding], newline="")
    last, blank = "", ""  # the line that may be the trailer, and the empty ones after it
    try:
        first = True
        while line := text.readline(LONGEST_LINE + 1):
            if first:
                line, first = line.removeprefix("\ufeff"), False
            if "\0" in line or len(line) > LONGEST_LINE:
                raise NotATable(_("The file is not a table of text."))
            if last and not line.strip():
                blank += line if len(blank) < LONGEST_LINE else ""
                continue
            if last:
                yield last
                yield from blank.splitlines(keepends=True)
            last, blank = line, ""
        if last and not is_trailer(last):
            yield last
    except UnicodeError as error:
        raise NotATable(_("The file is not a text in %(name)s."), name=encoding) from error


def is_trailer(line: str) -> bool:
    """Tell whether a last line is a trailer: its first cell is the mark, and nothing but the mark."""
    return line.strip().partition(",")[0] == TRAILER


def table_of(lines: Iterator[str], columns: Columns) -> tuple[Iterator[list[str]], str]:
    """Return the rows of a CSV, and the delimiter under which its first ones name most columns."""
    first = list(islice(lines, headings.WITHIN))
    counts = {one: [headings.matches(row, columns) for row in _tried(first, one)] for one in DELIMITERS}
    found = max(DELIMITERS, key=lambda one: max(counts[one], default=0))
    return _rows(chain(first, lines), found), found


def _tried(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [next(csv.reader([line], delimiter=delimiter), []) for line in lines if '"' not in line]


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    length = [0]

    def measured() -> Iterator[str]:
        for line in lines:
            length[0] += len(line)
            if length[0] > LONGEST_ROW:
                raise NotATable(
                    _("A row has more than %(limit)s characters: is a quotation mark missing?"),
                    limit=LONGEST_ROW,
                )
            yield line

    reader, begun = csv.reader(measured(), delimiter=delimiter, strict=True), 1
    try:
        for row in reader:
            length[0], begun = 0, reader.line_num + 1
            yield row
    except csv.Error as error:
        raise NotATable(
            _(
                "The row that begins in line %(line)s cannot be read: is a quotation mark missing, or one too many?"
            ),
            line=begun,
        ) from error
