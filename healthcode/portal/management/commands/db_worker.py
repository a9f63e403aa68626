"""The worker of deliveries, which writes as the server does: it starts under the same conditions, and lives as long."""

from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from healthcode.core import outages
from healthcode.core.audit import restorations
from healthcode.portal.operation import readiness, status


class LastingWorker(db_worker.Worker):
    """A worker that waits for a lost database to come back, and looks at its guards before it goes on.

    What was being worked on meanwhile is begun again by `tick`.
    """

    def run(self) -> None:
        outages.outlast(self._run_guarded)

    def _run_guarded(self) -> None:
        if not self.running:  # it was told to stop while the database was away
            return
        readiness.require_sound_database()
        restorations.require_open()
        status.beat(status.WORKER, at=timezone.now())
        beating = status.Beating(status.WORKER)
        beating.start()
        try:
            super().run()
        finally:
            beating.end()


db_worker.Worker = LastingWorker  # type: ignore[misc]  # what its command makes


class Command(db_worker.Command):
    help = (
        "Work off what was enqueued; refuse to start where the database lost a trigger or lacks a migration."
    )
