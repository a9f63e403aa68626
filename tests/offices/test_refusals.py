"""The codes of refusals: each has its own, and docs/refusals.md has them all."""

import re

import pytest
from django.core.management import CommandError, call_command

from healthcode.core.offices.refusals import Refusal
from healthcode.portal.management.commands import render_refusals

PLAIN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


def test_a_refusal_without_a_code_of_its_own_cannot_be_written():
    with pytest.raises(TypeError, match="needs a code"):
        type("Nameless", (Refusal,), {})


def test_a_refusal_does_not_inherit_its_code():
    kind = Refusal.by_code["not_allowed"]
    with pytest.raises(TypeError, match="needs a code"):
        type("CountyOnly", (kind,), {})


def test_two_refusals_never_have_one_code():
    with pytest.raises(TypeError, match="another refusal: stale_page"):
        type("Again", (Refusal,), {"code": "stale_page"})


def test_codes_are_plain_words_between_dots():
    assert [kind.code for kind in render_refusals.every_refusal() if not PLAIN.fullmatch(kind.code)] == []


def test_the_page_has_every_refusal():
    rows = [line.split("`")[1] for line in render_refusals.page().splitlines() if line.startswith("| `")]
    assert rows == [kind.code for kind in render_refusals.every_refusal()]


def test_a_stale_page_is_noticed_and_rewritten(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match=r"docs/refusals\.md is stale"):
        call_command("render_refusals", check=True)
    call_command("render_refusals")
    call_command("render_refusals", check=True)
    assert (tmp_path / "docs" / "refusals.md").read_text(encoding="utf-8") == render_refusals.page()
