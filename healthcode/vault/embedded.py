"""Secrets of the embedded set-up: made once, kept in a file only its owner can read."""

import base64
import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any


def secrets_of(folder: Path) -> dict[str, Any]:
    """Return the secrets kept in `folder`, making them on the first call."""
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"secrets.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(_fresh(), file)
        with contextlib.suppress(FileExistsError):  # of two first starts, one makes the secrets
            os.link(draft, path)
        draft.unlink()
    kept: dict[str, Any] = json.loads(path.read_text())
    return kept


def _fresh() -> dict[str, Any]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "VAULT_KEYS": [base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()],
        "VAULT_INDEX_KEY": secrets.token_urlsafe(32),
    }
