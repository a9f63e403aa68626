"""The worker of deliveries, which writes as the server does: it starts under the same conditions."""

from typing import Any

from django_tasks_db.management.commands.db_worker import Command as Worker

from healthcode.core.audit import checks


class Command(Worker):
    help = "Work off what was enqueued; refuse to start where the database lost a trigger."

    def handle(self, *args: Any, **options: Any) -> None:
        checks.refuse_lost_guards()
        super().handle(*args, **options)
