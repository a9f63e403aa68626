"""A check at a door, by device and by page, eight at a time, against its bare statements on the same server."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.utils import timezone
from stdnum.cn import ric

from cases.models import Person, Venue
from cases.services import areas
from cases.services.persons import documents
from healthcode.core.offices import tokens
from healthcode.core.offices.models import Division, Office, Token, User
from tools import city_sql
from tools.cells import mass
from tools.cells.databases import of_its_own
from tools.timing import Cell, Timed, in_turn

FEW = 20_000
KEEPERS = 200  # each at a door of its own, so that none is too fast for one
AT_ONCE = 8
CHECKS = 400  # in one measurement
PAGES = 80
NAMED = 1000  # persons whose documents are shown
GOALS = {"postgresql": (0.5, 0.25), "sqlite": (0.3, 0.15)}  # device and page
SESSION = "healthcode.core.offices.backends.RoleBackend"
DEVICE = (
    "POST /api/v1/gate/checks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
)
FORM = (
    "POST /gate/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Cookie: sessionid={session}; csrftoken={csrf}\r\nX-CSRFToken: {csrf}\r\nContent-Length: {length}\r\n\r\n"
)
ANSWER = "GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={session}; csrftoken={csrf}\r\n\r\n"
CSRF = "c" * 32


def checking(scale: int) -> Iterator[Cell]:
    """Check people at two hundred doors, among twenty thousand and among `scale`, a tenth of them yellow."""
    device, page = GOALS[connection.vendor]
    with of_its_own("door"):
        users = mass.set_up()
        numbers = list(_named(users["telecom"]))
        mass.everybody(FEW, users["telecom"])
        _yellow(users)
        keepers = list(_keepers(users))
        few, _bare = _measured(numbers, keepers)
        if scale > FEW:
            mass.everybody(scale - FEW, users["telecom"], first=FEW)
            _yellow(users)
        many, bare = _measured(numbers, keepers)
        (pages,) = _paged(numbers, keepers)
    yield Cell("door_device", f"of_{scale}", CHECKS, many, "bare_statements", bare, device)
    yield Cell("door_device", f"of_{scale}", CHECKS, many, f"of_{FEW}", few, 1.3, at_most=True)
    alone = Timed([one * PAGES / CHECKS for one in bare.wall], bare.app, bare.database)
    yield Cell("door_page", f"of_{scale}", PAGES, pages, "bare_statements", alone, page)


def _named(telecom: User) -> Iterator[str]:
    """Register people whose document numbers are known here."""
    heads = (f"3306241985{number // 999 % 12 + 1:02}11{number % 999 + 1:03}" for number in range(NAMED))
    numbers = [head + ric.calc_check_digit(head + "0") for head in heads]
    Person.objects.bulk_create(
        Person(
            document_type="RESIDENT_ID",
            document_country="CHN",
            document_index=documents.index_of("RESIDENT_ID", number, "CHN"),
            name="王小明",
            present_id="330624001",
            registered_by=telecom,
            registered_at=mass.NOW - timedelta(days=3),
        )
        for number in numbers
    )
    yield from numbers


def _yellow(users: dict[str, User]) -> None:
    """Open a case on a tenth of everybody whom no area has reached yet."""
    areas.match(mass.area_of(users), by=users["duty.xinchang"], at=mass.NOW)


def _keepers(users: dict[str, User]) -> Iterator[tuple[str, str, int]]:
    """Make doors, each with a keeper; yield the token of its device, the session of its page, and its key."""
    now = timezone.now()
    division = Division.objects.get(pk="330624001")
    for number in range(KEEPERS):
        office = Office.objects.create(code=f"door-{number}", name="门", kind="VENUE", division=division)
        venue = Venue.objects.create(
            name="门",
            kind="SUPERMARKET",
            division=division,
            office=office,
            opened_by=users["admin.one"],
            opened_at=mass.NOW,
        )
        fields: dict[str, Any] = {"role": "gate", "office": office, "is_active": True}
        keeper = User.objects.create(username=f"gate.{number}", name="门卫", **fields)
        secret = f"secret-{number}"
        Token.objects.create(
            user=keeper,
            label="bench",
            digest=tokens.digest(secret),
            created_at=now,
            created_by=users["admin.one"],
            granted_at=now,
            granted_by=users["admin.two"],
            expires_at=now + timedelta(days=1),
        )
        browser = Client()  # whatever logging in notes in a session, is in it
        browser.force_login(keeper, backend=SESSION)
        yield secret, browser.cookies["sessionid"].value, venue.pk


def _measured(numbers: list[str], keepers: list[tuple[str, str, int]]) -> tuple[Timed, Timed]:
    """Return how long the checks of devices took, on the portal and by the bare statements."""
    city_sql.settle()  # as any database in use: without figures of its tables PostgreSQL walks through everybody
    turns = cycle(zip(cycle(numbers), cycle(keepers)))
    with (
        _served("healthcode.wsgi:application") as portal,
        _served("tools.cells.door_bare:application") as bare,
    ):
        took, compared = in_turn(
            partial(_devices, portal, turns), partial(_devices, bare, turns), repetitions=3
        )
    return took, compared


def _paged(numbers: list[str], keepers: list[tuple[str, str, int]]) -> list[Timed]:
    turns = cycle(zip(cycle(numbers), cycle(keepers)))
    with _served("healthcode.wsgi:application") as portal:
        return in_turn(partial(_pages, portal, turns), repetitions=3)


def _devices(port: int, turns: Iterator[Any]) -> None:
    """Check by the API: every connection sends its next check once the last one is answered."""

    def one(send: Callable[[str], tuple[int, str, str]], number: str, keeper: tuple[str, str, int]) -> None:
        body = json.dumps({"number": number, "temperature": 36.5})
        key = f"{os.urandom(8).hex()}"
        head = DEVICE.format(token=keeper[0], key=key, length=len(body))
        status, _head, answer = send(head + body)
        assert status == 200 and '"colour"' in answer, (status, answer)

    _eight(port, CHECKS, turns, one)


def _pages(port: int, turns: Iterator[Any]) -> None:
    """Check by the page: the form, and the answer to which it leads."""

    def one(send: Callable[[str], tuple[int, str, str]], number: str, keeper: tuple[str, str, int]) -> None:
        cookies = {"session": keeper[1], "csrf": CSRF}
        body = f"venue={keeper[2]}&number={number}&temperature=36.5"
        status, head, _body = send(FORM.format(length=len(body), **cookies) + body)
        assert status == 302, (status, _body)
        url = next(line for line in head.split("\r\n") if line.lower().startswith("location:")).split()[1]
        status, _head, answer = send(ANSWER.format(url=url, **cookies))
        assert status == 200 and "verdict" in answer, (status, answer)

    _eight(port, PAGES, turns, one)


def _eight(port: int, number: int, turns: Iterator[Any], one: Callable[..., None]) -> None:
    """Do `one` so many times over eight connections that stay open."""
    work, faults = [next(turns) for _ in range(number)], list[BaseException]()

    def run(mine: list[Any]) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as link:
                file = link.makefile("rb")
                for presented, keeper in mine:
                    one(partial(_sent, link, file), presented, keeper)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(work[first::AT_ONCE],)) for first in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _sent(link: socket.socket, file: Any, text: str) -> tuple[int, str, str]:
    """Send a request; return status, head and body of the answer."""
    link.sendall(text.encode())
    head, length = [file.readline()], 0
    while (line := file.readline()) not in (b"\r\n", b""):
        head.append(line)
        if line.lower().startswith(b"content-length:"):
            length = int(line.split()[1])
    return int(head[0].split()[1]), b"".join(head).decode(), file.read(length).decode()


@contextmanager
def _served(application: str) -> Iterator[int]:
    """Serve an application as production does, in a process of its own; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = connection.settings_dict["NAME"]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--blocking-threads", "8", "--no-ws", "--log-level", "error", application]
    environment = {**os.environ, "DATABASE_URL": _address(str(name))}
    server = subprocess.Popen(command, env=environment)
    try:
        for _time in range(300):
            with socket.socket() as link:
                if link.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "The server ended."
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def _address(name: str) -> str:
    """Return the address of the database that is measured."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"
