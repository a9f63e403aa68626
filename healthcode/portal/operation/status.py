"""How old the work beside the server is: timer, worker, seal, queue. An age is an alert, and takes no server away."""

import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.models import Max
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from healthcode.core.audit import restorations
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event, Leaf
from healthcode.portal.models import Heartbeat
from healthcode.portal.operation import backups

TICK, WORKER, BACKUP = "tick", "worker", "backup"
BEAT_SECONDS = 10
# Older than this is an alert.
LIMITS = {
    TICK: timedelta(minutes=2),
    WORKER: timedelta(minutes=1),
    "seal": timedelta(minutes=5),
    "queue": timedelta(minutes=2),
    BACKUP: timedelta(hours=26),
}


def beat(name: str, *, at: datetime) -> None:
    """Note that a process beside the server is at work."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


class Beating(threading.Thread):
    """The heartbeat of a worker, also while it works on one delivery for an hour: over a connection of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(name=f"beat-{name}", daemon=True)
        self._beats, self._ended = name, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                beat(self._beats, at=timezone.now())
            except Error:  # the work itself says so
                pass
            finally:
                connection.close()

    def end(self) -> None:
        self._ended.set()


def ages() -> dict[str, object]:
    """Return the age in seconds of each, how many tasks wait, and what is late."""
    now, began = timezone.now(), _began()
    found = {name: now - at for name, at in began.items()}
    late = [name for name, limit in LIMITS.items() if name in found and found[name] > limit]
    late += [] if restorations.is_open() else ["restored"]
    never = sorted(name for name in _expected() if name not in began)
    seconds = {f"{name}_seconds": round(age.total_seconds(), 1) for name, age in found.items()}
    return {**seconds, "queued": DBTaskResult.objects.ready().count(), "late": sorted(late), "never": never}


def _expected() -> tuple[str, ...]:
    works = settings.TASKS["default"]["BACKEND"].endswith("DatabaseBackend")
    return (TICK, *((WORKER,) if works else ()), *((BACKUP,) if settings.PRODUCTION else ()))


def _began() -> dict[str, datetime]:
    """Return since when nothing was heard of each process, and since when the oldest event and task wait."""
    found = dict(Heartbeat.objects.values_list("name", "at"))
    # Past the last event that has its place: what committed late below it is the sealer's affair, within seconds.
    sealed = Leaf.objects.aggregate(last=Max("event"))["last"] or 0
    unsealed = Event.objects.filter(pk__gt=sealed).order_by("pk").values_list("at_us", flat=True).first()
    if unsealed is not None:
        found["seal"] = instant(unsealed)
    oldest = (
        DBTaskResult.objects.ready().order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    )
    if oldest is not None:
        found["queue"] = oldest
    made = (
        Event.objects.filter(action=backups.MADE).order_by("-at_us").values_list("at_us", flat=True).first()
    )
    if made is not None:
        found[BACKUP] = instant(made)
    return found
