"""Whether this process can answer: the database, its migrations and guards, the vault's keys, the clock."""

import logging
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from healthcode.core import outages
from healthcode.core.audit import checks, restorations, skew
from healthcode.portal.operation import sealed

log = logging.getLogger(__name__)

GUARDS_SECONDS = 30  # for which guards that were found standing are not looked at again
RETRY_SECONDS = 1
SHOWN = 5


class _State:
    """What this process knows of itself."""

    # The database was away at the start, or is one that was restored: nothing is served before the checks pass.
    is_waiting = False
    is_restored = False
    asked_at = 0.0
    further: tuple[Callable[[], None], ...] = ()  # checks that only servers do
    guards_stood_at = -GUARDS_SECONDS * 1.0


def require_sound_database() -> None:
    """Raise ImproperlyConfigured where a migration is missing, a guard is lost, or no key opens what is stored.

    Migrations that this version does not know are no fault: while servers are exchanged both versions run.
    """
    if missing := _missing_migrations():
        names = ", ".join(missing[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
        raise ImproperlyConfigured(
            f"The portal does not start:\n(healthcode.E012) The database lacks {len(missing)} migrations: {names}."
            " Run `manage.py migrate` as the database's owner."
        )
    checks.refuse_lost_guards()
    if closed := list(sealed.unopened()):
        raise ImproperlyConfigured(
            f"The portal does not start:\n(healthcode.E013) No key of VAULT_KEYS opens {', '.join(closed)}."
            " Add the key under which they were encrypted behind the newest one."
        )


def start(*further: Callable[[], None]) -> None:
    """Do the start-up checks of a server; where the database is away, go on, and do them before the first answer."""
    _State.further = further
    connection_created.connect(_look_whether_restored, dispatch_uid="operation.restored")
    try:
        _require_sound_start()
    except restorations.Restored as error:
        _State.is_waiting = _State.is_restored = True
        log.critical("%s", error)
    except Error as error:
        if not outages.is_lost(error):
            raise
        _State.is_waiting = True
        log.error("The database is away: answering 503 until it is back.")


def _require_sound_start() -> None:
    require_sound_database()
    restorations.require_open()
    for check in _State.further:
        check()


def _look_whether_restored(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Look at each new connection: a database is restored behind the back of a running server too."""
    # While it waits the checks look themselves.
    if connection.alias == DEFAULT_DB_ALIAS and not _State.is_waiting:
        try:
            restorations.require_open()
        except restorations.Restored:
            _State.is_waiting = _State.is_restored = True
            raise


def has_started() -> bool:
    """Tell whether the start-up checks have passed; if not, do them now, at most once a second."""
    if _State.is_waiting and time.monotonic() - _State.asked_at >= RETRY_SECONDS:
        _State.asked_at = time.monotonic()
        try:
            _require_sound_start()
        except ImproperlyConfigured as error:
            _State.is_restored = isinstance(error, restorations.Restored)
            log.critical("%s", error)
        except Error as error:
            if not outages.is_lost(error):
                raise
        else:
            _State.is_waiting = _State.is_restored = False
            log.warning("The database is back: serving.")
    return not _State.is_waiting


def is_restored() -> bool:
    """Tell whether this process waits for somebody to answer for a restored database."""
    return _State.is_waiting and _State.is_restored


def faults() -> list[str]:
    """Return what keeps this process from answering, in words that tell nothing else."""
    try:
        return [*_faults()]
    except Error as error:
        if not (outages.is_lost(error) or outages.is_busy(error)):
            raise
        return ["database"]


def _faults() -> Iterator[str]:
    connection.ensure_connection()
    if not has_started():
        yield "restored" if is_restored() else "start"
        return
    if _missing_migrations():
        yield "migrations"
    # With migrations that this version does not know the guards are those of the next one, which looks at them.
    elif not _is_newer() and not _guards_stand():
        yield "guards"
    if not skew.are_together():
        yield "clock"


def _guards_stand() -> bool:
    if time.monotonic() - _State.guards_stood_at < GUARDS_SECONDS:
        return True
    if checks.triggers_stand([DEFAULT_DB_ALIAS]):
        return False
    _State.guards_stood_at = time.monotonic()
    return True


@lru_cache(maxsize=1)
def _files() -> MigrationLoader:
    return MigrationLoader(None, ignore_no_migrations=True)


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _missing_migrations() -> list[str]:
    return [f"{app}.{name}" for app, name in sorted(_files().graph.nodes.keys() - _applied())]


def _is_newer() -> bool:
    known = (
        _files().disk_migrations.keys()
    )  # those that another replaces too: a database that began with them has them
    apps_known = {app for app, _name in known}
    return any(app in apps_known for app, _name in _applied() - known)
