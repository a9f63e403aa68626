"""What `/statusz` says, as gauges for a monitor: the text format of Prometheus.

Requests are granian's own (`--metrics`), the disk of the database its machine's; `deploy/prometheus` has the alerts.
"""

from collections.abc import Iterator, Mapping

from django.db import connection

from healthcode.core.audit import skew
from healthcode.core.audit.models import Event
from healthcode.portal.operation import readiness, status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
EVERYTHING = (*status.LIMITS, "disk", "standby", "restored")
LOCKS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def text() -> str:
    """Return all gauges of this moment."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    one = status.look()
    yield from _gauge("age_seconds", "How long ago it was at work, or since when the oldest waits.", one.ages)
    late = {name: float(name in one.late or name in one.never) for name in EVERYTHING}
    yield from _gauge("late", "1 where /statusz calls it late, or never heard of it: an alert.", late)
    yield from _gauge("disk_free_ratio", "Which part of a disk is free.", one.disks)
    faults = readiness.faults()
    yield from _single("ready", "1 where this process can answer.", float(not faults))
    yield from _single("queued_tasks", "Tasks that no worker has begun.", one.queued)
    yield from _single("standbys", "Standbys that follow.", one.standbys.count)
    yield from _single(
        "standby_behind_bytes", "Log that the last standby does not show yet.", one.standbys.behind
    )
    yield from _single("standby_behind_seconds", "How long ago that was.", one.standbys.seconds)
    apart = abs(skew.measure(connection).total_seconds())
    yield from _single("clock_apart_seconds", "Between this server's clock and the database's.", apart)
    yield from _single("lock_waits", "Statements that wait for a lock.", _lock_waits())
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    yield from _single("last_event", "Key of the last event: its rise is what is done.", last)


def _gauge(name: str, words: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP healthcode_{name} {words}"
    yield f"# TYPE healthcode_{name} gauge"
    for key, value in sorted(values.items()):
        yield f'healthcode_{name}{{of="{key}"}} {value:.6g}'


def _single(name: str, words: str, value: float) -> Iterator[str]:
    yield f"# HELP healthcode_{name} {words}"
    yield f"# TYPE healthcode_{name} gauge"
    yield f"healthcode_{name} {value}"


def _lock_waits() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(LOCKS)
        return int(cursor.fetchone()[0])
