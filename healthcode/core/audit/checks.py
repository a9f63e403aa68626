"""Start-up checks of the ledger: what writes does not start without its triggers."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit import constraints, triggers

MESSAGES = {  # by kind of fault: its id and its words
    "missing": ("audit.E001", "Trigger {name} is missing in database “{alias}”."),
    "altered": ("audit.E002", "Trigger {name} in database “{alias}” is not what it should be."),
    "foreign": (
        "audit.E003",
        "{name} on {table} in database “{alias}” is none of ours: it can swallow what is written, or hide it.",
    ),
    "lost": ("audit.E004", "Constraint {name} of {table} in database “{alias}” is lost, or is another one."),
}
HINTS = {
    "missing": "Run `manage.py migrate`: it puts the triggers back. Then find out who took them away.",
    "altered": "Run `manage.py migrate`: it puts the triggers back. Then find out who changed them.",
    "lost": "Find out who took it away, put it back as the migrations made it, and run `manage.py verify_audit`.",
    "foreign": "Find out who put it there, take it away, and run `manage.py verify_audit`.",
}


# Among those of a deployment: `migrate` runs all others first, and it is what puts the triggers back.
@register(Tags.database, deploy=True)
def triggers_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Compare triggers and constraints with what should stand, triggers body by body."""
    return [_error(alias, fault) for alias in databases or () for fault in _faults(connections[alias])]


def _faults(connection: BaseDatabaseWrapper) -> Iterator[triggers.TriggerFault]:
    yield from triggers.faults(connection)
    for one in constraints.lost(connection):
        yield triggers.TriggerFault("lost", one.name, one.table)


def refuse_lost_guards() -> None:
    """Raise ImproperlyConfigured, naming each, if a trigger is missing, altered or not ours, or a constraint lost."""
    if faults := triggers_stand([DEFAULT_DB_ALIAS]):
        report = "\n".join(f"({fault.id}) {fault.msg} {fault.hint}" for fault in faults)
        raise ImproperlyConfigured(f"The portal does not start:\n{report}")


def _error(alias: str, fault: triggers.TriggerFault) -> Error:
    identity, message = MESSAGES[fault.kind]
    message = message.format(name=fault.name, table=fault.table, alias=alias)
    return Error(message, hint=HINTS[fault.kind], id=identity)
