"""Compare what others wrote (static/vendor) with the digests of its table."""

import hashlib
import re
import sys
from pathlib import Path

FOLDER = Path("static/vendor")
ROW = re.compile(r"^\| `(?P<file>[\w.-]+)` \|.*\| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)


def faults(folder: Path = FOLDER) -> list[str]:
    """Return what is wrong with the scripts in a folder."""
    table = {row["file"]: row["digest"] for row in ROW.finditer((folder / "README.md").read_text())}
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.js")}
    return [
        *(f"{name} is not in the table." for name in sorted(there.keys() - table.keys())),
        *(f"{name} is in the table alone." for name in sorted(table.keys() - there.keys())),
        *(
            f"{name} is not the file of the table."
            for name in sorted(there)
            if table.get(name, there[name]) != there[name]
        ),
    ]


def main() -> None:
    found = faults()
    print("\n".join(found))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
