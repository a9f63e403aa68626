"""Break the code that decides, one small fault at a time, and see whether the tests notice.

`make mutants` takes a sample of all faults (COUNT=200, SEED=1) and runs the test modules concerned on each, on SQLite.
A fault that no test notices is shown with its lines: write the test, or say why the code may as well be so.
It works on copies of the code, and takes hours: it is no part of the continuous checks.
"""

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

CASES = "tests/cases/test_{}.py"
LAST_WRITE = "tests/last_write"
# The tests concerned by each file, the likeliest to notice first.
CONCERNED = {
    "cases/policy/exits.py": (
        *("tests/policy/test_exits.py", "tests/policy/test_exit_properties.py"),
        *(CASES.format(name) for name in ("exits", "results", "fever", "control", "several_cases")),
    ),
    "cases/services/engine/codes.py": (
        *(
            CASES.format(name)
            for name in ("grounds", "voids", "merges", "adoption", "several_cases", "exits")
        ),
        *(LAST_WRITE, "tests/audit/test_recorded.py", CASES.format("concurrency")),
    ),
    "cases/services/grounds/claims.py": tuple(
        CASES.format(name) for name in ("grounds", "plausible", "areas")
    ),
    "cases/services/grounds/cases.py": (
        *(CASES.format(name) for name in ("grounds", "several_cases", "responsible", "jurisdiction")),
        *("tests/deliveries/test_holds.py", "tests/deliveries/test_files.py", LAST_WRITE),
    ),
    "cases/services/grounds/exits.py": (
        *(CASES.format(name) for name in ("exits", "several_cases", "concurrency")),
        *("tests/admin/test_operations.py", LAST_WRITE),
    ),
    "cases/services/grounds/voids.py": (
        *(CASES.format(name) for name in ("voids", "several_cases", "concurrency")),
        *("tests/deliveries/test_undo.py", LAST_WRITE),
    ),
}
COPIED = ("healthcode", "cases", "complaints", "tests", "tools", "templates", "static", "docs")
COPIED_FILES = ("manage.py", "pyproject.toml")
SECONDS = 900  # for the tests of one fault
CAUGHT, SURVIVED, TIMED_OUT = "caught", "SURVIVED", "timed out"
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


class Mutant(NamedTuple):
    """One fault: the file's text with one place changed."""

    file: str
    line: int
    text: str
    original: str

    @property
    def diff(self) -> str:
        lines = difflib.unified_diff(self.original.splitlines(), self.text.splitlines(), lineterm="", n=0)
        return "\n".join(f"    {line}" for line in list(lines)[3:])


def mutants(file: str) -> Iterator[Mutant]:
    """Yield every fault that can be made in a file."""
    original = Path(file).read_text(encoding="utf-8")
    source, starts = original.encode(), [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _statements(ast.parse(original)):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        for replacement in _replacements(node):
            text = (source[:start] + replacement.encode() + source[end:]).decode()
            yield Mutant(file, node.lineno, text, original)  # type: ignore[attr-defined]


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of what is executed: neither annotations nor decorators nor imports."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and not isinstance(node, ast.Import | ast.ImportFrom):
                if hasattr(node, "lineno"):
                    yield node
                yield from _statements(node)


def _replacements(node: ast.AST) -> Iterator[str]:
    """Yield what could stand there by mistake."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            yield f"({ast.unparse(ast.Compare(left, [OPPOSITE[type(operator)]()], [right]))})"
        case ast.BoolOp(op=operator, values=values):
            other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield from (f"({value + 1})", f"({value - 1})")
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield "pass"
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield "return None"
        case ast.If(test=ast.Name() | ast.Call() | ast.Attribute()):
            yield ast.unparse(ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)).replace(
                "\n", "\n" + " " * node.col_offset
            )


class Outcome(NamedTuple):
    mutant: Mutant
    word: str
    seconds: float


def run(mutant: Mutant, folder: Path) -> Outcome:
    """Run the tests concerned on a copy that has this fault."""
    target, began = folder / mutant.file, time.monotonic()
    target.write_text(mutant.text, encoding="utf-8")
    for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
        compiled.unlink()
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *CONCERNED[mutant.file]]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS)
        word = {0: SURVIVED, 1: CAUGHT}.get(done.returncode, f"pytest left with {done.returncode}")
    except subprocess.TimeoutExpired:
        word = TIMED_OUT  # it waits for ever, or the machine is slow
    finally:
        target.write_text(mutant.original, encoding="utf-8")
    return Outcome(mutant, word, time.monotonic() - began)


def copy(folder: Path) -> Path:
    """Copy the code with what Python compiled of it, so that only the fault is compiled anew."""
    for name in COPIED:
        shutil.copytree(name, folder / name)
    for name in COPIED_FILES:
        shutil.copy2(name, folder)
    return folder


def sample(count: int, seed: int, only: str) -> list[Mutant]:
    """Return so many of all faults in the files with `only` in their path, the same for the same seed."""
    every = [mutant for file in CONCERNED if only in file for mutant in mutants(file)]
    print(f"{len(every)} faults can be made; {min(count, len(every))} are tried (seed {seed}).", flush=True)
    return random.Random(seed).sample(every, min(count, len(every)))  # noqa: S311 - nothing secret


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(asked.jobs) as pool:
        folders: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.jobs):
            folders.put(copy(Path(temporary) / str(number)))

        def attempt(mutant: Mutant) -> Outcome:
            folder = folders.get()
            try:
                return run(mutant, folder)
            finally:
                folders.put(folder)

        words = []
        chosen = sample(asked.count, asked.seed, asked.only)
        for future in as_completed([pool.submit(attempt, mutant) for mutant in chosen]):
            mutant, word, seconds = future.result()
            words.append(word)
            print(f"{word:<9} {mutant.file}:{mutant.line} ({seconds:.0f} s)\n{mutant.diff}", flush=True)
    caught, judged = words.count(CAUGHT), words.count(CAUGHT) + words.count(SURVIVED)
    share = f"{100 * caught / judged:.0f} %" if judged else "none"
    print(f"{caught} of {judged} faults were noticed ({share}); {len(words) - judged} could not be judged.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
