"""Write docs/roles.md: who may do what, and how far, from the role table itself."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from healthcode.core.offices.act_words import ACT_WORDS, REACH_WORDS
from healthcode.core.offices.roles import ACTS, OFFICE_KINDS, Kind, Role

HEAD = """# 权限表 / Role table

本页由 `healthcode/core/offices/roles.py` 生成，请勿直接修改。空格即无权；没有超级用户，也没有单独授予的权限。

This page is written by `python manage.py render_roles` from `healthcode/core/offices/roles.py`; do not edit it.
An empty cell means no. There is no superuser and no permission granted to one user alone.
"""


def page() -> str:
    """Write the roles, the reaches, and the whole role × act matrix."""
    return "\n".join((HEAD, _roles(), _reaches(), _matrix()))


def _roles() -> str:
    rows = (
        (
            f"`{role.value}`",
            _both(role.label),
            "<br>".join(_both(Kind(kind).label) for kind in OFFICE_KINDS[role]),
        )
        for role in Role
    )
    return _section("角色", "Roles", _table(("key", "角色 Role", "单位 Office"), rows))


def _reaches() -> str:
    rows = ((f"`{reach.value}`", _both(words)) for reach, words in REACH_WORDS.items())
    return _section("范围", "How far an act reaches", _table(("key", "范围 Reach"), rows))


def _matrix() -> str:
    head = ("操作 Act", *(f"`{role.value}`" for role in Role))
    rows = (
        (f"`{act}`<br>{_both(ACT_WORDS[act])}", *(reaches.get(role.value, "") for role in Role))
        for act, reaches in ACTS.items()
    )
    return _section("谁能做什么", "Who may do what", _table(head, rows))


def _both(words: Any) -> str:
    """Say words in Chinese and English."""
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(str(words))
    return "<br>".join(dict.fromkeys(said))


def _section(zh: str, en: str, body: str) -> str:
    return f"## {zh} / {en}\n\n{body}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = tuple(head)
    lines = ("| " + " | ".join(cells) + " |" for cells in (titles, ("---",) * len(titles), *rows))
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/roles.md from the role table."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when the page is stale."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "docs" / "roles.md"
        text = page()
        stale = not target.exists() or target.read_text(encoding="utf-8") != text
        if check and stale:
            raise CommandError("docs/roles.md is stale: run `python manage.py render_roles`.")
        if stale:
            target.write_text(text, encoding="utf-8")
        self.stdout.write("docs/roles.md is up to date." if check or not stale else "docs/roles.md written.")
