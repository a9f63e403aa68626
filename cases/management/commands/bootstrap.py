"""Make an empty production database ready: divisions, the first rule book, two administrators."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from cases.management.demo.cast import load_divisions
from cases.policy import shipped
from cases.policy.days import ZONE
from cases.services import rulebooks
from healthcode.offices import accounts
from healthcode.offices.models import Office, User
from healthcode.offices.roles import Kind, Role


class Command(BaseCommand):
    help = (
        "Load the divisions, put the guide in force, make two administrators. Repeating it changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("administrators", nargs=2, help="usernames of the two first administrators")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self.stdout.write(f"{load_divisions()} divisions.")
        names = {"name": "账号管理", "name_en": "Account administration"}
        office, _ = Office.objects.get_or_create(
            code="administration",
            defaults={"kind": Kind.ADMINISTRATION, "division_id": settings.HOME_CITY, **names},
        )
        # Two system users: even the first rule book has a proposer and another who decides.
        system, setup = (_system_user(name, office, now) for name in ("system", "bootstrap"))
        for name in options["administrators"]:
            if not User.objects.filter(username=name).exists():
                _user, password = accounts.bootstrap(
                    username=name, name=name, office=office, by=system, at=now
                )
                self.stdout.write(f"{name}  {password}   (change it at the first log-in)")
        book = rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=datetime(2020, 8, 24, tzinfo=ZONE),
            proposer=setup,
            by=system,
            at=now,
        )
        self.stdout.write(f"In force: {book}")


def _system_user(name: str, office: Office, now: datetime) -> User:
    values = {"role": Role.SYSTEM, "office": office, "name": name, "is_active": False, "created_at": now}
    user, created = User.objects.get_or_create(username=name, defaults=values)
    if created:
        user.set_unusable_password()
        user.save()
    return user
