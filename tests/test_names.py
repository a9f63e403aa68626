"""Names: a class has one of its own in the whole house, and nothing is called by what it was once called here."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGES = ("healthcode", "cases", "complaints", "tools")
# Words of a dialect: fields, body, refusal, answer, events; page, colour, rows.
UNCLEAR = {"said", "told", "_said", "_told", "dress", "_dress", "shown", "_shown"}
ANSWERED = {"cases/api/rulebooks.py": {"shown"}}  # keys of the API, which stay
SHARED = {"Command": "the name by which Django finds a management command"}


def test_no_two_classes_have_one_name():
    root, places = Path(__file__).parents[1], defaultdict(list)
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            if "migrations" not in file.parts:
                for node in ast.parse(file.read_text(encoding="utf-8")).body:
                    if isinstance(node, ast.ClassDef):
                        places[node.name].append(f"{file.relative_to(root)}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in SHARED} == {}


def test_nothing_is_called_by_a_word_of_a_dialect():
    root, found = Path(__file__).parents[1], []
    for package in (*PACKAGES, "tests"):
        for file in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
                if name in UNCLEAR - ANSWERED.get(str(file.relative_to(root)), set()):
                    found.append(f"{file.relative_to(root)}:{node.lineno} {name}")
    assert found == []
