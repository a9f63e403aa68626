"""How far a long piece of work has come: the code that does it reports, whoever watches reads.

Without a watcher a report is nothing. A part of the work reports from nought to one as if it were the whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Watch:
    """How much of the work is done, from 0 to 1. It never goes back: what begins anew is not undone by that."""

    share: float = 0.0


_watch: ContextVar[Watch | None] = ContextVar("progress_watch", default=None)
_span: ContextVar[tuple[float, float]] = ContextVar("progress_span", default=(0.0, 1.0))


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let a watch follow the work of the block."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def part(begin: float, end: float) -> Iterator[None]:
    """Count the work of the block as this part of the work around it; it is done when the block is left."""
    first, last = _span.get()
    token = _span.set((first + (last - first) * begin, first + (last - first) * end))
    try:
        yield
        report(1.0)
    finally:
        _span.reset(token)


def report(share: float) -> None:
    """Say how much of this part of the work is done, from 0 to 1."""
    watch = _watch.get()
    if watch is not None:
        begin, end = _span.get()
        watch.share = max(watch.share, begin + (end - begin) * share)
