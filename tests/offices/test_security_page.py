"""docs/security.md names files that are there."""

import re
from pathlib import Path

import pytest

PAGE = Path("docs/security.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[2:4] for line in PAGE.splitlines() if line.startswith("| ") and "`" in line]
ROOTS = ("", "healthcode/core/", "healthcode/core/offices/", "tests/")

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(("places", "tests"), ROWS)
def test_each_requirement_names_what_is_there(places, tests):
    for root, cell in (("healthcode/core/", places), ("tests/", tests)):
        for path in re.findall(r"`([a-z_/.]+(?:\.py|/|\.sql))`", cell):
            assert Path(path).exists() or Path(root, path).exists(), path
    assert "`" in tests
