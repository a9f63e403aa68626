"""Drills under load: a worker killed inside a delivery, a migration beside pages, slow bodies against a server."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools.drill_faults import served, still_running
from tools.drill_portal import Portal, until

ROWS, NOBODY = (
    20_000,
    66,
)  # every so manieth row names nobody: it waits for whoever is registered, and is no track yet
# A delivery of movement tracks, of whom every sixty-sixth row names nobody: the bench's file.
DELIVER = """
import hashlib
from django.utils import timezone
from cases.services.deliveries import receiving
from cases import tasks
from tools.cells import feed, mass
users = mass.set_up()
feed.persons({rows}, users["telecom"])
at = timezone.now()
# Of today: old tracks are dropped meanwhile.
content = feed.file_of({rows}).replace(b"2026-11-01", at.date().isoformat().encode())
upload = receiving.store([content], at=at)
file = {{"kind": "PRESENCES", "file_name": "tracks.csv", "at_once": True, "declared_rows": {rows}}}
file["declared_sha256"] = hashlib.sha256(content).hexdigest()
batch, _new = receiving.receive(upload, **file, by=users["telecom"], at=at)
tasks.begin(batch)
"""
BATCH = "SELECT {what} FROM cases_batch"
MIGRATIONS = Path("healthcode/portal/migrations")
LEASE = 400  # seconds, and some


def delivery() -> None:
    """Kill the worker inside a delivery: once its lease has run out, the timer begins it again where it was."""
    with served() as one:
        one.manage("shell", "-v", "0", "-c", DELIVER.format(rows=ROWS), role="work")
        began = time.monotonic()
        until("a part is applied", lambda: applied(one) > 0, within=120, since=began)
        one.kill("worker")
        part, blow = applied(one), time.monotonic()
        print(f"   0.0 s  kill -9 of the worker, {part} of {ROWS} rows in")
        if part >= ROWS:
            raise SystemExit("It was done already.")
        one.start_again("worker")
        until("its successor goes on", lambda: applied(one) > part, within=LEASE, since=blow)
        until("all of it is applied", lambda: state(one) == "APPLIED", within=180, since=blow)
        stored, wanted = one.sql("SELECT count(*) FROM cases_presence"), ROWS - len(range(0, ROWS, NOBODY))
        if stored != wanted:
            raise SystemExit(f"{stored} tracks are stored, and {wanted} were delivered.")
        print(
            f"        {stored} rows are stored, each once; {one.sql(BATCH.format(what='claims'))} workers had it"
        )
        still_running(one)


def applied(one: Portal) -> int:
    return int(str(one.sql(BATCH.format(what="coalesce(max(applied), 0)"))))


def state(one: Portal) -> object:
    return one.sql(BATCH.format(what="max(state)"))


@dataclass
class Visits:
    """What somebody who asks for a page ten times a second is answered, and how long each took."""

    wanted: int
    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        took = f"the slowest of {len(self.seconds)} answers took {max(self.seconds):.2f} s"
        return f"{took}; others than {self.wanted}: {', '.join(map(str, self.others)) or 'none'}"

    @property
    def others(self) -> list[int]:
        return sorted({one for one in self.statuses if one != self.wanted})


@contextmanager
def visited(port: int, path: str, wanted: int) -> Iterator[Visits]:
    """Ask again and again beside what is done; a token that nobody has is looked up in the database."""
    visits, ended = Visits(wanted), threading.Event()

    def visit() -> None:
        while not ended.wait(0.1):
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            status = 0
            with suppress(OSError):
                connection.request("GET", path, headers={"Authorization": f"Bearer {'0' * 40}"})
                status = connection.getresponse().status
            connection.close()
            visits.statuses.append(status)
            visits.seconds.append(time.monotonic() - began)

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    try:
        yield visits
    finally:
        ended.set()
        thread.join(40)


def migration() -> None:
    """Migrate while the API is asked: back by one migration, and forward again."""
    with served() as one:
        with visited(one.port, "/api/v1/cases", 401) as visits:
            *_earlier, before, last = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
            for name in (before, last):
                began = time.monotonic()
                one.manage("migrate", "supervision", name, "--verbosity", "0", role="owner")
                took = time.monotonic() - began
                print(f"{took:6.1f} s  for `migrate supervision {name}`, most of it to start")
        print(f"        {visits}")
        one.grant()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=40, since=time.monotonic())
        if visits.others:
            raise SystemExit("Somebody was not answered meanwhile.")
        still_running(one)


SLOW = 4


def bodies() -> None:
    """Send four bodies byte by byte to the server of the pages: the door has a server of its own."""
    with served() as one:
        door = one.port + 1
        one.start("door", *one.granian(door), role="web")
        until(
            "the door's server is ready",
            lambda: one.ask("/readyz", door) == 200,
            within=60,
            since=time.monotonic(),
        )
        for name, port in (("the pages' server", one.port), ("the door's server", door)):
            with (
                slow_bodies(partial(socket.create_connection, ("127.0.0.1", one.port))),
                visited(port, "/healthz", 200) as visits,
            ):
                time.sleep(8)
            print(f"        four slow bodies against the pages' server: at {name} {visits}")
            if port == door and max(visits.seconds) > 1:
                raise SystemExit("The door waited for them.")
        still_running(one)


@contextmanager
def slow_bodies(connect: Callable[[], socket.socket]) -> Iterator[None]:
    """Hold four requests open whose bodies never come to an end."""
    # With a cookie of this name the body is read for the form's token, whoever asks.
    head = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head += b"Cookie: __Host-csrf=" + b"a" * 32 + b"\r\n"
    ended, sockets = threading.Event(), [connect() for _ in range(SLOW)]
    for one in sockets:
        one.sendall(head + b"Content-Length: 100000\r\n\r\n")

    def drip() -> None:
        while not ended.wait(0.5):
            for one in sockets:
                with suppress(OSError):
                    one.sendall(b"x")

    threading.Thread(target=drip, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        for one in sockets:
            one.close()
