"""Find what nothing uses: functions, methods, classes and constants of what ships and of the tools.

What only a test calls is not used. A name in a template counts as a use, and so does a text of the code that is a name
(a list's column, a filter's method, a path in the settings); so does whatever a framework calls by its name.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import django
from vulture import Vulture

SHIPPED = ("healthcode", "cases", "complaints")
KINDS = {"function", "method", "property", "class", "unreachable_code"}
WORD = re.compile(r"[A-Za-z_]\w*")
NAME = re.compile(r"[\w.:-]+")  # a name, or a path of names

# What is used where no name shows it.
FOUND_BY_BASE = {"AppConfig", "BaseCommand", "Operation", "OpenApiAuthenticationExtension"}
DECORATORS = ["@*.register", "@register", "@pytest.hookimpl"]  # registered by it, or called by who is
EXCEPTIONS = {
    "FIELDS": "marks words for translation",
    "FILTER": "marks a word of Django's for translation",
    "PUT_OUR_WAY": "marks words of Django's for translation",
    "NOBODYS": "a row of the table by which erasure is tested",
    "as_postgresql": "asked by Django of an expression, on that database",
    "USERNAME_FIELD": "read by Django from the user model",
    "get_short_name": "read by Django's templates from the user model",
    "process_view": "called by Django, of a middleware",
    "from_db_value": "called by Django, of a column",
    "has_perm": "asked by Django of the user model",
}


def names_in_texts() -> Iterator[str]:
    """Yield the words of every template, and the names in every text of the code that is one."""
    for page in Path("templates").rglob("*.*"):
        yield from WORD.findall(page.read_text(encoding="utf-8"))
    for folder in SHIPPED:
        for file in Path(folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and NAME.fullmatch(node.value)
                ):
                    yield from re.split(r"[.:-]|__", node.value)


def classes() -> Iterator[type]:
    """Yield every class that ships."""
    for name in SHIPPED:
        for found in walk_packages(import_module(name).__path__, f"{name}."):
            # The entry point looks at the database before it serves it, and has no classes.
            if ".migrations" not in found.name and found.name != "healthcode.wsgi":
                module = import_module(found.name)
                yield from (
                    one
                    for one in vars(module).values()
                    if isinstance(one, type) and one.__module__ == found.name
                )


def names_called_by_frameworks() -> Iterator[str]:
    """Yield what our classes override of others' classes, their fields' methods, and classes found by their base."""
    for kind in classes():
        ours = [base for base in kind.__mro__ if base.__module__.startswith(SHIPPED)]
        theirs = {name for base in kind.__mro__ if base not in ours for name in vars(base)}
        yield from (name for base in ours for name in vars(base) if name in theirs)
        fields = {**getattr(kind, "base_fields", {}), **getattr(kind, "_declared_fields", {})}
        yield from (f"{verb}_{name}" for name in fields for verb in ("get", "clean"))
        if FOUND_BY_BASE & {base.__name__ for base in kind.__mro__}:
            yield kind.__name__


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
    django.setup()
    search = Vulture(ignore_names=["Meta", *EXCEPTIONS], ignore_decorators=DECORATORS)
    search.scavenge([*SHIPPED, "tools"])
    search.used_names.update(names_in_texts(), names_called_by_frameworks())
    unused = [
        one
        for one in search.get_unused_code()
        if (one.typ in KINDS or (one.typ == "variable" and one.name.isupper()))
        and "migrations" not in one.filename.parts
        and one.filename.name not in ("settings.py", "formats.py")
    ]
    for one in unused:
        print(f"{one.filename}:{one.first_lineno}: nothing uses the {one.typ} {one.name}")
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
