"""The process that reads a table: a file on standard input, lines of JSON out, within limits it sets itself.

A line is an object that says something of the file, or a list of rows: of each its number, its values, what is wrong
with which of them. The last line is {"end": true}: where it is missing, the process died of the file.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from healthcode.core.tables import texts
from healthcode.core.tables.faults import UnreadableFile

# Address space and seconds of a processor. A text streams by; of a workbook all cells are in memory at once.
TEXT_LIMITS = (80 * 1024**2, 600)
BOOK_LIMITS = (1024**3, 60)
TOGETHER = 16  # rows on a line


def main() -> None:
    """Read the table that the argument describes: its form, its encoding, the words that its heading may have."""
    task = json.loads(sys.argv[1])
    text = task["form"] in texts.READERS
    limit(*(TEXT_LIMITS if text else BOOK_LIMITS))
    try:
        write_all(lines_of(sys.stdin.buffer, task))
    except UnreadableFile as error:
        write({"fault": error.code, "values": error.values})
    write({"end": True})
    sys.stdout.flush()


def limit(memory: int, seconds: int) -> None:
    """Take no more than a table needs, whatever is read."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def lines_of(file: BinaryIO, task: dict[str, Any]) -> Iterator[Any]:
    """Yield what is said of a table, and its rows. Raises UnreadableFile."""
    words = frozenset(task["words"])
    if reader := texts.READERS.get(task["form"]):
        return reader(file, task["encoding"], words)
    from healthcode.core.tables import books  # a text needs none of it

    return books.lines_of(file.read(books.LARGEST + 1), words)


def write_all(lines: Iterable[Any]) -> None:
    """Write what is said of the file line by line, and several rows on one."""
    lines = iter(lines)
    while group := list(islice(lines, TOGETHER)):
        rows = []
        for line in group:
            if isinstance(line, dict):
                write(line)
            else:
                rows.append(line)
        if rows:
            write(rows)


def write(line: object) -> None:
    """Write one line; half a character goes over in its own spelling."""
    text = json.dumps(line, ensure_ascii=False, default=_plain)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = json.dumps(line, default=_plain).encode()
    sys.stdout.buffer.write(data + b"\n")


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
