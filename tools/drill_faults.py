"""Drills of single faults: a process killed, a full disk, a clock that is wrong."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tools.drill_portal import Portal, portal, until

ROOM = "300M"  # of the disk that is filled
BLOCK = bytes(1 << 20)
SEALS = "SELECT count(*) FROM audit_seal"
LAST_SEALED = "SELECT (SELECT max(event) FROM audit_leaf) = (SELECT max(id) FROM audit_event)"
# An event to be sealed.
ACT = """
from django.utils import timezone
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
user = User.objects.get(username="admin1")
ledger.record("session.opened", by=user, at=timezone.now(), about=user, device="")
"""
# Whoever connects anew asks this clock: the portal asks `clock_timestamp()` by its bare name.
AHEAD = (
    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
    " AS $$ SELECT pg_catalog.clock_timestamp() + interval '2 hours' $$",
    "ALTER DATABASE postgres SET search_path = public, pg_catalog",
)
RIGHT = ("ALTER DATABASE postgres RESET search_path", "DROP FUNCTION public.clock_timestamp()")
ANEW = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"


def killed() -> None:
    """Kill timer, worker and server in turn, and start each again as systemd does: what waits is done."""
    with served() as one:
        for name in ("tick", "worker", "server"):
            blow = time.monotonic()
            one.kill(name)
            print(f"   0.0 s  kill -9 of {name} and all that it started")
            if name != "server":
                until("pages are served without it", lambda: one.ask("/readyz") == 200, within=5, since=blow)
            one.start_again(name)
            until("the server is ready", lambda: one.ask("/readyz") == 200, within=60, since=blow)
            sealed_anew(one, blow)
        one.manage("verify_audit")
        print("        the ledger is whole")


def full() -> None:
    """Fill the disk of the database, and make room again."""
    with disk() as folder, served(under=folder) as one:
        filler, blow = folder / "filler", time.monotonic()
        fill(filler)
        print("   0.0 s  the disk is full")
        until("an act is refused", lambda: not acts_after_others(one), within=90, since=blow)
        until("the server lives", lambda: one.ask("/healthz") == 200, within=5, since=blow)
        print(f"        /readyz answers {one.ask('/readyz')}, the API {one.ask('/api/v1/cases')}")
        filler.unlink()
        print(f"{time.monotonic() - blow:6.1f} s  there is room again; seconds from here:")
        blow = time.monotonic()
        if one.database.process.poll() is not None:
            print("        PostgreSQL had ended: it is started by hand")
            one.database.start()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=60, since=blow)
        sealed_anew(one, blow)
        still_running(one)
        one.manage("verify_audit")
        print("        the ledger is whole")


def clock() -> None:
    """Let the clocks of server and database be two hours apart: no act is taken until they agree."""
    with served() as one:
        blow = time.monotonic()
        for statement in (*AHEAD, ANEW):
            one.sql_by_itself(statement)
        print("   0.0 s  the database's clock is two hours ahead")
        until("the server is not ready", lambda: one.asks(200, 503), within=10, since=blow)
        until("the timer says so", lambda: "apart" in one.output("tick"), within=40, since=blow)
        until("an act is refused", lambda: not acts(one), within=30, since=blow)
        for statement in (*RIGHT, ANEW):
            one.sql_by_itself(statement)
        print(f"{time.monotonic() - blow:6.1f} s  it is right again; seconds from here:")
        blow = time.monotonic()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=30, since=blow)
        sealed_anew(one, blow)
        still_running(one)
        one.manage("verify_audit")
        print("        the ledger is whole")


@contextmanager
def served(under: Path | None = None, settings: dict[str, str] | None = None) -> Iterator[Portal]:
    """Set up a portal and start all of its processes."""
    with portal(under=under, settings=settings) as one:
        one.serve()
        began = time.monotonic()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=90, since=began)
        until("the timer has sealed", lambda: one.sql(SEALS) != 0, within=30, since=began)
        yield one


@contextmanager
def disk() -> Iterator[Path]:
    """Mount a small disk in memory: only root may."""
    with tempfile.TemporaryDirectory(prefix="healthcode-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise SystemExit("Not tried: only root may mount the small disk that is filled.")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


def fill(path: Path) -> None:
    """Write until not one block more fits."""
    with path.open("wb", buffering=0) as file:
        for block in (BLOCK, bytes(512)):
            try:
                while file.write(block) == len(block):
                    pass
            except OSError:
                continue


def acts(one: Portal) -> bool:
    """Try an act from the command line; tell whether it was recorded."""
    try:
        one.manage("shell", "-v", "0", "-c", ACT)
    except SystemExit:
        return False
    return True


def acts_after_others(one: Portal) -> bool:
    """Try an act where others have used up what was left of the log's last file, as a busy day does."""
    with suppress(psycopg.Error):
        one.sql_by_itself("SELECT pg_switch_wal()")
    return acts(one)


def sealed_anew(one: Portal, since: float) -> None:
    """See that an act is taken, and sealed by the timer."""
    until("an act is taken", lambda: acts(one), within=40, since=since)
    until("the timer seals it", lambda: bool(one.sql(LAST_SEALED)), within=60, since=since)


def still_running(one: Portal) -> None:
    """End the drill where a process ended for good."""
    if ended := [name for name in one.running if not one.alive(name)]:
        raise SystemExit(f"Ended for good: {', '.join(ended)}\n{one.output(ended[0])[-2000:]}")
