"""Load the demo: divisions, rule book, cast, persons and tickets in every situation. Never in production."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from cases.management.demo import cast, doors, duty, identities, rounds, situations, story
from cases.models import Person
from cases.policy import shipped
from cases.policy.days import ZONE
from cases.services.book import rulebooks
from complaints.management import demo as desk
from complaints.models import Ticket
from healthcode.core.offices.models import User

EVERY = 50  # persons between two lines


class Command(BaseCommand):
    help = "Load divisions, the rule book, the demo cast and demo persons in every situation of the guide."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="the cast's password; by default one is generated and printed")
        parser.add_argument("--persons", type=int, default=300)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo is never loaded in production.")
        password = options["password"] or cast.make_password()
        now = timezone.now()
        self._report(f"  {cast.load_divisions()} divisions")
        users = cast.load(password, at=now)
        self._report(f"  {len(users)} users, one for each part")
        rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=datetime(2020, 8, 24, tzinfo=ZONE),
            proposer=users["policy.city"],
            by=users["duty.city"],
            at=now,
        )
        self._report("  the rule book")
        if not Person.objects.exists():
            self._make_persons(users, now, options["persons"])
        if not Ticket.objects.exists():
            with transaction.atomic():
                desk.make(users, now)
        self._report(f"{Person.objects.count()} demo persons, {Ticket.objects.count()} tickets.")
        if not options["password"]:
            self._report(f"password: {password}")

    def _make_persons(self, users: dict[str, User], now: datetime, wanted: int) -> None:
        """Make persons, checks at doors and the duty roster, in one commit: the demo is there whole, or not at all."""

        def report(number: int) -> None:
            if number % EVERY == 0:
                self._report(f"  {number} of {wanted} persons")

        with transaction.atomic():
            made = story.DemoStory(users, now, on_person=report)
            special = identities.make(made)
            situations.make(made, count=wanted - special)
            rounds.make(made)
            doors.make(made)
            duty.make(made)
        self._report("  checks at the doors, the duty roster")

    def _report(self, line: str) -> None:
        """Print a line at once: behind a pipe it would wait in a buffer till the end."""
        self.stdout.write(line)
        self.stdout.flush()
