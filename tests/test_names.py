"""A class has a name of its own in the whole house, so that whoever looks for it finds one."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGES = ("healthcode", "cases", "complaints", "tools")
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
