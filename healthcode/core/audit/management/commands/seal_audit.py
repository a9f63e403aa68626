"""Seal the ledger by hand; `tick` does it by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from healthcode.core.audit import checkpoints, sealing


class Command(BaseCommand):
    help = "Seal the events that have no seal yet, and print the checkpoint."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--key", action="store_true", help="only print the public half of the sealing key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["key"]:
            self.stdout.write(checkpoints.public_key())
            return
        if sealing.seal(at=timezone.now()) is None:
            self.stderr.write("Nothing new to seal.")
        if last := sealing.latest():
            self.stdout.write(last.note, ending="")
