"""Texts, line by line in bounded memory: CSV whose delimiter is found, and NDJSON.

The last line may be a trailer, which is no row.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

from healthcode.core.encodings import CODECS
from healthcode.core.tables.faults import LONGEST_ROW, UnreadableFile
from healthcode.core.tables.words import HEADING_WITHIN, matches

TRAILER = "#END"
LONGEST_LINE = 20_000  # characters
EMPTY_LINES = 10_000  # one after the other
WIDEST = 500  # names of an object that are looked at: more than any kind has columns
DELIMITERS = (",", ";", "\t", "，", "；", "|")
Row = tuple[int, Any, Mapping[str, str]]  # its number, what it holds, codes of faults by place
NOTHING: Mapping[str, str] = {}


def of_csv(file: BinaryIO, encoding: str, words: frozenset[str]) -> Iterator[Any]:
    """Yield the delimiter under which the first rows have most of the words, then each row that is not empty."""
    lines = lines_of(file, encoding)
    first = list(islice(lines, HEADING_WITHIN))
    delimiter = max(
        DELIMITERS, key=lambda one: max((matches(row, words) for row in _tried(first, one)), default=0)
    )
    yield {"delimiter": delimiter}
    for number, cells in enumerate(_rows(chain(first, lines), delimiter), start=1):
        if any(cells):
            yield number, cells, NOTHING


def of_objects(file: BinaryIO, encoding: str, _words: frozenset[str]) -> Iterator[Row]:
    """Yield the JSON objects of a text as pairs: a name that stands there twice is not silently the last one."""
    for number, line in enumerate(lines_of(file, encoding), start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(
                line,
                object_pairs_hook=_JsonObject,
                parse_int=_JsonNumber,
                parse_float=_JsonNumber,
                parse_constant=_JsonNumber,
            )
        except (ValueError, RecursionError) as error:
            raise UnreadableFile("object", line=number) from error
        if not isinstance(pairs, _JsonObject):
            raise UnreadableFile("object", line=number)
        yield number, [(word, _value(value)) for word, value in pairs[:WIDEST]], NOTHING


READERS: dict[str, Callable[[BinaryIO, str, frozenset[str]], Iterator[Any]]] = {
    "CSV": of_csv,
    "NDJSON": of_objects,
}


class _JsonObject(list[tuple[str, Any]]):
    """A JSON object as it is written."""


class _JsonNumber(str):
    """A number of JSON in its own digits: as a float it would be another one."""


def _value(value: Any) -> Any:
    """Return a JSON value as the parent takes it: a number in its digits, and of a list or an object that it is one."""
    if isinstance(value, _JsonNumber):
        return {"number": str(value)}
    return {} if isinstance(value, list) else value


def lines_of(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines of a text before its trailer. Raises UnreadableFile."""
    text = io.TextIOWrapper(file, CODECS[encoding], newline="")
    last = ""  # the line that may be the trailer
    blank: list[str] = []  # the empty ones after it
    number = 0
    try:
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1:
                line = line.removeprefix("\ufeff")
            _require_text(line, number)
            if last and not line.strip():
                blank.append(line)
                if len(blank) > EMPTY_LINES:
                    raise UnreadableFile("empty_lines", line=number - EMPTY_LINES, limit=EMPTY_LINES)
                continue
            if last:
                yield last
                yield from blank
            last, blank = line, []
        if last and not is_trailer(last):
            yield last
    except UnicodeError as error:
        raise UnreadableFile("encoding", encoding=encoding) from error


def _require_text(line: str, number: int) -> None:
    if "\0" in line:
        raise UnreadableFile("nul", line=number)
    if len(line) > LONGEST_LINE:
        raise UnreadableFile("line", line=number, limit=LONGEST_LINE)


def is_trailer(line: str) -> bool:
    """Tell whether a last line is a trailer: its first cell is the mark, and nothing but the mark."""
    return line.strip().partition(",")[0] == TRAILER


def _tried(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [next(csv.reader([line], delimiter=delimiter), []) for line in lines if '"' not in line]


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    length, begun = 0, 1

    def measured() -> Iterator[str]:
        nonlocal length
        for line in lines:
            length += len(line)
            if length > LONGEST_ROW:
                raise UnreadableFile("open_row", line=begun, limit=LONGEST_ROW)
            yield line

    reader = csv.reader(measured(), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            length, begun = 0, reader.line_num + 1
            yield row
    except csv.Error as error:
        raise UnreadableFile("quotation", line=begun) from error
