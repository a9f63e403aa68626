"""What the program asks of a ground is asked of the rule book, under a name, never by the ground's key."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.policy import keys, shipped
from cases.policy.rulebook import parse
from healthcode.core.offices.staff import ROLE_KEYS

ROOT = Path(__file__).parents[2]
PACKAGES = ("healthcode", "cases", "complaints", "tools")
# Where a key is a word: the policy itself, the tables of what a file's column says, made-up data for show.
ALLOWED = (
    *(
        "cases/policy/",
        "cases/feeds/grounds.py",
        "cases/feeds/line_list.py",
        "cases/feeds/words.py",
        "cases/migrations/",
    ),
    *("cases/management/demo/", "complaints/management/demo", "tools/cells/", "tools/city"),
)
ASKED_OF = {"ground", "clause", "exits", "needs", "channels", "entered", "measure"}

ANSWERS = {
    "infected": "CONFIRMED SUSPECTED ASYMPTOMATIC",
    "treated": "CONFIRMED SUSPECTED",
    "rests_on_index_case": "CLOSE_CONTACT",
    "rests_on_area": "RISK_AREA SEVERE_AREA",
    "rests_on_document": "ORDERED_ISOLATION OTHER_RED OTHER_YELLOW",
    "rests_on_overseas_stay": "OVERSEAS",
    "self_declared": "FEVER",
    "automatic": "AUTO_RED AUTO_YELLOW",
    "ends_with_control": "CLOSE_CONTACT OVERSEAS ORDERED_ISOLATION OTHER_RED SEVERE_AREA CONVALESCENT AUTO_RED",
    "ends_by_test": "RISK_AREA AUTO_YELLOW",
    "ends_with_area": "RISK_AREA",
    "ends_by_release": "OTHER_YELLOW AUTO_YELLOW",
    "clinical": "CONFIRMED SUSPECTED ASYMPTOMATIC CLOSE_CONTACT",
    "discretionary": "OTHER_RED OTHER_YELLOW",
    "voided_by_health_side": "CONFIRMED SUSPECTED ASYMPTOMATIC CLOSE_CONTACT OVERSEAS",
}


@pytest.mark.parametrize("version", shipped.VERSIONS)
@pytest.mark.parametrize("question", ANSWERS)
def test_a_shipped_book_answers(version, question):
    book = parse(shipped.text(version), roles=ROLE_KEYS)
    assert set(book.keys_where(lambda ground: getattr(ground, question))) == set(ANSWERS[question].split())


def test_nobody_asks_by_the_key_of_a_ground():
    found = [f"{name}:{line}: {key}" for name, line, key in _literals() if key in keys.GROUNDS]
    assert not found, "Ask the rule book (cases/policy/parts.py):\n" + "\n".join(found)


def test_nobody_asks_by_a_clause_an_exit_or_a_need():
    found = [f"{name}:{line}" for name, line in _comparisons()]
    assert not found, "Ask the rule book (cases/policy/parts.py):\n" + "\n".join(found)


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(ALLOWED):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def _literals() -> Iterator[tuple[str, int, str]]:
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield name, node.lineno, node.value


def _comparisons() -> Iterator[tuple[str, int]]:
    """Yield where a part of a ground is compared with a literal, as in `"RELEASED" in ground.exits`."""
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and _asks(node):
                yield name, node.lineno


def _asks(node: ast.Compare) -> bool:
    parts = [part for side in (node.left, *node.comparators) for part in ast.walk(side)]
    named = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    words = {part.value for part in parts if isinstance(part, ast.Constant)} & _KEYS
    return bool(named & ASKED_OF and words)


_KEYS = {*keys.CLAUSES, *keys.EXITS, *keys.MEASURES, *keys.NEEDS, *keys.CHANNELS}
