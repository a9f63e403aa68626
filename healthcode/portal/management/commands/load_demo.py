"""Load the demo: divisions, rule book, cast, persons and tickets in every situation. Never in production."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from cases.management.demo import cast, doors, identities, situations, story
from cases.models import Person
from cases.policy import shipped
from cases.policy.days import ZONE
from cases.services.book import rulebooks
from complaints.management import demo as desk
from complaints.models import Ticket


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
        cast.load_divisions()
        users = cast.load(password, at=now)
        first_day = datetime(2020, 8, 24, tzinfo=ZONE)
        rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=first_day,
            proposer=users["policy.city"],
            by=users["duty.city"],
            at=now,
        )
        if not Person.objects.exists():
            with transaction.atomic():  # one commit for all: the demo is there as a whole, or not at all
                told = story.Story(users, now)
                special = identities.tell(told)
                situations.tell(told, count=options["persons"] - special)
                doors.tell(told)
        if not Ticket.objects.exists():
            with transaction.atomic():
                desk.tell(users, now)
        self.stdout.write(f"{Person.objects.count()} demo persons, {Ticket.objects.count()} tickets.")
        if not options["password"]:
            self.stdout.write(f"password: {password}")
