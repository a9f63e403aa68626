"""Apply the retention periods, and print a report; `tick` does it by itself once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core.offices import accounts
from healthcode.portal.recurring import retention


class Command(BaseCommand):
    help = "Delete or erase what is past its retention period, and print how much of what."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rehearse", action="store_true", help="print the report and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        report = retention.apply(by=accounts.system(at=at), at=at, rehearse=options["rehearse"])
        for one in report:
            line = _("%(record)s: kept %(days)s days, then %(then)s: %(count)s")
            values = {"record": one.period.record, "days": one.period.days, "then": one.period.then}
            self.stdout.write(line % {**values, "count": one.count})
        if options["rehearse"]:
            self.stdout.write(_("A rehearsal: nothing was changed."))
