"""Print the public halves of the keys that sign passes: what a reader at a door needs (docs/passes.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from cases.passes import keys


class Command(BaseCommand):
    """`manage.py pass_keys`."""

    help = "Print the public halves of the keys that sign passes, as PASS_RETIRED_KEYS takes them."

    def handle(self, *args: Any, **options: Any) -> None:
        for key in keys.present():
            self.stdout.write(keys.public_of(key))
