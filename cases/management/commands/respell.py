"""Bring stored numbers under the spelling by which they are found now, after an upgrade that changed it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.services.persons import respelling
from healthcode.core.offices import accounts


class Command(BaseCommand):
    help = "Re-index document and telephone numbers under their spelling of today; a second run does nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        counted = respelling.respell(by=accounts.system(at=at), at=at)
        for name in ("read", "documents", "telephones", "taken", "unread"):
            self.stdout.write(f"{name}: {counted[name]}")
