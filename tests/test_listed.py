"""Items one after the other, as each language writes them, in one place of the house."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from healthcode.core import languages

ROOT = Path(__file__).parents[1]
MARKS = re.compile(r"""["'](、|；|; )["']\s*\.join|\|join:""")
RENDERED = ROOT / "cases" / "policy" / "render.py"  # the rule book, in two languages at once


@pytest.mark.parametrize(
    ("language", "phrases", "words"),
    [("zh-hans", False, "甲、2"), ("en", False, "甲, 2"), ("zh-hans", True, "甲；2"), ("en", True, "甲; 2")],
)
def test_items_are_listed_with_the_marks_of_the_language_spoken(language, phrases, words):
    with translation.override(language):
        assert languages.listed(["甲", 2], phrases=phrases) == words


def test_a_text_in_another_language_than_the_readers_has_its_own_marks():
    with translation.override("zh-hans"):
        assert languages.listed(["a", "b"], language="en") == "a, b"


def test_nothing_else_in_the_house_joins_words_with_marks_of_its_own():
    house = ("cases", "complaints", "healthcode", "templates")
    files = [
        file for name in house for ending in ("py", "html") for file in (ROOT / name).rglob(f"*.{ending}")
    ]
    assert [str(file) for file in files if file != RENDERED and MARKS.search(file.read_text())] == []
