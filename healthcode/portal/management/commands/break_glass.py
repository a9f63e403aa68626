"""Let an administrator in who is locked out, at the server, when no other administrator can be reached."""

from typing import Any

from axes.utils import reset
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from healthcode.core.offices import accounts, break_glass
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal


class Command(BaseCommand):
    help = "Print one new password of an administrator; it is in the ledger, and among what looks wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        now, username = timezone.now(), options["username"]
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        try:
            password = break_glass.let_in(user, by=accounts.system(at=now), at=now)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        reset(username=username)  # wrong passwords until now keep nobody out
        self.stdout.write(f"{username}  {password}")
