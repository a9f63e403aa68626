"""Bring what the vault sealed under its newest key, so that an old one can go."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from healthcode.core import outages, vault
from healthcode.portal.operation import sealed
from healthcode.portal.operation.sealed import SealedColumn

EVERY = 5  # seconds between two lines of progress


class Command(BaseCommand):
    help = "Re-encrypt under the first of VAULT_KEYS, beside everything else; broken off, it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count what is under which key")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            for column in sealed.columns():
                outages.outlast(lambda column=column: self._reseal(column))
        left = sum(self._count(column) for column in sealed.columns())
        if left:
            raise CommandError(f"{left} values are not under the newest key: keep the old ones.")
        self.stdout.write(
            "Everything is under the newest key. API answers and forms of the last 30 days may not be."
        )

    def _reseal(self, column: SealedColumn) -> None:
        waiting = sum(number for key, number in column.counts().items() if key != vault.newest())
        done, reported_at = 0, time.monotonic()
        for number, _unread in sealed.reseal(column):
            done += number
            if number and time.monotonic() - reported_at >= EVERY:
                reported_at = time.monotonic()
                self.stdout.write(f"{column}: {done} of {waiting}")
                self.stdout.flush()
        if done:
            self.stdout.write(f"{column}: {done} re-encrypted")

    def _count(self, column: SealedColumn) -> int:
        counts = column.counts()
        for key, number in sorted(counts.items()):
            name = (
                "newest key" if key == vault.newest() else "old key" if vault.is_known(key) else "UNKNOWN KEY"
            )
            self.stdout.write(f"{column}: {number} under the {name} ({key.hex()})")
        return sum(number for key, number in counts.items() if key != vault.newest())
