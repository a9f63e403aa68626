"""Pages under docs/ that are written from the code: the commands that write them, and check that none is stale."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation


class RenderedPage(BaseCommand, ABC):
    """Write `docs/<name>.md` from `page()`; with `--check`, fail when it says something else."""

    name: str
    requires_system_checks = ()

    @abstractmethod
    def page(self) -> str:
        """Return the whole text of the page."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when the page is stale."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = f"docs/{self.name}.md"
        target = Path(settings.BASE_DIR) / path
        text = self.page()
        stale = not target.exists() or target.read_text(encoding="utf-8") != text
        if check and stale:
            raise CommandError(f"{path} is stale: run `python manage.py render_{self.name}`.")
        if stale:
            target.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path} is up to date." if check or not stale else f"{path} written.")


def in_both_languages(words: object) -> str:
    """Return the words in Chinese and in English, one below the other; once where they are the same."""
    texts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            texts.append(str(words))
    return "<br>".join(dict.fromkeys(texts))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    titles = tuple(head)
    lines = ("| " + " | ".join(cells) + " |" for cells in (titles, ("---",) * len(titles), *rows))
    return "\n".join(lines) + "\n"
