"""Secrets of the embedded set-up: made once, kept in a file only its owner can read."""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

# Where the demo is: the file with everybody's password, for its owner only.
DEMO_PASSWORD = "demo-password"  # noqa: S105


def has_demo(folder: Path) -> bool:
    """Tell whether the demo was loaded into a folder: then some shortcuts are open that nothing real may have."""
    return (folder / DEMO_PASSWORD).exists()


def secrets_of(folder: Path) -> dict[str, Any]:
    """Return the secrets kept in `folder`, making those that are not there yet."""
    path = folder / "secrets.json"
    _keep_private(folder)
    kept = _read(path)
    if _fresh().keys() - kept.keys():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "secrets.lock").open("w") as lock:  # of two first starts, one makes the secrets
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = _fresh() | _read(path)
            draft = folder / f"secrets.{os.getpid()}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(kept, file)
            draft.replace(path)
    return kept


def _keep_private(folder: Path) -> None:
    """Let nobody else on this machine read the folder, nor the database and the secrets in it."""
    if folder.is_dir() and folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)
        for file in folder.iterdir():
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _read(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def _fresh() -> dict[str, Any]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "VAULT_KEYS": [_key()],
        "VAULT_INDEX_KEY": secrets.token_urlsafe(32),
        "SEAL_KEY": _key(),
        "PASS_KEYS": [f"1:phone:{_key()}", f"2:paper:{_key()}"],
    }


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
