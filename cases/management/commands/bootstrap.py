"""Make an empty production database ready: divisions, the first rule book, two administrators."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from cases.management.demo.cast import load_divisions, make_password
from cases.policy import shipped
from cases.policy.days import ZONE
from cases.services import rulebooks
from healthcode.offices.models import Office, User
from healthcode.offices.roles import Kind, Role


class Command(BaseCommand):
    help = (
        "Load the divisions, put the guide in force, make two administrators. Repeating it changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--city", default="3306", help="division code of the city that runs this portal")
        parser.add_argument("administrators", nargs=2, help="usernames of the two first administrators")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self.stdout.write(f"{load_divisions()} divisions.")
        office, _ = Office.objects.get_or_create(
            code="administration",
            defaults={
                "kind": Kind.ADMINISTRATION,
                "division_id": options["city"],
                "name": "账号管理",
                "name_en": "Account administration",
            },
        )
        system, bootstrap = (_user(name, Role.SYSTEM, office, now)[0] for name in ("system", "bootstrap"))
        for name in options["administrators"]:
            user, created = _user(name, Role.ADMINISTRATOR, office, now)
            if created:
                password = make_password()
                user.set_password(password)
                user.save()
                self.stdout.write(f"{name}  {password}   (change it at the first log-in)")
        book = rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=datetime(2020, 8, 24, tzinfo=ZONE),
            proposer=bootstrap,
            by=system,
            at=now,
        )
        self.stdout.write(f"In force: {book}")


def _user(name: str, role: Role, office: Office, now: datetime) -> tuple[User, bool]:
    active = role == Role.ADMINISTRATOR
    values = {"role": role, "office": office, "name": name, "is_active": active, "created_at": now}
    user, created = User.objects.get_or_create(username=name, defaults=values)
    if created:
        user.set_unusable_password()
        user.save()
    return user, created
