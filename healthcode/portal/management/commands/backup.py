"""Make a backup of the database, beside everything else; no key is in it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from healthcode.core.offices import accounts
from healthcode.portal.operation import backups


class Command(BaseCommand):
    help = "Make a backup under FOLDER: SQLite's file, PostgreSQL's dump, or with --base its files and log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="on another disk than the database's")
        parser.add_argument(
            "--base", action="store_true", help="pg_basebackup: with an archive of the log, for any instant"
        )
        parser.add_argument("--keep", type=int, metavar="DAYS", help="then delete backups that are older")

    def handle(self, *args: Any, **options: Any) -> None:
        now, folder = timezone.now(), options["folder"]
        try:
            made, manifest = backups.make(folder, base=options["base"], by=accounts.system(at=now), at=now)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made}  {manifest.size / 1e6:.1f} MB  sha256 {manifest.sha256}")
        self.stdout.write(
            "It holds no key: keep VAULT_KEYS, VAULT_INDEX_KEY and SEAL_KEY elsewhere, and not with it."
        )
        if options["keep"] is not None:
            for path in backups.drop_old(folder, days=options["keep"], at=now):
                self.stdout.write(f"deleted {path}")
