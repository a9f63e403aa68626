"""The migrated database of the suite, kept from run to run for as long as what `migrate` depends on is the same.

To migrate takes longer than any test. What they make is kept under `.pytest_cache`,
which `make clean` removes, by a digest of every file that they can read.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.db import connection

from tools import postgres

ROOT = Path(settings.BASE_DIR)
KEPT = ROOT / ".pytest_cache" / "migrated"
NUMBER = 4  # how many are kept: two engines, before and after a change
# Migrations, models, guards, and what both import; `migrate` runs no room above them.
DEPENDS_ON = (
    "requirements.txt",
    "tests/migrated.py",
    "cases/apps.py",
    "cases/models/**/*.py",
    "cases/policy/**/*",
    "complaints/*.py",
    "complaints/models/**/*.py",
    "healthcode/*.py",
    "healthcode/core/**/*.py",
    "healthcode/core/**/*.csv",
    "healthcode/portal/**/*.py",
    "**/migrations/*.py",
)


def make() -> None:
    """Create the test database as the settings name it, migrated, and connect to it."""
    kept = KEPT / f"{connection.vendor}-{_digest()}"
    if not kept.exists():
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        _keep(kept)
        return
    creation = connection.creation
    name = creation._get_test_db_name()
    if connection.vendor == "sqlite":
        shutil.copy(kept, name)
    else:
        creation._create_test_db(verbosity=0, autoclobber=True)
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    if connection.vendor == "postgresql":
        _postgres("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={kept}")
    connection.ensure_connection()


def _keep(path: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    name = connection.settings_dict["NAME"]
    connection.close()  # SQLite writes back what is in its journal
    if connection.vendor == "sqlite":
        shutil.copy(name, new)
    elif not _postgres("pg_dump", f"--file={new}"):
        return
    new.rename(path)
    for old in sorted(KEPT.iterdir(), key=lambda one: one.stat().st_mtime)[:-NUMBER]:
        old.unlink()


def _postgres(program: str, *arguments: str) -> bool:
    """Run one of PostgreSQL's programs on the database in hand; return whether it is there at all."""
    found = postgres.find()
    path = found / program if found else None
    if path is None or not path.exists():
        return False
    given = connection.get_connection_params()
    names = {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGDATABASE": "dbname",
    }
    environment = {name: str(given[key]) for name, key in names.items() if given.get(key)}
    subprocess.run((path, *arguments), check=True, capture_output=True, env={**os.environ, **environment})
    return True


def _digest() -> str:
    """Return the digest of what the migrations read, and of whose programs read it."""
    digest = hashlib.sha256(f"{django.get_version()} {_engine()}".encode())
    for path in sorted(set(_files())):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _files() -> Iterator[Path]:
    for pattern in DEPENDS_ON:
        for path in ROOT.glob(pattern):
            if path.is_file() and path.suffix != ".pyc" and ".venv" not in path.parts:
                yield path


def _engine() -> str:
    if connection.vendor == "sqlite":
        return str(connection.Database.sqlite_version)
    with connection._nodb_cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
