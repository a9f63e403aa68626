"""Choose the tests that PostgreSQL need not run, and write them to tests/covered.txt (`make covered`).

    python -m tools.covering /tmp/notes-*.json

The notes are those of `tests/noting.py`. What commits, what races and what is about the database itself stays. Of all
other tests as many stay as it takes for every statement of the suite to be sent by one of them: first those that send
most that is new in a second are taken, then those are let go, the dearest first, whose statements others send by now.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

COVERED = Path("tests/covered.txt")
Statement = tuple[str, ...]


@dataclass
class Test:
    """A test, or one row of its table: what it sends, and how long it takes."""

    sends: set[Statement]
    seconds: float
    fixed: bool


def read(paths: list[Path]) -> dict[str, Test]:
    """Read the notes of every process of a run."""
    found: dict[str, Test] = {}
    for path in paths:
        notes = json.loads(path.read_text())
        named = [tuple(statement) for statement in notes["statements"]]
        for key, note in notes["tests"].items():
            of_module = notes["modules"].get(key.partition("::")[0], ())
            sends = {named[number] for number in (*note["sends"], *of_module)}
            found[key] = Test(sends, note["seconds"], note["fixed"])
    return found


def stay(tests: dict[str, Test]) -> set[str]:
    """Return the tests that together send every statement."""
    kept = {name for name, test in tests.items() if test.fixed}
    missing = set().union(*(test.sends for test in tests.values()))
    missing -= set().union(*(tests[name].sends for name in kept))
    while missing:
        # The name settles it where two are alike, so that the list does not change without need.
        best = max(tests, key=lambda name: (len(tests[name].sends & missing) / tests[name].seconds, name))
        kept.add(best)
        missing -= tests[best].sends
    return kept - _superfluous(tests, kept)


def _superfluous(tests: dict[str, Test], kept: set[str]) -> set[str]:
    """Return which of those kept, the dearest first, send nothing that no other of them sends."""
    senders = Counter(statement for name in kept for statement in tests[name].sends)
    found = set()
    for name in sorted(kept, key=lambda name: (-tests[name].seconds, name)):
        test = tests[name]
        if not test.fixed and all(senders[statement] > 1 for statement in test.sends):
            found.add(name)
            senders.subtract(test.sends)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notes", nargs="+", type=Path)
    tests = read(parser.parse_args().notes)
    kept = stay(tests)
    COVERED.write_text("".join(f"{name}\n" for name in sorted(tests.keys() - kept)))
    took = sum(test.seconds for test in tests.values())
    stays = sum(tests[name].seconds for name in kept)
    print(f"{len(kept)} of {len(tests)} tests stay, {stays:.0f} of {took:.0f} s")


if __name__ == "__main__":
    main()
