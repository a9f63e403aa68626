"""Write docs/policy.md from the shipped rule books."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.policy import shipped
from cases.policy.render import page
from cases.policy.rulebook import parse
from healthcode.core.offices.roles import ROLE_KEYS


class Command(BaseCommand):
    help = "Write docs/policy.md from the shipped rule books."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when the page is stale."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "docs" / "policy.md"
        text = page([parse(shipped.text(version), roles=ROLE_KEYS) for version in shipped.VERSIONS])
        stale = not target.exists() or target.read_text(encoding="utf-8") != text
        if check and stale:
            raise CommandError("docs/policy.md is stale: run `python manage.py render_policy`.")
        if stale:
            target.write_text(text, encoding="utf-8")
        self.stdout.write(
            "docs/policy.md is up to date." if check or not stale else "docs/policy.md written."
        )
