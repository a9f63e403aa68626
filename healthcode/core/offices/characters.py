"""Chinese characters as names are compared: a traditional one is the simplified one that stands for it."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "simplified.txt"


def simplified(text: str) -> str:
    """Return a text with each traditional character as its simplified one. Two of a name may become one character."""
    return text.translate(_table())


@cache
def _table() -> dict[int, str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {ord(traditional): line[0] for line in lines for traditional in line[1:]}
