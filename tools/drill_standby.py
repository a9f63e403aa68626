"""Drills with a standby that streams: one that lags, and a failover to it under load."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import psycopg

from tools import postgres
from tools.drill_backups import closed_and_opened, kept
from tools.drill_faults import SEALS, sealed_anew, still_running
from tools.drill_portal import MANAGE, Portal, portal, until
from tools.postgres import Server

LOG = "SELECT pg_logical_emit_message(false, 'drill', repeat('x', 1000000)) FROM generate_series(1, 20)"
FOLLOWS = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
SYNCHRONOUS = f"{FOLLOWS} AND sync_state = 'sync' AND current_setting('synchronous_commit') = 'on'"
# Acts as fast as one connection takes them; each is printed once it is committed.
ACTS = """
import sys, time
from django.db import Error, connection
from django.utils import timezone
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
number = 0
while True:
    number += 1
    try:
        user = User.objects.get(username="admin1")
        ledger.record("session.opened", by=user, at=timezone.now(), about=user, device=f"drill {number}")
        print(f"{time.time()} drill {number}", flush=True)
    except Error:
        connection.close()
        time.sleep(0.1)
"""
SAVED = "SELECT body::jsonb ->> 'device' FROM audit_event WHERE body LIKE '%drill %'"


def lagging() -> None:
    """Let a standby fall behind, and catch up: the monitor is told, and pages are served as before."""
    with followed(synchronous=False) as (one, standby):
        blow = time.monotonic()
        call(standby, "pg_wal_replay_pause")
        one.sql_by_itself(LOG)
        print("   0.0 s  the standby stands still, and 20 MB of log are written")
        until("/statusz calls it late", lambda: "standby" in late(one), within=10, since=blow)
        print(f"        {statusz(one)['standby_bytes'] / 1e6:.1f} MB behind; /readyz {one.ask('/readyz')}")
        blow = time.monotonic()
        call(standby, "pg_wal_replay_resume")
        until(
            "it has caught up, and is late no more", lambda: "standby" not in late(one), within=30, since=blow
        )
        blow = time.monotonic()
        standby.kill()
        until("a standby that died is late", lambda: "standby" in late(one), within=30, since=blow)
        standby.start()
        until("started again it follows", lambda: "standby" not in late(one), within=30, since=blow)
        still_running(one)


def behind() -> None:
    """Promote a standby that lacks what was sealed: the portal is closed until somebody answers for it."""
    with followed(synchronous=False) as (one, standby):
        standby.kill()
        sealed_anew(one, time.monotonic())
        anchor = kept(one)
        one.database.kill()
        standby.start()
        call(standby, "pg_promote")
        one.database, gone = standby, one.database
        print("        a standby that was away for an act is promoted; seconds from here:")
        closed_and_opened(one, anchor)
        one.database = gone


def failover() -> None:
    """Kill the database under load and promote its synchronous standby: nothing acknowledged is lost."""
    with followed(synchronous=True) as (one, standby):
        one.start("acts", *MANAGE, "shell", "-v", "0", "-c", ACTS, role="work")
        until("acts are taken", lambda: len(acknowledged(one)) > 50, within=60, since=time.monotonic())
        blow = time.monotonic()
        one.database.kill()
        print("   0.0 s  kill -9 of every process of PostgreSQL, and no one starts it again")
        until("pages and API answer 503", lambda: one.ask("/api/v1/cases") == 503, within=10, since=blow)
        before = acknowledged(one)
        call(standby, "pg_promote")
        print(f"{time.monotonic() - blow:6.1f} s  `SELECT pg_promote()` on the standby")
        one.database, gone = standby, one.database
        one.sql_by_itself("ALTER SYSTEM RESET synchronous_standby_names")
        one.sql_by_itself("SELECT pg_reload_conf()")
        until("the API answers as before", lambda: one.ask("/api/v1/cases") == 401, within=40, since=blow)
        until("acts are taken again", lambda: len(acknowledged(one)) > len(before), within=40, since=blow)
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=40, since=blow)
        one.kill("acts")
        del one.running["acts"]
        sealed_anew(one, blow)
        lost = {*acknowledged(one)} - {*one.column(SAVED)}
        if lost:
            raise SystemExit(f"Acknowledged and lost: {', '.join(sorted(lost))}")
        print(
            f"        {len(acknowledged(one))} acts were acknowledged, none is lost; the portal was never closed for it"
        )
        still_running(one)
        one.manage("verify_audit")
        print("        the ledger is whole")
        one.database = gone


@contextmanager
def followed(*, synchronous: bool) -> Iterator[tuple[Portal, Server]]:
    """Set up a portal whose database a standby follows, known to the portal by both addresses."""
    with portal() as one, postgres.following(one.database) as standby:
        if synchronous:
            one.sql_by_itself("ALTER SYSTEM SET synchronous_standby_names = '*'")
            one.sql_by_itself("SELECT pg_reload_conf()")
            one.database.options["synchronous_commit"] = "on"
        file = one.folder / "environment.json"
        both = quote(f"{one.database.folder},{standby.folder}")
        url = f"postgres://{postgres.USER}@/postgres?host={both}&target_session_attrs=read-write&connect_timeout=3"
        file.write_text(json.dumps({**json.loads(file.read_text()), "DATABASE_URL": url, "STANDBYS": "1"}))
        if synchronous:
            one.database.restart()
        follows = SYNCHRONOUS if synchronous else FOLLOWS
        until("the standby follows", lambda: one.sql(follows) == 1, within=30, since=time.monotonic())
        one.serve()
        began = time.monotonic()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=90, since=began)
        until("the timer has sealed", lambda: one.sql(SEALS) != 0, within=30, since=began)
        yield one, standby


def call(standby: Server, function: str) -> None:
    """Call one of PostgreSQL's functions on a standby."""
    with psycopg.connect(
        host=str(standby.folder), user=postgres.USER, dbname="postgres", autocommit=True
    ) as one:
        one.execute(f"SELECT {function}()")


def statusz(one: Portal) -> dict[str, Any]:
    """Return what the monitor is told; nothing while the database is away."""
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{one.port}/statusz", timeout=10) as answer,
    ):
        return dict(json.load(answer))
    return {}


def late(one: Portal) -> list[str]:
    return [*statusz(one).get("late", [])]


def acknowledged(one: Portal) -> list[str]:
    """Return the names of the acts that were committed, as the process that did them heard it."""
    return [line.partition(" ")[2] for line in one.output("acts").splitlines() if " drill " in line]
