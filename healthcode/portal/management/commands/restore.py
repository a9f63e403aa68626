"""Bring a backup back; the portal stays closed until `manage.py restored` answers for it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from healthcode.core.audit import restorations
from healthcode.core.offices import accounts
from healthcode.portal.operation import backups, restoring


class Command(BaseCommand):
    help = "Restore a backup into an empty database, as its owner: SQLite's file, or PostgreSQL's dump."
    requires_system_checks = ()  # there is no database yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "backup", type=Path, metavar="BACKUP", help="the folder that `manage.py backup` made"
        )
        parser.add_argument("--replace", action="store_true", help="SQLite: put aside the file that is there")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.restore(options["backup"], replace=options["replace"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        restoring.count_tables()
        now = timezone.now()
        restorations.notice(by=accounts.system(at=now), at=now, known=True)
        self.stdout.write(self.style.SUCCESS("Restored; its tables are counted."))
        self.stdout.write(
            "On PostgreSQL: manage.py database_grants | psql. Then manage.py verify_audit --anchor, with what was kept"
            " outside, and manage.py restored --reason …: until then the portal stays closed."
        )
