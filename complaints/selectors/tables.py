"""A table of figures, and a share in percent."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Table:
    """One table: its heading cells, and rows of which the first cell is the label."""

    key: str
    title: str | Promise
    heads: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]


def share(part: int, whole: int) -> str:
    """Return a part in percent, or a dash where the whole is nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"
