"""Drills of what comes back: yesterday's backup, an instant out of the log's archive, a key that was lost."""

import base64
import json
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tools import postgres
from tools.drill_faults import LAST_SEALED, acts, sealed_anew, served
from tools.drill_portal import MANAGE, Portal, until

SESSIONS = "SELECT count(*) FROM audit_event WHERE action = 'session.opened'"
RESTORE = Path("deploy/restore_base.sh").resolve()


def old() -> None:
    """Bring yesterday's backup back under the portal: it is noticed, closed, and opened by one command."""
    with served() as one, outside(one) as folder:
        sealed_anew(one, time.monotonic())
        made = backup(one, folder, "--base")
        print("        a base backup is made; then an act is taken and sealed")
        before = one.sql(SESSIONS)
        sealed_anew(one, time.monotonic())
        anchor = kept(one)
        bring_back(one, made, folder)
        if one.sql(SESSIONS) != before:
            raise SystemExit("What was done after the backup is there.")
        closed_and_opened(one, anchor)


def instant() -> None:
    """Lose the database, and bring it back to an instant from a base backup and the archive of its log."""
    with served() as one, outside(one) as folder:
        archive = folder / "archive"
        archive.mkdir()
        owned(archive)
        one.database.options |= {"archive_mode": "on", "archive_command": f"cp %p {archive}/%f"}
        one.database.restart()
        until("the server is ready", lambda: one.ask("/readyz") == 200, within=60, since=time.monotonic())
        made = backup(one, folder, "--base")
        sealed_anew(one, time.monotonic())
        wanted = one.sql(SESSIONS)
        until("all of it is sealed", lambda: bool(one.sql(LAST_SEALED)), within=30, since=time.monotonic())
        time.sleep(2)
        at = datetime.now(UTC)
        time.sleep(2)
        if not acts(one):
            raise SystemExit("No act was taken.")
        one.sql_by_itself("SELECT pg_switch_wal()")
        time.sleep(1)
        bring_back(one, made, folder, archive=archive, at=f"{at:%Y-%m-%d %H:%M:%S%z}")
        until(
            "it takes writes",
            lambda: one.sql("SELECT pg_is_in_recovery()") is False,
            within=60,
            since=time.monotonic(),
        )
        if one.sql(SESSIONS) != wanted:
            raise SystemExit(f"{one.sql(SESSIONS)} acts came back, and {wanted} had been made by then.")
        print("        each act until the instant is there, and none after it")
        closed_and_opened(one, kept(one))


def lost_key() -> None:
    """Lose a key of the vault: nothing is served without it, and a backup is not brought back without it either."""
    with served() as one, outside(one) as folder:
        file = one.folder / "environment.json"
        right = file.read_text()
        other = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        one.manage("shell", "-v", "0", "-c", PERSON)
        made = backup(one, folder)
        file.write_text(json.dumps({**json.loads(right), "VAULT_KEYS": other}))
        blow = time.monotonic()
        print("   0.0 s  the key is another one, and the server is started anew")
        one.kill("server")
        one.start_again("server")
        until(
            "it says which column it cannot open",
            lambda: "E013" in one.output("server"),
            within=30,
            since=blow,
        )
        if one.ask("/readyz") == 200:
            raise SystemExit("It serves what it cannot read.")
        refused = command(one, "restore", str(made))
        if "No key of VAULT_KEYS has the marks" not in refused:
            raise SystemExit(f"The backup was not refused:\n{refused}")
        print("        `restore` names the marks of the key that is missing")
        file.write_text(
            json.dumps({**json.loads(right), "VAULT_KEYS": f"{other},{json.loads(right)['VAULT_KEYS']}"})
        )
        blow = time.monotonic()
        one.kill("server")
        one.start_again("server")
        until(
            "with the old key behind the new one it is ready",
            lambda: one.ask("/readyz") == 200,
            within=60,
            since=blow,
        )


# A number under the key of before.
PERSON = """
from django.utils import timezone
from healthcode.core import vault
from cases.models import Person
from cases.models.people import DocumentType
from healthcode.core.offices.models import User
by = User.objects.get(username="admin1")
place, now = by.office.division, timezone.now()
person = Person(document_type=DocumentType.PASSPORT, name="章国安", present=place, registered_by=by, registered_at=now)
person.document_sealed = vault.encrypt("E1", owner=person.vault_owner("document_sealed"))
person.document_index = "0" * 64
person.save()
"""


@contextmanager
def outside(one: Portal) -> Iterator[Path]:
    """Yield a folder beside the database's: it outlives what the drill does to that."""
    folder = one.folder / "outside"
    folder.mkdir()
    owned(folder)
    one.folder.chmod(0o755)
    yield folder


def owned(folder: Path) -> None:
    """Give a folder to whoever runs PostgreSQL."""
    if as_user := postgres.drop_privileges():
        shutil.chown(folder, as_user["user"], as_user["group"])


def backup(one: Portal, folder: Path, *arguments: str) -> Path:
    """Make a backup, and return where it is."""
    began = time.monotonic()
    one.manage("backup", str(folder), *arguments)
    made = max(folder.glob("backup-*Z"))
    print(f"{time.monotonic() - began:6.1f} s  for a backup of {one.sql(SIZE)} MB")
    return made


SIZE = "SELECT pg_database_size(current_database()) / 1000000"


def bring_back(one: Portal, made: Path, folder: Path, *, archive: Path | None = None, at: str = "") -> None:
    """Stop PostgreSQL, bring its files back as the runbook says, and start it again."""
    blow = time.monotonic()
    one.database.kill()
    data = one.database.folder / "data"
    (data / "postmaster.pid").unlink(missing_ok=True)
    arguments = [str(made), str(archive or folder), str(data), *([at] if at else [])]
    subprocess.run([RESTORE, *arguments], check=True, stdout=subprocess.DEVNULL)
    for path in (data, *data.rglob("*")):
        owned(path)
    one.database.start()
    print(
        f"{time.monotonic() - blow:6.1f} s  the backup is back under the running portal; seconds from here:"
    )


def kept(one: Portal) -> Path:
    """Return the checkpoint that the timer keeps outside, as a file of its own."""
    (path,) = (one.folder / "kept").glob("*.checkpoint")
    anchor = one.folder / "anchor"
    anchor.write_text(path.read_text())
    return anchor


def closed_and_opened(one: Portal, anchor: Path) -> None:
    """See that the portal noticed, that one command opens it, and that the lost end is declared."""
    back = time.monotonic()
    until("pages and API answer 503", lambda: one.ask("/api/v1/cases") == 503, within=15, since=back)
    noticed = "SELECT count(*) FROM audit_event WHERE action = 'ledger.restored'"
    until("the timer has noticed", lambda: one.sql(noticed) == 1, within=40, since=back)
    found = command(one, "verify_audit", "--anchor", str(anchor))
    if "an old backup restored" not in found and "备份" not in found:
        raise SystemExit(f"`verify_audit --anchor` does not find it:\n{found}")
    print("        `verify_audit --anchor` finds it")
    answer = one.manage("restored", "--reason", "drill")
    print(f"        {re.sub(chr(10), chr(10) + ' ' * 8, answer)}")
    opened = time.monotonic()
    until("the portal is open", lambda: one.ask("/api/v1/cases") == 401, within=15, since=opened)
    sealed_anew(one, opened)
    one.manage("verify_audit", "--anchor", str(anchor))
    print("        the ledger is whole, and the lost end is declared")


def command(one: Portal, *arguments: str) -> str:
    """Run a command that may fail, and return what it printed."""
    done = subprocess.run(
        [*MANAGE, *arguments], env=one.environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
