"""A portal in production's set-up for drills: its processes, and a throwaway PostgreSQL."""

import base64
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tools import postgres

MANAGE = [sys.executable, "manage.py"]


@dataclass
class Portal:
    """A portal in production's set-up: its server, worker and timer, beside a cluster of their own."""

    database: postgres.Server
    folder: Path
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)  # beside those that every drill has

    @property
    def environment(self) -> dict[str, str]:
        def key() -> str:
            return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

        file = self.folder / "environment.json"
        if not file.exists():
            made = {
                "PRODUCTION": "true",
                "SECRET_KEY": secrets.token_urlsafe(64),
                "VAULT_KEYS": key(),
                "VAULT_INDEX_KEY": secrets.token_urlsafe(32),
                "SEAL_KEY": key(),
                "PASS_KEYS": f"1:phone:{key()},2:paper:{key()}",
                "ALLOWED_HOSTS": "127.0.0.1",
                "SECURE_SSL_REDIRECT": "false",
                "VAR_DIR": str(self.folder),
                "DATABASE_URL": self.database.url,
                **self.settings,
            }
            file.write_text(json.dumps(made))
        return {**os.environ, **json.loads(file.read_text())}

    def as_role(self, role: str) -> dict[str, str]:
        """Return the environment of a process that connects as another database role."""
        environment = self.environment
        url = environment["DATABASE_URL"].replace(f"//{postgres.USER}@", f"//{role}@")
        return {**environment, "DATABASE_URL": url}

    def manage(self, *arguments: str, role: str = postgres.USER) -> str:
        """Run a command of the portal to its end and return what it printed."""
        environment = self.as_role(role)
        done = subprocess.run(
            [*MANAGE, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def execute(self, statement: str, role: str) -> None:
        with psycopg.connect(host=str(self.database.folder), user=role, dbname="postgres") as one:
            one.execute(statement)

    def start(self, name: str, *command: str, role: str = postgres.USER) -> None:
        self.commands[name] = command, role
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, env=self.as_role(role), stdout=log, stderr=log, start_new_session=True
            )

    def serve(self) -> None:
        """Start server, worker and timer as `deploy/` does."""
        self.start("server", *self.granian(self.port), role="web")
        self.start("worker", *MANAGE, "db_worker", role="work")
        self.start("tick", *MANAGE, "tick", "--every", "1", role="work")

    def grant(self) -> None:
        """Make the database's roles, or bring them up to date with its tables."""
        with psycopg.connect(host=str(self.database.folder), user=postgres.USER, dbname="postgres") as one:
            one.execute(self.manage("database_grants"))

    def kill(self, name: str) -> None:
        """Kill a process with all that it started, as the kernel does when memory is short."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def start_again(self, name: str) -> None:
        """Start a process anew, as systemd does."""
        command, role = self.commands[name]
        self.start(name, *command, role=role)

    def granian(self, port: int) -> list[str]:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"]
        return [*command, "--respawn-failed-workers", "healthcode.wsgi:application"]

    def asks(self, alive: int, ready: int) -> bool:
        return (self.ask("/healthz"), self.ask("/readyz")) == (alive, ready)

    def ask(self, path: str, port: int = 0) -> int:
        """Return the status of the answer to a token that nobody has; 0 where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {'0' * 40}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def alive(self, name: str) -> bool:
        return self.running[name].poll() is None

    def output(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def sql(self, statement: str) -> object:
        with psycopg.connect(host=str(self.database.folder), user=postgres.USER, dbname="postgres") as one:
            row = one.execute(statement).fetchone()
            return row[0] if row else None

    def column(self, statement: str) -> list[Any]:
        with psycopg.connect(host=str(self.database.folder), user=postgres.USER, dbname="postgres") as one:
            return [value for (value,) in one.execute(statement).fetchall()]

    def sql_by_itself(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        folder = str(self.database.folder)
        with psycopg.connect(host=folder, user=postgres.USER, dbname="postgres", autocommit=True) as one:
            one.execute(statement)

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def portal(*, under: Path | None = None, settings: dict[str, str] | None = None) -> Iterator[Portal]:
    """Set up a fresh portal, its processes not yet started; its database in a folder `under` another one."""
    programs = postgres.find()
    if programs is None:
        raise SystemExit(postgres.MISSING)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="healthcode-drill-")))
        database = stack.enter_context(postgres.serving(programs, under))
        one = Portal(database, folder, free_port(), settings=settings or {})
        stack.callback(one.stop)
        one.grant()
        one.manage("migrate", "--verbosity", "0", role="owner")
        one.grant()
        one.manage("bootstrap", "admin1", "admin2", role="work")
        yield one


def free_port() -> int:
    """Return a port of this machine that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(what: str, holds: Callable[[], bool], *, within: float, since: float) -> None:
    """Wait until something holds and print when; end the drill where it does not in time."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        if holds():
            print(f"{time.monotonic() - since:6.1f} s  {what}")
            return
        time.sleep(0.1)
    raise SystemExit(f"\nNOT within {within:.0f} s: {what}")
