"""Verify the ledger: seals, leaves, anchors, and that what is stored is what the ledger says.

Status 0: everything fits. Status 1: something does not, and is printed. Status 2: it could not be verified.
"""

import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from healthcode.core.audit import checkpoints
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.findings import Finding
from healthcode.core.audit.verifying import Verification
from healthcode.portal import reconciling
from healthcode.portal.management.anchor_option import add_anchors, read_anchors

DIFFERS, NOT_VERIFIED = 1, 2


class Command(BaseCommand):
    help = "Recompute every leaf, root, link and signature of the ledger, and compare it with what is stored."
    requires_system_checks = ()  # a missing trigger must not keep anybody from looking

    def add_arguments(self, parser: CommandParser) -> None:
        add_anchors(parser, "a checkpoint kept elsewhere (a file, a mail)")
        parser.add_argument("--sealed-only", action="store_true", help="leave out the reconciliation")
        parser.add_argument("--limit", type=int, default=100, help="findings to print; all are counted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            anchors = read_anchors(options["anchor"])
        except checkpoints.NotACheckpoint as error:
            self.stderr.write(str(error))
            sys.exit(NOT_VERIFIED)
        began, verification = time.monotonic(), Verification(anchors)
        found = verification.findings()
        if not options["sealed_only"]:
            found = chain(found, reconciling.findings())
        count = self._print(found, options["limit"])
        for one in verification.declared:
            self.stdout.write(self.style.WARNING(str(one)))
        self._sum_up(verification, anchors, count, time.monotonic() - began)
        if count:
            sys.exit(DIFFERS)

    def _print(self, found: Iterator[Finding], limit: int) -> int:
        count = 0
        for finding in found:
            count += 1
            if count <= limit:
                self.stdout.write(self.style.ERROR(str(finding)))
        if count > limit:
            self.stdout.write(_("… and %(more)s more.") % {"more": count - limit})
        return count

    def _sum_up(
        self, verification: Verification, anchors: list[Checkpoint], count: int, seconds: float
    ) -> None:
        values = {
            "leaves": verification.passed,
            "seals": verification.seals,
            "anchors": len(anchors),
            "waiting": verification.unsealed,
            "seconds": f"{seconds:.1f}",
        }
        line = _(
            "%(leaves)s sealed events, %(seals)s seals and %(anchors)s anchors verified in %(seconds)s s;"
            " %(waiting)s events wait for their seal."
        )
        self.stdout.write(line % values)
        words = _("%(count)s findings.") % {"count": count} if count else _("Everything fits.")
        self.stdout.write(self.style.ERROR(words) if count else self.style.SUCCESS(words))
