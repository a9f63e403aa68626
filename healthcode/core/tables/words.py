"""The words of a heading, compared without what hurried people put around them."""

import unicodedata
from collections.abc import Iterable, Set

HEADING_WITHIN = 20  # rows, the first of them titles


def word_of(cell: object) -> str:
    """Return the word of a heading's cell: no width, blank, star or colon counts."""
    text = "".join(unicodedata.normalize("NFKC", str(cell or "")).split()).lstrip("\ufeff'")
    return text.rstrip("*:")


def matches(cells: Iterable[object], words: Set[str]) -> int:
    """Return how many of the words a row has."""
    return len({word_of(cell) for cell in cells} & words)
