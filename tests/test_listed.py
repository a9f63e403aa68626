"""What stands between words, as each language writes it, in one place of the house: items, labels, notes."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from healthcode.core import languages

ROOT = Path(__file__).parents[1]
MARKS = re.compile(r"""["'](、|；|; )["']\s*\.join|\|join:""")
BETWEEN = re.compile(
    r"""(f"[^"]*|f'[^']*)(\} \(\{|\}（|\}：|\}: \{)"""  # a text put together in Python
    r"""|[%}]\}(: (\{|<)| \((\{|<)|：|（)(?![^%]*\{% endblocktranslate)"""  # in a template, but not in its sentences
)
# Both languages at once, SQL, an error of a program, and where the marks are made.
KEEPS = ("render.py", "differences.py", "appending.py", "outbox.py", "languages.py")
RENDERED = ROOT / "cases" / "policy" / "render.py"  # the rule book, in two languages at once


def house():
    """Return the files in which people are told something."""
    names = ("cases", "complaints", "healthcode", "templates")
    return [
        file for name in names for ending in ("py", "html") for file in (ROOT / name).rglob(f"*.{ending}")
    ]


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
    assert [str(file) for file in house() if file != RENDERED and MARKS.search(file.read_text())] == []


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", ("原因：无", "李四（城关）")), ("en", ("原因: 无", "李四 (城关)"))]
)
def test_a_label_and_a_note_have_the_marks_of_the_language_spoken(language, words):
    with translation.override(language):
        assert (languages.entry("原因", "无"), languages.bracketed("李四", "城关")) == words


def test_a_text_without_a_note_has_no_brackets():
    assert languages.bracketed("李四", "") == "李四"


def test_nothing_else_in_the_house_sets_colons_and_brackets_of_its_own():
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in house()
        if file.name not in KEEPS and "management" not in file.parts
        for line in file.read_text().splitlines()
        if BETWEEN.search(line)
    ]
    assert found == []
