"""Sets in parts that one statement can name: both databases bound the values of a statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

PART = 500
T = TypeVar("T")


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split what one statement cannot name at once."""
    for first in range(0, len(items), PART):
        yield items[first : first + PART]
