"""The administrative divisions that ship with the product: data/README.md names their source."""

import csv
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).parent / "data" / "divisions.csv"

# Digits of a code at each level: province, city, county, township.
LENGTHS = (2, 4, 6, 9)


def parent(code: str) -> str:
    """Return the code one level up, "" for a province."""
    return code[: LENGTHS[LENGTHS.index(len(code)) - 1]] if len(code) > LENGTHS[0] else ""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield code, Chinese name, parent's code ("" for a province) and English name ("" where unknown).

    Parents come before their children.
    """
    with FILE.open(encoding="utf-8", newline="") as file:
        yield from ((code, name, above, name_en) for code, name, above, name_en in csv.reader(file))
