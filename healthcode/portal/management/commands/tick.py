"""Do the recurring work once, for a timer, or every so many seconds, beside the server."""

import logging
import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from healthcode.core import outages
from healthcode.core.audit import restorations, skew
from healthcode.core.offices import accounts
from healthcode.portal.operation import readiness, status
from healthcode.portal.recurring import ticking

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do the recurring work (each step can be repeated at any moment) and print what was done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["every"] is not None:
            while True:
                self._outlast()
                time.sleep(options["every"])
        try:
            results = self._tick()
        except Error as error:
            if not outages.is_lost(error):
                raise
            raise CommandError("The database is away: nothing was done.") from error
        except skew.ClocksApart as error:
            raise CommandError("The clocks are apart: nothing was done.") from error
        except restorations.Restored as error:
            raise CommandError(str(error)) from error
        if any(step.failed for step in results):
            raise CommandError("A step failed: see the log.")

    def _outlast(self) -> None:
        """Do one round, and live through whatever keeps it from being done: the next one looks again."""
        try:
            outages.outlast(self._tick)
        except ImproperlyConfigured as error:  # guards step aside while somebody migrates
            log.critical("Nothing was done: %s", error)
        except skew.ClocksApart:
            pass  # which it has said

    def _tick(self) -> list[ticking.StepResult]:
        readiness.require_sound_database()
        if not skew.are_together():
            raise skew.ClocksApart()
        self._require_open()
        results = ticking.tick(at=timezone.now())
        for step in results:
            if step.done or step.failed:
                self.stdout.write(f"{step.name}: {'failed' if step.failed else step.done}")
        status.beat(status.TICK, at=timezone.now())
        return results

    def _require_open(self) -> None:
        """Do nothing on a database that was restored, but record that it was noticed."""
        try:
            restorations.require_open()
        except restorations.Restored:
            now = timezone.now()
            restorations.notice(by=accounts.system(at=now), at=now)
            raise
