"""Print the SQL that makes the portal's database roles: an owner who migrates, and three who own nothing."""

import re
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
ROLES = ("owner", "web", "work", "reader")


class Command(BaseCommand):
    """`manage.py database_grants | psql -v ON_ERROR_STOP=1 portal`, before the first `migrate` and once after it."""

    help = "Prints the SQL of the database roles; it can be run again at any time."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        for role in ROLES:
            parser.add_argument(f"--{role}", default=role, help=f"what the role {role} is called")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print `deploy/roles.sql` with the names that were given."""
        names = {role: options[role] for role in ROLES}
        if len(set(names.values())) < len(ROLES) or not all(map(NAME.fullmatch, names.values())):
            raise CommandError("Four different names, each of small letters, digits and underscores.")
        for line in (settings.BASE_DIR / "deploy" / "roles.sql").read_text().splitlines():
            statement, dashes, comment = line.partition("--")
            renamed = re.sub(rf"\b({'|'.join(ROLES)})\b", lambda found: names[found[0]], statement)
            self.stdout.write(renamed + dashes + comment)
