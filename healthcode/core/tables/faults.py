"""Why a file as a whole cannot be read: a code with its values, which the parent has the sentence for."""

from typing import Any

LONGEST_ROW = 100_000  # characters, over all its lines


class UnreadableFile(Exception):
    """A file is no table, or larger than one."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def require_short(number: int, values: list[Any]) -> None:
    """Refuse a row that is longer than any of a table. Raises UnreadableFile."""
    if sum(len(value) for value in values if isinstance(value, str)) > LONGEST_ROW:
        raise UnreadableFile("row", line=number, limit=LONGEST_ROW)
