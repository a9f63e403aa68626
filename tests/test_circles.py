"""No file imports what imports it, not even through a package's `__init__` or inside a function.

The import contracts compare the files and folders of one folder; a file and its own package's `__init__` they do not.
"""

import graphlib
from pathlib import Path

import grimp

PACKAGES = ("healthcode", "cases", "complaints", "tools")


def test_no_circle_of_files():
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as circle:
        raise AssertionError(" imports ".join(reversed(circle.args[1]))) from circle


def test_every_package_is_looked_at():
    root = Path(__file__).parents[1]
    shipped = {path.parent.name for path in root.glob("*/__init__.py")} - {"tests"}
    assert shipped == set(PACKAGES)
