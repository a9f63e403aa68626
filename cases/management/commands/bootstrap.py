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
from cases.services.book import rulebooks
from healthcode.core.offices import accounts, registry
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.staff import OfficeKind


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
        # Two system users: even the first rule book has a proposer and another who decides.
        system, setup = (accounts.system(name, at=now) for name in ("system", "bootstrap"))
        for name in options["administrators"]:
            if not User.objects.filter(username=name).exists():
                _user, password = accounts.bootstrap(
                    username=name, name=name, office=system.office, by=system, at=now
                )
                self.stdout.write(f"{name}  {password}   (change it at the first log-in)")
        province = Division.objects.get(code=settings.HOME_CITY[:2])
        if not Office.objects.filter(kind=OfficeKind.PROVINCE).exists():
            names = {"name": f"{province.name}疫情防控平台", "name_en": "Provincial platform"}
            registry.open_office(
                code="province", kind=OfficeKind.PROVINCE, division=province, **names, by=system, at=now
            )
        book = rulebooks.adopt_first(
            shipped.text(shipped.IN_FORCE),
            effective_from=datetime(2020, 8, 24, tzinfo=ZONE),
            proposer=setup,
            by=system,
            at=now,
        )
        self.stdout.write(f"In force: {book}")
