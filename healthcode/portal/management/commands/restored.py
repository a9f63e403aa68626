"""Answer for a database that was restored from a backup: afterwards the portal opens again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from healthcode.core.audit import checkpoints, restorations
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.guards import says
from healthcode.core.audit.restorations import Restoration
from healthcode.core.offices import accounts
from healthcode.portal.management.anchor_option import add_anchors, read_anchors
from healthcode.portal.operation import readiness, restoring


class Command(BaseCommand):
    help = (
        "After a restored backup: say what is lost, count the tables, erase the erased again, record who answers"
        " for it, and open the portal. Run it as the database's owner. Without --reason it only says what is lost."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reason", default="", help="what happened, and who decided to go on from the backup"
        )
        add_anchors(parser, "a checkpoint kept elsewhere, where KEPT_DIR was lost too")

    def handle(self, *args: Any, **options: Any) -> None:
        now, anchors = timezone.now(), _anchors(options["anchor"])
        readiness.require_sound_database()
        if not options["reason"]:
            self._preview(anchors)
            return
        if not says(options["reason"]):
            raise CommandError("The reason says nothing.")
        if uncounted := restoring.count_tables():
            raise CommandError(f"{uncounted} tables were not counted: run this as the database's owner.")
        by = accounts.system(at=now)
        restoring.notice(anchors, by=by, at=now)
        erased = restoring.erase_again(by=by, at=now)
        self.stdout.write(f"{len(erased.again)} persons erased again.")
        for person in erased.not_yet:
            self.stdout.write(self.style.WARNING(f"Not erased, since something about them is open: {person}"))
        restoration = restoring.answer_for(options["reason"], by=by, at=timezone.now())
        if restoration is not None:
            self.stdout.write(_words(restoration))
        self.stdout.write(self.style.SUCCESS("Recorded and sealed. The portal opens within a second."))

    def _preview(self, anchors: list[Checkpoint]) -> None:
        beyond = [one for one in anchors if not restorations.has(one)]
        lost = max([*beyond, *filter(None, [restorations.missing()])], key=lambda one: one.size, default=None)
        if (waiting := restorations.waiting()) is not None:
            self.stdout.write(_words(waiting))
        elif lost is not None:
            self.stdout.write(f"Missing: the checkpoint of {lost.size} events.\n{lost.note}")
        else:
            self.stdout.write("Nothing that was kept outside is missing here.")
        self.stdout.write("Nothing was written. With --reason it is recorded, and the portal opens.")


def _anchors(files: list[Any]) -> list[Checkpoint]:
    try:
        return read_anchors(files)
    except checkpoints.NotACheckpoint as error:
        raise CommandError(str(error)) from error


def _words(restoration: Restoration) -> str:
    since = restoration.since.isoformat(timespec="seconds") if restoration.since else "the beginning"
    if restoration.lost is None or restoration.until is None:
        return f"Lost: whatever was written after {since} (event {restoration.size})."
    until = restoration.until.isoformat(timespec="seconds")
    return f"Lost: {restoration.lost} sealed events, of {since} to {until}, and what was not sealed yet."
