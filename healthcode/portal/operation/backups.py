"""Backups: made beside everything else, whole or not at all, with what has to be known before one is restored.

    backup-20261130T040000Z/
        manifest.json        engine, instant, last checkpoint, SHA-256, which keys it needs (never a key)
        portal.sqlite3       or portal.dump (pg_dump), or base.tar.gz with pg_wal.tar.gz (pg_basebackup)

Whoever reads one reads every name; document and telephone numbers are sealed in it as in the database.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import environ
from django.conf import settings
from django.db import connection

from healthcode.core import vault
from healthcode.core.audit import ledger, sealing
from healthcode.core.offices.models import User
from healthcode.portal.operation import sealed

MADE = "backup.made"
STAMP = "backup-%Y%m%dT%H%M%SZ"
MANIFEST = "manifest.json"
SQLITE, DUMP, BASE = "portal.sqlite3", "portal.dump", "base.tar.gz"
CHUNK = 1 << 20


class BackupError(Exception):
    """A backup that could not be made, or cannot be restored here: the sentence says why."""


@dataclass(frozen=True)
class Manifest:
    """What is known of a backup without opening it."""

    kind: str  # the file that holds it
    at: str
    checkpoint: str  # the last when it was begun: what comes back reaches at least so far
    sha256: str
    size: int
    vault_keys: list[str]  # marks of the keys that its values are sealed under
    index_key: str  # a hash under the key by which numbers are found

    @classmethod
    def read(cls, backup: Path) -> "Manifest":
        """Read what a backup says of itself. Raises BackupError."""
        try:
            return cls(**json.loads((backup / MANIFEST).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise BackupError(f"{backup} is no backup: its {MANIFEST} cannot be read.") from error

    def require_fit(self, backup: Path) -> None:
        """Raise BackupError unless the file is what was written, and the keys of this set-up open what is in it."""
        if _digest(backup / self.kind) != self.sha256:
            raise BackupError(f"{backup / self.kind} is not what was written: its SHA-256 differs.")
        missing = [key for key in self.vault_keys if not vault.is_known(bytes.fromhex(key))]
        if missing:
            raise BackupError(
                f"No key of VAULT_KEYS has the marks {', '.join(missing)}: without those keys no document number and no"
                " telephone number in this backup can be read. Add them behind the newest."
            )
        if self.index_key != _index_key():
            raise BackupError(
                "VAULT_INDEX_KEY is another one: nobody in this backup would be found by a number."
            )


def make(folder: Path, *, base: bool, by: User, at: datetime) -> tuple[Path, Manifest]:
    """Make a backup in a folder of its own under `folder`, and leave an event of it. Raises BackupError."""
    made = folder / f"{at:{STAMP}}"
    draft = made.with_name(f".{made.name}.part")
    last = sealing.latest()
    try:
        draft.mkdir(mode=0o700, parents=True)
        kind = _copy(draft, base=base)
        manifest = Manifest(
            kind,
            at.isoformat(),
            last.note if last else "",
            _digest(draft / kind),
            (draft / kind).stat().st_size,
            sorted(key.hex() for key in sealed.keys_in_use()),
            _index_key(),
        )
        (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        for file in draft.iterdir():
            file.chmod(0o600)
        draft.rename(made)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"No backup was made: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size = last.size if last else 0
    about = f"backup:{made.name}"
    ledger.record(MADE, about=about, by=by, at=at, bytes=manifest.size, sha256=manifest.sha256, leaves=size)
    return made, manifest


def drop_old(folder: Path, *, days: int, at: datetime) -> list[Path]:
    """Delete the backups that are older, never the last one: who was erased lives on in each. Return their paths."""
    standing = sorted(path for path in folder.glob("backup-*Z") if (path / MANIFEST).exists())
    oldest = f"{at - timedelta(days=days):{STAMP}}"
    old = [path for path in standing[:-1] if path.name < oldest]
    for path in old:
        shutil.rmtree(path)
    return old


def restore(backup: Path, *, replace: bool) -> None:
    """Bring a backup back as this set-up's database, which has to be empty. Raises BackupError."""
    manifest = Manifest.read(backup)
    manifest.require_fit(backup)
    if manifest.kind == BASE:
        raise BackupError("A base backup is restored by deploy/restore_base.sh, while PostgreSQL is stopped.")
    if manifest.kind != (SQLITE if connection.vendor == "sqlite" else DUMP):
        raise BackupError("This backup is of another kind of database than DATABASE_URL.")
    if connection.vendor == "sqlite":
        _put_back(backup / SQLITE, Path(connection.settings_dict["NAME"]), replace=replace)
    else:
        _require_empty()
        connection.close()
        single = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run("pg_restore", *single, "--dbname", connection.settings_dict["NAME"], str(backup / DUMP))


def _copy(draft: Path, *, base: bool) -> str:
    if connection.vendor == "sqlite":
        if base:
            raise BackupError("A base backup is PostgreSQL's: SQLite is copied whole in any case.")
        # A connection of its own: it reads one moment, and writers go on.
        source = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
        try:
            source.execute("VACUUM INTO ?", [str(draft / SQLITE)])
        finally:
            source.close()
        return SQLITE
    url = settings.BACKUP_URL
    if base:
        options = ("--format=tar", "--gzip", "--wal-method=stream", "--checkpoint=fast", "--no-password")
        _run("pg_basebackup", "--pgdata", str(draft), *options, url=url)
        return BASE
    _run("pg_dump", "--format=custom", "--no-password", "--file", str(draft / DUMP), url=url)
    return DUMP


def _put_back(file: Path, target: Path, *, replace: bool) -> None:
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        there = target.with_name(target.name + suffix)
        if there.exists() and not replace:
            raise BackupError(f"{there} is there: stop the portal, then say --replace; it is kept beside it.")
        if there.exists():
            there.rename(there.with_name(f"{target.name}.before{suffix}"))
    draft = target.with_name(f"{target.name}.part")
    shutil.copyfile(file, draft)
    draft.chmod(0o600)
    draft.rename(target)


def _require_empty() -> None:
    if connection.introspection.table_names():
        raise BackupError(
            "The database of DATABASE_URL has tables: make an empty one (createdb), and name it there."
        )


def _run(program: str, *arguments: str, url: str = "") -> None:
    path, environment = _program(program), _environment(url)
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def _program(name: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: -float(path.parts[4]))
    found = [str(path) for path in debian] or [path for path in (shutil.which(name),) if path]
    if not found:
        raise BackupError(f"{name} is not on this machine: it comes with PostgreSQL's client programs.")
    return found[0]


def _environment(url: str) -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs connect: no password in a command line."""
    given = environ.Env.db_url_config(url) if url else connection.settings_dict
    host = given.get("HOST") or given.get("OPTIONS", {}).get("host", "")
    names = {"PGDATABASE": given["NAME"], "PGUSER": given["USER"], "PGPASSWORD": given["PASSWORD"]}
    names |= {"PGHOST": host, "PGPORT": str(given.get("PORT") or "")}
    return {**os.environ, **{name: value for name, value in names.items() if value}}


def _index_key() -> str:
    return vault.blind_index("backup", kind="backup")[:16]


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        for chunk in _chunks(file):
            digest.update(chunk)
    except OSError as error:
        raise BackupError(f"{file} cannot be read.") from error
    return digest.hexdigest()


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
