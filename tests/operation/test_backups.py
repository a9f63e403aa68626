"""A backup is made whole or not at all, needs the keys it names, and brings back what was there."""

import base64
import io
import json
import shutil
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from healthcode.core.audit import sealing
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from healthcode.portal.operation import backups, status
from tests.factories import Cast, register

ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'")
ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'")
OTHER = base64.urlsafe_b64encode(bytes([5]) * 32).decode()


@pytest.fixture
def stored(transactional_db: None, cast: Cast) -> Cast:
    """Commit a person, and a seal: a backup reads over a connection of its own."""
    register(by=cast.service_xinchang, name="章国安")
    sealing.seal(at=timezone.now())
    return cast


def make(folder: Path, *arguments: str) -> Path:
    call_command("backup", str(folder), *arguments, stdout=io.StringIO())
    return max(folder.glob("backup-*"))


def test_it_says_how_far_it_reaches_and_which_keys_it_needs_and_holds_none(
    stored: Cast, tmp_path: Path, settings: Any
):
    made = make(tmp_path)
    manifest = backups.Manifest.read(made)
    assert manifest.checkpoint == sealing.latest().note
    assert [bytes.fromhex(key) for key in manifest.vault_keys] == [backups.vault.newest()]
    text = (made / "manifest.json").read_text()
    assert not any(key in text for key in (*settings.VAULT_KEYS, settings.VAULT_INDEX_KEY, settings.SEAL_KEY))


def test_nobody_else_on_the_machine_can_read_it(stored: Cast, tmp_path: Path):
    made = make(tmp_path)
    assert [path.name for path in (made, *made.iterdir()) if path.stat().st_mode & 0o077] == []


def test_it_leaves_an_event_with_its_digest(stored: Cast, tmp_path: Path):
    made = make(tmp_path)
    (event,) = Event.objects.filter(action="backup.made")
    assert event.target == f"backup:{made.name}"
    assert backups.Manifest.read(made).sha256 in event.body


def test_what_cannot_be_finished_leaves_nothing(stored: Cast, tmp_path: Path, monkeypatch: Any):
    def full(draft: Path, *, base: bool) -> str:
        (draft / "half").write_text("half")
        raise OSError("No space left on device")

    monkeypatch.setattr(backups, "_copy", full)
    with pytest.raises(CommandError, match="No space left"):
        make(tmp_path)
    assert list(tmp_path.iterdir()) == [] and not Event.objects.filter(action="backup.made").exists()


@ON_SQLITE
def test_a_backup_of_sqlite_is_the_database_as_it_was(stored: Cast, tmp_path: Path):
    made = make(tmp_path)
    register(by=stored.service_xinchang, name="章国定")
    copy = sqlite3.connect(made / "portal.sqlite3")
    names = {name for (name,) in copy.execute("SELECT name FROM cases_person")}
    (guards,) = copy.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    copy.close()
    assert "章国安" in names and "章国定" not in names and guards > 10


@ON_SQLITE
def test_it_is_put_back_and_what_was_there_is_put_aside(stored: Cast, tmp_path: Path, monkeypatch: Any):
    made, target = make(tmp_path), tmp_path / "var" / "portal.sqlite3"
    target.parent.mkdir()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(target))
    backups.restore(made, replace=False)
    with pytest.raises(backups.BackupError, match="--replace"):
        backups.restore(made, replace=False)
    backups.restore(made, replace=True)
    assert target.read_bytes() == (made / "portal.sqlite3").read_bytes()
    assert {path.name for path in target.parent.iterdir()} == {"portal.sqlite3", "portal.sqlite3.before"}


@ON_POSTGRESQL
def test_a_dump_is_brought_back_into_an_empty_database(stored: Cast, tmp_path: Path, monkeypatch: Any):
    made, name = make(tmp_path), connection.settings_dict["NAME"]
    register(by=stored.service_xinchang, name="章国定")
    environment = backups._environment("")
    subprocess.run([backups._program("createdb"), f"{name}_back"], env=environment, check=True)
    try:
        BaseDatabaseWrapper.close(connection)
        monkeypatch.setitem(connection.settings_dict, "NAME", f"{name}_back")
        backups.restore(made, replace=False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), max(name) FROM cases_person WHERE name LIKE '章国%'")
            assert cursor.fetchone() == (1, "章国安")
            cursor.execute("SELECT count(*) > 10 FROM pg_trigger WHERE NOT tgisinternal")
            assert cursor.fetchone() == (True,)
        with pytest.raises(backups.BackupError, match="has tables"):
            backups.restore(made, replace=False)
    finally:
        BaseDatabaseWrapper.close(connection)
        monkeypatch.undo()
        subprocess.run([backups._program("dropdb"), f"{name}_back"], env=environment, check=True)


def test_a_backup_that_was_changed_is_refused(stored: Cast, tmp_path: Path):
    made = make(tmp_path)
    (file,) = [path for path in made.iterdir() if path.name != "manifest.json"]
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(CommandError, match="SHA-256 differs"):
        call_command("restore", str(made))


def test_without_a_key_that_it_needs_it_is_refused_and_the_key_is_named(
    stored: Cast, tmp_path: Path, settings: Any
):
    made, mark = make(tmp_path), backups.vault.newest().hex()
    settings.VAULT_KEYS = [OTHER]
    with pytest.raises(CommandError, match=f"No key of VAULT_KEYS has the marks {mark}"):
        call_command("restore", str(made))


def test_with_another_index_key_it_is_refused(stored: Cast, tmp_path: Path, settings: Any):
    made = make(tmp_path)
    settings.VAULT_INDEX_KEY = "another-index-key-of-forty-characters-and-more"
    with pytest.raises(CommandError, match="VAULT_INDEX_KEY is another one"):
        call_command("restore", str(made))


@pytest.mark.parametrize("text", ["", "{}", '{"kind": "portal.dump"}'])
def test_a_folder_without_a_manifest_is_no_backup(db: None, tmp_path: Path, text: str):
    if text:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", str(tmp_path))


def test_one_of_another_kind_of_database_is_refused(stored: Cast, tmp_path: Path):
    made = make(tmp_path)
    manifest = json.loads((made / "manifest.json").read_text())
    other = "portal.dump" if connection.vendor == "sqlite" else "portal.sqlite3"
    shutil.copyfile(made / manifest["kind"], made / other)
    (made / "manifest.json").write_text(json.dumps({**manifest, "kind": other}))
    with pytest.raises(CommandError, match="another kind of database"):
        call_command("restore", str(made))


def test_old_ones_are_deleted_and_the_last_stays(stored: Cast, tmp_path: Path):
    now = timezone.now()
    for days in (30, 20, 3):
        at = now - timedelta(days=days)
        backups.make(tmp_path, base=False, by=accounts.system(at=now), at=at)
    (tmp_path / "backup-20200101T000000Z").mkdir()  # somebody else's: no manifest
    assert len(backups.drop_old(tmp_path, days=14, at=now)) == 2
    assert backups.drop_old(tmp_path, days=0, at=now) == []
    assert len(list(tmp_path.iterdir())) == 2


def test_the_monitor_is_told_when_the_last_is_older_than_a_day(stored: Cast, tmp_path: Path, settings: Any):
    settings.PRODUCTION = True
    assert "backup" in status.ages()["never"]
    by, now = accounts.system(at=timezone.now()), timezone.now()
    backups.make(tmp_path, base=False, by=by, at=now - timedelta(hours=27))
    assert "backup" in status.ages()["late"]
    backups.make(tmp_path, base=False, by=by, at=now)
    assert not {"backup"} & {*status.ages()["late"], *status.ages()["never"]}
