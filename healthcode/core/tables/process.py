"""The parent of the process that reads tables: it hands over a file piece by piece, and outlives what becomes of it."""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[3])
PROGRAM = f"import sys; sys.path.insert(0, {ROOT!r}); from healthcode.core.tables import child; child.main()"
WAIT = 90.0  # seconds in which nothing comes or goes: longer than its processor time, for a busy machine
PIECE = 1 << 16
LONGEST = 16 * 1024**2  # bytes of one line: as many rows as go on one, of the longest that are taken


class Died(Exception):
    """The process died of the file: it took more memory or time than a table needs."""


def lines_of(
    pieces: Iterable[bytes], words: Iterable[str], *, form: str, encoding: str = ""
) -> Iterator[Any]:
    """Yield what the child says of a file: objects about it, and lists that are rows. Raises Died."""
    task = {"form": form, "encoding": encoding, "words": sorted(words)}
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own program
        [sys.executable, "-I", "-c", PROGRAM, json.dumps(task, ensure_ascii=True)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    try:
        for text in _exchanged(child, pieces):
            line = json.loads(text)
            if isinstance(line, list):
                yield from line
            elif "end" in line:
                return
            else:
                yield line
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


def _exchanged(child: "subprocess.Popen[bytes]", pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the child's lines, and hand it the file as fast as it reads; no more than a piece and a line is in memory.

    One thread does both, for the pieces come from a database whose connection is this thread's.
    """
    assert child.stdin is not None and child.stdout is not None
    left = b""
    with selectors.DefaultSelector() as selector:
        feed = _Feed(child.stdin.fileno(), pieces)
        selector.register(child.stdin, selectors.EVENT_WRITE)
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            ready = selector.select(WAIT)
            if not ready or len(left) > LONGEST:
                raise Died
            for key, _events in ready:
                if key.fileobj is child.stdin:
                    if not feed.write():
                        selector.unregister(child.stdin)
                        child.stdin.close()
                    continue
                piece = os.read(key.fd, PIECE)
                if not piece:
                    return
                *whole, left = (left + piece).split(b"\n")
                yield from whole


class _Feed:
    """The file on its way into the child."""

    def __init__(self, pipe: int, pieces: Iterable[bytes]) -> None:
        os.set_blocking(pipe, False)
        self.pipe, self.pieces, self.left = pipe, iter(pieces), memoryview(b"")

    def write(self) -> bool:
        """Write what the pipe takes; tell whether there may be more."""
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            self.left = memoryview(piece)
        try:
            self.left = self.left[os.write(self.pipe, self.left) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:  # it has read enough, or it is gone: its lines say which
            return False
        return True
