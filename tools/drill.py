"""Drills on a throwaway PostgreSQL: break something under the running portal, and see that it comes back by itself.

    python -m tools.drill                    # all of them
    python -m tools.drill outage             # PostgreSQL killed, back after five seconds
    python -m tools.drill respawn            # the server's worker process killed
    python -m tools.drill away               # PostgreSQL away for a minute
    python -m tools.drill killed             # timer, worker and server killed in turn
    python -m tools.drill full               # the disk of the database is full (as root)
    python -m tools.drill clock              # the clocks of server and database two hours apart
    python -m tools.drill old                # yesterday's backup comes back under the portal
    python -m tools.drill instant            # the database lost, brought back to an instant
    python -m tools.drill key                # a key of the vault lost
    python -m tools.drill lagging            # a standby that falls behind
    python -m tools.drill behind             # a standby promoted that lacks what was sealed
    python -m tools.drill failover           # the database killed under load, its synchronous standby promoted
    python -m tools.drill delivery           # the worker killed inside a delivery
    python -m tools.drill migration          # a migration beside pages
    python -m tools.drill bodies             # four slow bodies against a server
    python -m tools.drill front              # nginx with the shipped file, before pages and door
    python -m tools.drill alerts             # Prometheus with the shipped files, and the portal killed
    python -m tools.drill roles              # each process as its own database role, as `database_grants` makes them

Each prints what was seen and when, in seconds from the blow; status 1 where a promise was not kept.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tools import drill_backups, drill_faults, drill_front, drill_load, drill_standby
from tools.drill_portal import portal, until

AWAY, MINUTE = 5, 60  # seconds
DONE = ("FAILED", "SUCCESSFUL")
BACK_WITHIN = 40  # seconds: the longest pause, and some
# A task that ends at once, since there is no such delivery, and an event to be sealed.
WORK = """
from cases import tasks
from django.utils import timezone
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
user = User.objects.get(username="admin1")
ledger.record("session.opened", by=user, at=timezone.now(), about=user, device="")
print(tasks.work_on_delivery.enqueue(0).id)
"""


def away() -> None:
    """Kill PostgreSQL, start it again after a minute."""
    outage(MINUTE)


def outage(seconds: int = AWAY) -> None:
    """Kill PostgreSQL, start it again after five seconds."""
    with portal() as one:
        one.serve()
        began = time.monotonic()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=60, since=began)
        until(
            "the timer has sealed",
            lambda: one.sql("SELECT count(*) FROM audit_seal") != 0,
            within=30,
            since=began,
        )
        seals = one.sql("SELECT count(*) FROM audit_seal")
        blow = time.monotonic()
        one.database.kill()
        print("   0.0 s  kill -9 of every process of PostgreSQL")
        until("the API answers 503", lambda: one.ask("/api/v1/cases") == 503, within=3, since=blow)
        until("the server lives and is not ready", lambda: one.asks(200, 503), within=3, since=blow)
        until(
            "the worker says so", lambda: "database is away" in one.output("worker"), within=AWAY, since=blow
        )
        until("the timer says so", lambda: "database is away" in one.output("tick"), within=AWAY, since=blow)
        one.start("second server", *one.granian(one.port + 1), role="web")
        time.sleep(max(0.0, seconds - (time.monotonic() - blow)))
        one.database.start()
        print(f"{time.monotonic() - blow:6.1f} s  PostgreSQL is back; seconds from here:")
        back = time.monotonic()
        until("the API answers as before", lambda: one.ask("/api/v1/cases") == 401, within=10, since=back)
        task = one.manage("shell", "-v", "0", "-c", WORK)
        done = f"SELECT status FROM django_tasks_database_dbtaskresult WHERE id = '{task}'"
        until("the worker has done a task", lambda: one.sql(done) in DONE, within=BACK_WITHIN, since=back)
        enough = f"SELECT count(*) > {seals} FROM audit_seal"
        until("the timer seals again", lambda: bool(one.sql(enough)), within=BACK_WITHIN, since=back)
        second = one.port + 1
        until(
            "a server started meanwhile is ready",
            lambda: one.ask("/readyz", second) == 200,
            within=30,
            since=back,
        )
        if ended := [name for name in one.running if not one.alive(name)]:
            raise SystemExit(f"Ended for good: {', '.join(ended)}\n{one.output(ended[0])[-2000:]}")


def respawn() -> None:
    """Kill the server's worker process: its parent starts another."""
    with portal() as one:
        one.serve()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=60, since=time.monotonic())
        parent = one.running["server"].pid
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        blow = time.monotonic()
        for child in listed:
            if b"granian" in Path(f"/proc/{child}/cmdline").read_bytes() or len(listed) == 1:
                os.kill(int(child), signal.SIGKILL)
        print("   0.0 s  kill -9 of the server's worker process")
        until("it does not answer", lambda: one.ask("/healthz") == 0, within=5, since=blow)
        until("another answers", lambda: one.ask("/readyz") == 200, within=30, since=blow)


REFUSED = (
    "ALTER TABLE cases_gatecheck DISABLE TRIGGER USER",
    "UPDATE audit_event SET actor = ''",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP TABLE audit_event",
)


def roles() -> None:
    """Migrate as `owner`, serve as `web`, work as `work`: each can do its work, and none the ledger's owner's."""
    with portal() as one:
        one.serve()
        began = time.monotonic()
        until("the server is ready as `web`", lambda: one.ask("/readyz") == 200, within=60, since=began)
        until(
            "the timer seals as `work`",
            lambda: one.sql("SELECT count(*) FROM audit_seal") != 0,
            within=30,
            since=began,
        )
        if "failed" in one.output("tick"):
            raise SystemExit(f"A step of `tick` failed:\n{one.output('tick')[-3000:]}")
        for role in ("web", "work"):
            for statement in REFUSED:
                try:
                    one.execute(statement, role)
                except psycopg.Error:
                    continue
                raise SystemExit(f"{role} may: {statement}")
        print("        web and work alter no guard and nothing of the ledger")


DRILLS: dict[str, Callable[[], None]] = {
    "outage": outage,
    "away": away,
    "respawn": respawn,
    "killed": drill_faults.killed,
    "full": drill_faults.full,
    "clock": drill_faults.clock,
    "old": drill_backups.old,
    "instant": drill_backups.instant,
    "key": drill_backups.lost_key,
    "lagging": drill_standby.lagging,
    "behind": drill_standby.behind,
    "failover": drill_standby.failover,
    "delivery": drill_load.delivery,
    "migration": drill_load.migration,
    "bodies": drill_load.bodies,
    "front": drill_front.front,
    "alerts": drill_front.alerts,
    "roles": roles,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.drill", description="Break something and see it come back.")
    parser.add_argument("drill", nargs="*", choices=[*DRILLS, []], help="all of them by default")
    for name in parser.parse_args(arguments).drill or DRILLS:
        print(f"== {name}: {(DRILLS[name].__doc__ or '').strip()}")
        DRILLS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
