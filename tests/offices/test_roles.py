"""The role table: printed whole, and held against its page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from healthcode.core.offices import roles, staff
from healthcode.core.offices.management.commands import render_roles
from healthcode.core.offices.roles import ACTS
from healthcode.core.offices.ways_back import WAYS_BACK, Nothing

PAGE = Path(settings.BASE_DIR) / "docs" / "roles.md"
PAIRS = [(key, second) for key, act in roles.ACTS.items() for second in act.seconds]


def matrix_of(text):
    """Read the matrix back: act -> role -> reach."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    start = next(index for index, cells in enumerate(rows) if "操作 Act" in cells[0])
    names = [cell.strip().strip("`") for cell in rows[start][2:]]
    return {
        re.match(r"\s*`([\w.]+)`", cells[0])[1]: {
            name: cell.strip() for name, cell in zip(names, cells[2:], strict=True) if cell.strip()
        }
        for cells in rows[start + 2 :]
    }


def test_the_whole_matrix_stands_in_the_docs():
    matrix = {
        act: {str(role): reach.value for role, reach in row.reach.items()} for act, row in roles.ACTS.items()
    }
    for act in matrix:
        print(f"{act:24}", *(matrix[act].get(role, "·").rjust(8) for role in staff.Role.values))
    assert matrix_of(PAGE.read_text(encoding="utf-8")) == matrix


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_whoever_holds_both_sides_of_a_pair_does_so_by_the_table(first, second):
    both = roles.ACTS[first].reach.keys() & roles.ACTS[second.act].reach.keys()
    assert bool(both) == (second.who != roles.Decider.ROLE)


def test_every_act_that_decides_is_the_second_of_another():
    deciding = {key for key in roles.ACTS if re.search(r"\.(decide|approve|accept|enter_|confirm)", key)}
    assert deciding <= {second.act for _first, second in PAIRS}


def test_the_page_says_from_whose_hands_a_clean_form_is_not_taken():
    rows = [line for line in render_roles.page().splitlines() if "不采信：" in line]
    assert {row.split("`")[1] for row in rows} == {key for key, act in ACTS.items() if act.not_by}
    assert len(rows) == 2 and all("never: the " in row for row in rows)


def test_a_stale_page_is_noticed_and_rewritten(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="stale"):
        call_command("render_roles", check=True)
    call_command("render_roles")
    call_command("render_roles", check=True)
    assert (tmp_path / "docs" / "roles.md").read_text(encoding="utf-8") == render_roles.page()


def test_every_act_says_what_takes_it_back_or_why_nothing_has_to():
    assert WAYS_BACK.keys() == ACTS.keys()
    named = {act for way in WAYS_BACK.values() if not isinstance(way, Nothing) for act in way}
    assert named <= ACTS.keys()


def test_what_waits_for_a_second_person_names_what_takes_the_decision_back():
    """An act that only proposes binds nobody; whatever decides it does."""
    decides = {second.act for act in ACTS.values() for second in act.seconds}
    assert {act for act in decides if isinstance(WAYS_BACK[act], Nothing)} == {"person.decide_erasure"}


@pytest.mark.parametrize(("language", "points"), [("en", r"\bsuch an?\b"), ("zh-hans", "此类|该证明|这类")])
def test_the_words_of_an_act_stand_by_themselves(language, points):
    with translation.override(language):
        assert [key for key, act in ACTS.items() if re.search(points, str(act.words))] == []
