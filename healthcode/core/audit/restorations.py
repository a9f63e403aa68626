"""A database restored from a backup: noticed by a checkpoint kept outside of it, closed until somebody answers for it.

What was written after the backup is gone: colours, cases, checks and the ledger's end. A file outside the database, the
last checkpoint, says that there was more; an event says that it was noticed, a second one that somebody looked.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from healthcode.core.audit import checkpoints, ledger, sealing, watermarks
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.ledger import Actor, instant
from healthcode.core.audit.models import Event, Leaf, Seal

RESTORED, ACKNOWLEDGED = "ledger.restored", "ledger.restore_acknowledged"
PRIVATE = 0o600


class Restored(ImproperlyConfigured):
    """The database is older than what was sealed: nothing is served from it until somebody answers for that."""

    def __init__(self) -> None:
        super().__init__(
            "The portal does not open:\n(healthcode.E015) The database is older than what was sealed: it was restored"
            " from a backup. Look at what is lost, then run `manage.py restored --reason …` as the database's owner."
        )


@dataclass(frozen=True)
class Restoration:
    """What an event says of a restored database: how far its ledger reached, and what was kept of its end."""

    event: Event
    size: int  # leaves of the last seal that came back
    since: datetime | None  # of that seal
    kept: int | None  # leaves of the checkpoint kept outside; None: none was there
    until: datetime | None  # of that checkpoint
    acknowledged: Event | None

    @property
    def lost(self) -> int | None:
        """Return how many sealed events are known to be lost."""
        return None if self.kept is None else self.kept - self.size

    def covers(self, checkpoint: Checkpoint) -> bool:
        """Tell whether a checkpoint is of the end that somebody answered for."""
        answered = self.acknowledged
        return answered is not None and checkpoint.size > self.size and checkpoint.at_us <= answered.at_us


def keep(last: Checkpoint) -> bool:
    """Keep a checkpoint outside the database, over the one before; tell whether it is new."""
    path = _path()
    if path is None or (path.exists() and path.read_text() == last.note):
        return False
    write(path, last.note)
    return True


def write(path: Path, text: str) -> None:
    """Write a private file as a whole or not at all, and see it onto the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def path_of(suffix: str) -> Path | None:
    """Return a file beside the database's folder that is about this very ledger: none before its first seal."""
    first = Leaf.objects.filter(index=0).values_list("hash", flat=True).first()
    return Path(settings.KEPT_DIR) / f"{first[:16]}.{suffix}" if settings.KEPT_DIR and first else None


def _path() -> Path | None:
    return path_of("checkpoint")


def missing() -> Checkpoint | None:
    """Return the checkpoint kept outside if this ledger does not have it, and nobody has answered for that."""
    path = _path()
    if path is None or not path.exists():
        return None
    try:
        kept = checkpoints.parse(path.read_text())[0]
    except checkpoints.NotACheckpoint:
        return None
    # Unsigned, anybody who can write a file could close the city.
    return kept if kept.is_signed and not has(kept) and not is_declared(kept) else None


def has(checkpoint: Checkpoint) -> bool:
    """Tell whether a checkpoint is one of this ledger's seals."""
    return Seal.objects.filter(size=checkpoint.size, root=checkpoint.root).exists()


def is_declared(checkpoint: Checkpoint) -> bool:
    """Tell whether a checkpoint is of an end that was lost, and that somebody answered for."""
    return any(one.covers(checkpoint) for one in restorations())


def restorations() -> Iterator[Restoration]:
    """Yield what the ledger knows of restored databases, the last first."""
    events = Event.objects.filter(action__in=(RESTORED, ACKNOWLEDGED)).order_by("-pk")
    answered: Event | None = None
    for event in events:
        if event.action == ACKNOWLEDGED:
            answered = event
            continue
        body = json.loads(event.body)
        since, until = _instant(body.get("since_us")), _instant(body.get("until_us"))
        yield Restoration(event, body["size"], since, body.get("kept"), until, answered)
        answered = None


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else instant(at_us)


def waiting() -> Restoration | None:
    """Return the restoration that nobody has answered for yet."""
    last = next(restorations(), None)
    return last if last is not None and last.acknowledged is None else None


def is_open() -> bool:
    """Tell whether the database has all that was sealed, or somebody has answered for what it lacks."""
    return waiting() is None and missing() is None


def require_open() -> None:
    """Raise Restored where the database is older than what was sealed, and nobody has answered for that."""
    if not is_open():
        raise Restored()


@transaction.atomic
def notice(*, by: Actor, at: datetime, anchor: Checkpoint | None = None, known: bool = False) -> bool:
    """Record that the database was restored, once; tell whether it had to be.

    Noticed by the checkpoint kept outside, or by an `anchor` that was brought; `known`: whoever restored it says so.
    """
    with connection.cursor() as cursor:
        watermarks.lock(connection, cursor)
    if waiting() is not None:
        return False
    lost = anchor or missing()
    if lost is None and not known:
        return False
    last = sealing.latest()
    size = last.size if last else 0
    body: dict[str, Any] = {"size": size, "since_us": last.at_us if last else None}
    if lost is not None:
        body |= {"kept": lost.size, "until_us": lost.at_us, "anchor": lost.digest}
    ledger.record(RESTORED, about=f"seal:{size}", by=by, at=at, **body)
    return True


@transaction.atomic
def acknowledge(*, reason: str, by: Actor, at: datetime) -> Restoration | None:
    """Record that somebody answers for the restored database; return it, or None where none waits."""
    with connection.cursor() as cursor:
        watermarks.lock(connection, cursor)
    restoration = waiting()
    if restoration is not None:
        about, notes = f"seal:{restoration.size}", {"reason": reason}
        ledger.record(ACKNOWLEDGED, about=about, by=by, at=at, notes=notes, size=restoration.size)
    return restoration
