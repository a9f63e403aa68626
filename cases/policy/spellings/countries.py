"""Countries as people write them: by their three letters, or by name."""

from functools import cache
from pathlib import Path

from cases.policy.spellings.texts import one_spelling

TABLE = Path(__file__).parent / "data" / "countries.txt"


def country(typed: str) -> str:
    """Return the three letters of a country that is written by its name; anything else in capitals."""
    text = one_spelling(typed)
    return _codes().get(text.casefold(), text.upper())


@cache
def _codes() -> dict[str, str]:
    lines = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {one_spelling(name).casefold(): code for code, *names in lines for name in names}
