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
from pathlib import Path
from typing import Any, BinaryIO

from healthcode.core.tables import texts
from healthcode.core.tables.faults import UnreadableFile

MEMORY = 60 * 1024**2  # address space above what the process takes before it reads
TEXT_SECONDS, BOOK_SECONDS = 600, 120  # of a processor
TOGETHER = 16  # rows on a line


def main() -> None:
    """Read the table that the argument describes: its form, its encoding, the words that its heading may have."""
    task = json.loads(sys.argv[1])
    lines = lines_of(sys.stdin.buffer, task)
    limit(_taken() + MEMORY, TEXT_SECONDS if task["form"] in texts.READERS else BOOK_SECONDS)
    try:
        write_all(lines)
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
    """Return what is said of a table, and its rows; the first that is asked for may raise UnreadableFile."""
    words = frozenset(task["words"])
    if reader := texts.READERS.get(task["form"]):
        return reader(file, task["encoding"], words)
    from healthcode.core.tables import books  # a text needs none of it

    return books.lines_of(file, words)


def _taken() -> int:
    """Return the address space that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


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
