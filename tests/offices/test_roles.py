"""The role table: printed whole, and held against its page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from healthcode.core.offices import roles
from healthcode.core.offices.act_words import ACT_WORDS, REACH_WORDS
from healthcode.core.offices.management.commands import render_roles

PAGE = Path(settings.BASE_DIR) / "docs" / "roles.md"


def matrix_of(text):
    """Read the matrix back: act -> role -> reach."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    start = next(index for index, cells in enumerate(rows) if "操作 Act" in cells[0])
    names = [cell.strip().strip("`") for cell in rows[start][1:]]
    return {
        re.match(r"\s*`([\w.]+)`", cells[0])[1]: {
            name: cell.strip() for name, cell in zip(names, cells[1:], strict=True) if cell.strip()
        }
        for cells in rows[start + 2 :]
    }


def test_the_whole_matrix_stands_in_the_docs():
    matrix = {act: {str(role): reach.value for role, reach in row.items()} for act, row in roles.ACTS.items()}
    for act in matrix:
        print(f"{act:24}", *(matrix[act].get(role, "·").rjust(8) for role in roles.Role.values))
    assert matrix_of(PAGE.read_text(encoding="utf-8")) == matrix


def test_every_act_and_reach_has_its_words():
    assert set(ACT_WORDS) == set(roles.ACTS)
    assert set(REACH_WORDS) == set(roles.Reach)


def test_a_stale_page_is_noticed_and_rewritten(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="stale"):
        call_command("render_roles", check=True)
    call_command("render_roles")
    call_command("render_roles", check=True)
    assert (tmp_path / "docs" / "roles.md").read_text(encoding="utf-8") == render_roles.page()
