"""The parent of the process that reads workbooks: it hands the file over, and outlives whatever becomes of it."""

import json
import selectors
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[3])
PROGRAM = (
    f"import sys; sys.path.insert(0, {ROOT!r}); from healthcode.core.tables import child; child.main()"
)
WAIT = 90.0  # seconds without a line: longer than its processor time, for a busy machine
PIECE = 1 << 16
LONGEST = 4 * 1024**2  # bytes of one line


class Died(Exception):
    """The process died of the file: it took more memory or time than a table needs."""


def lines_of(pieces: Iterable[bytes], words: Iterable[str]) -> Iterator[Any]:
    """Yield what the child says of a workbook: objects about the file, and lists that are rows. Raises Died."""
    command = [sys.executable, "-I", "-c", PROGRAM, json.dumps(sorted(words), ensure_ascii=True)]
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        _hand_over(child, pieces)
        ended = False
        for text in _lines(child):
            line = json.loads(text)
            ended = isinstance(line, dict) and "end" in line
            if not ended:
                yield line
        if not ended:
            raise Died
    except ValueError as error:  # half a line
        raise Died from error
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        child.wait()


def _hand_over(child: "subprocess.Popen[bytes]", pieces: Iterable[bytes]) -> None:
    assert child.stdin is not None
    try:
        for piece in pieces:
            child.stdin.write(piece)
        child.stdin.close()
    except BrokenPipeError:  # it has read enough, or it is gone: its lines say which
        for _rest in pieces:
            pass


def _lines(child: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield the child's lines; it has only so long for each, however long its reader takes over them."""
    assert child.stdout is not None
    left = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(WAIT) or len(left) > LONGEST:
                raise Died
            piece = child.stdout.read1(PIECE)  # type: ignore[attr-defined]
            if not piece:
                break
            *whole, left = (left + piece).split(b"\n")
            yield from whole
    if left:
        raise Died
