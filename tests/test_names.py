"""Names: a class has one of its own in the whole house, and nothing is called by what it was once called here."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_database

PACKAGES = ("healthcode", "cases", "complaints", "tools")
# Words of a dialect: fields, body, refusal, answer, events; page, colour, rows.
UNCLEAR = {"said", "told", "_said", "_told", "dress", "_dress", "shown", "_shown"}
ANSWERED = {"cases/api/rulebooks.py": {"shown"}}  # keys of the API, which stay
SHARED = {"Command": "the name by which Django finds a management command"}


def sources(*packages: str) -> Iterator[tuple[str, str]]:
    root = Path(__file__).parents[1]
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            yield str(file.relative_to(root)), file.read_text(encoding="utf-8")


def test_no_two_classes_have_one_name():
    places = defaultdict(list)
    for file, text in sources(*PACKAGES):
        if "/migrations/" not in file:
            for name in re.findall(r"^class (\w+)", text, re.MULTILINE):
                places[name].append(file)
    assert len(places) > 500
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in SHARED} == {}


def test_nothing_is_called_by_a_word_of_a_dialect():
    # Most files do not have such a word at all: to read all of the house as Python takes six seconds.
    word, found = re.compile(rf"\b({'|'.join(UNCLEAR)})\b"), []
    for file, text in sources(*PACKAGES, "tests"):
        for node in ast.walk(ast.parse(text)) if word.search(text) else ():
            name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
            if name in UNCLEAR - ANSWERED.get(file, set()):
                found.append(f"{file}:{node.lineno} {name}")
    assert found == []
