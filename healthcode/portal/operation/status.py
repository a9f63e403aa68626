"""How old the work beside the server is: timer, worker, seal, queue. An age is an alert, and takes no server away."""

import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.models import Max
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.models import Batch
from complaints.models import Message
from healthcode.core.audit import batched, batches, restorations
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Event, Leaf
from healthcode.portal.models import Heartbeat
from healthcode.portal.operation import backups, standbys

TICK, WORKER, BACKUP = "tick", "worker", "backup"
BEAT_SECONDS = 10
# Older than this is an alert.
LIMITS = {
    TICK: timedelta(minutes=2),
    WORKER: timedelta(minutes=1),
    "seal": timedelta(minutes=5),
    "queue": timedelta(minutes=2),
    BACKUP: timedelta(hours=26),
    "deliveries": timedelta(minutes=30),  # taken in, and not looked through yet
    "outbox": timedelta(hours=2),  # answers to the hotline that did not arrive
}
DISK_FREE = 0.10  # of each folder's disk


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


@dataclass(frozen=True)
class Status:
    """What an operator has to know of the work beside a server."""

    ages: dict[str, float]  # seconds
    queued: int  # tasks
    disks: dict[str, float]  # which part of each is free
    standbys: standbys.Standbys
    late: tuple[str, ...]  # each is an alert
    never: tuple[str, ...]  # never heard of


def ages() -> dict[str, object]:
    """Return as one flat object how old everything is, how many tasks wait, and what is late."""
    one = look()
    values = {f"{name}_seconds": round(seconds, 1) for name, seconds in one.ages.items()}
    disks = {f"{name}_free": round(free, 3) for name, free in one.disks.items()}
    follow = {"standbys": one.standbys.count, "standby_bytes": one.standbys.behind}
    return {**values, **disks, **follow, "queued": one.queued, "late": [*one.late], "never": [*one.never]}


def look() -> Status:
    """Ask how old everything is, and say what is late."""
    now, began = timezone.now(), _began()
    found = {name: now - at for name, at in began.items()}
    late = [name for name, limit in LIMITS.items() if name in found and found[name] > limit]
    late += [] if restorations.is_open() else ["restored"]
    disks, follow = _disks(), standbys.look()
    late += ["disk"] if any(free < DISK_FREE for free in disks.values()) else []
    late += ["standby"] if follow.is_late else []
    never = tuple(sorted(name for name in _expected() if name not in began))
    seconds = {name: age.total_seconds() for name, age in found.items()}
    return Status(seconds, DBTaskResult.objects.ready().count(), disks, follow, tuple(sorted(late)), never)


def _disks() -> dict[str, float]:
    """Return which part is free of the disks this process writes to; the database's own is its machine's affair."""
    folders = {"var": settings.VAR_DIR, "kept": settings.KEPT_DIR}
    usage = {
        name: shutil.disk_usage(folder)
        for name, folder in folders.items()
        if folder and Path(folder).is_dir()
    }
    return {name: one.free / one.total for name, one in usage.items()}


def _expected() -> tuple[str, ...]:
    works = settings.TASKS["default"]["BACKEND"].endswith("DatabaseBackend")
    return (TICK, *((WORKER,) if works else ()), *((BACKUP,) if settings.PRODUCTION else ()))


def _began() -> dict[str, datetime]:
    """Return since when nothing was heard of each process, and since when the oldest event and task wait."""
    found = dict(Heartbeat.objects.values_list("name", "at"))
    # Past the last event that has its place: what committed late below it is the sealer's affair, within seconds.
    sealed = Leaf.objects.aggregate(last=Max("event"))["last"] or 0
    unsealed = Event.objects.filter(pk__gt=sealed).order_by("pk").values_list("at_us", flat=True).first()
    waiting_rows = (batches.oldest_unsealed(model) for model in batched.models_of())
    waiting_events = [instant(unsealed)] if unsealed is not None else []
    if oldest_unsealed := [*waiting_events, *(at for at in waiting_rows if at is not None)]:
        found["seal"] = min(oldest_unsealed)
    oldest = (
        DBTaskResult.objects.ready().order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    )
    if oldest is not None:
        found["queue"] = oldest
    waiting = Batch.objects.filter(state=Batch.State.RECEIVED).order_by("delivered_at")
    if (delivered_at := waiting.values_list("delivered_at", flat=True).first()) is not None:
        found["deliveries"] = delivered_at
    unsent = Message.objects.filter(status=Message.Status.QUEUED).order_by("created_at")
    created_at = unsent.values_list("created_at", flat=True).first() if settings.HOTLINE_WEBHOOK_URL else None
    if created_at is not None:
        found["outbox"] = created_at
    made = (
        Event.objects.filter(action=backups.MADE).order_by("-at_us").values_list("at_us", flat=True).first()
    )
    if made is not None:
        found[BACKUP] = instant(made)
    return found
