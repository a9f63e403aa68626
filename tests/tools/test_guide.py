"""The guide: every role that people have has its page, in both languages, with pictures, in the words of the portal."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import pofile

from healthcode.core.offices.staff import MACHINES, Role

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "guide"
ROLES = sorted(role.value for role in Role if role not in MACHINES and role != Role.SYSTEM)
BOOK = ROOT / "cases" / "policy" / "rulebooks" / "shaoxing-2020-91.toml"
LARGEST = 80_000  # bytes of one picture: the repository keeps every version of it


@cache
def catalogue() -> tuple[str, str]:
    """Return all sentences of the portal, in Chinese and in English, with `…` for what is filled in."""
    path = ROOT / "healthcode" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    chinese, english = [BOOK.read_text()], [BOOK.read_text()]
    with path.open("rb") as file:
        for message in pofile.read_po(file, locale="zh_Hans"):
            if message.id:
                plural = isinstance(message.id, tuple | list)
                chinese += list(message.string) if plural else [str(message.string)]
                english += list(message.id) if plural else [str(message.id)]
    return tuple(re.sub(r"%\(\w+\)[sd]", "…", "\n".join(texts)) for texts in (chinese, english))  # type: ignore[return-value]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_its_page_in_chinese_and_in_english_with_its_pictures(role):
    chinese, _line, english = (GUIDE / f"{role}.md").read_text().partition("\n---\n")
    for heading in ("## 首页上等您办的", "## 每天办的事", "## 系统不办的时候", "## 找谁"):
        assert heading in chinese
    for heading in (
        "## What waits on your home page",
        "## The day's acts",
        "## When it is refused",
        "## Whom to call",
    ):
        assert heading in english
    assert chinese.count("\n### ") == english.count("\n### ") in (1, 2, 3)
    assert chinese.count("\n| ") == english.count("\n| ")  # as much is said in either language
    pictures = re.findall(r"!\[.+?\]\((images/.+?)\)", chinese)
    assert pictures == [f"images/{role}-home.png", f"images/{role}-act.png"]
    for picture in pictures:
        assert 0 < (GUIDE / picture).stat().st_size <= LARGEST, picture
    assert f"({role}.md)" in (GUIDE / "README.md").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_quotes_stands_in_the_portal(role):
    chinese, _line, english = (GUIDE / f"{role}.md").read_text().partition("\n---\n")
    in_chinese, in_english = catalogue()
    quoted = re.findall(r"「(.+?)」", chinese)
    labels = re.findall(r"\*\*(.+?)\*\*", english)
    assert len(quoted) >= 2
    assert [one for one in quoted if one not in in_chinese] == []
    assert [one for one in labels if one.lower() not in in_english.lower()] == []
