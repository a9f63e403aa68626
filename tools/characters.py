"""Write the file of simplified characters from an unpacked `opencc-python-reimplemented` package.

pip download --no-deps opencc-python-reimplemented && unzip opencc_python_reimplemented-*.whl
python -m tools.characters opencc/dictionary/TSCharacters.txt
"""

import sys
from collections import defaultdict
from pathlib import Path

from healthcode.core.offices import characters


def write(source: Path) -> int:
    """Write a line for each simplified character, before those that it stands for; return how many these are."""
    pairs = [line.partition("\t")[::2] for line in source.read_text(encoding="utf-8").splitlines()]
    usual = {traditional: simplified[0] for traditional, simplified in pairs if simplified[0] != traditional}
    found = defaultdict[str, list[str]](list)
    for traditional, simplified in usual.items():
        # A few have a simplified one that is itself a variant of another.
        found[usual.get(simplified, simplified)].append(traditional)
    lines = (f"{first}{''.join(sorted(others))}\n" for first, others in sorted(found.items()))
    characters.FILE.write_text("".join(lines), encoding="utf-8")
    return sum(map(len, found.values()))


if __name__ == "__main__":
    print(write(Path(sys.argv[1])), "characters")
