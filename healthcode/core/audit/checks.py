"""Start-up checks of the ledger."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from healthcode.core.audit import triggers

MESSAGES = {  # by kind of fault: its id and its words
    "missing": ("audit.E001", "Append-only trigger {name} is missing in database “{alias}”."),
    "altered": ("audit.E002", "Append-only trigger {name} in database “{alias}” is not what it should be."),
    "foreign": (
        "audit.E003",
        "{name} on {table} in database “{alias}” is none of ours: it can swallow events.",
    ),
}
HINTS = {
    "missing": "Run `manage.py migrate`: it puts the triggers back. Then find out who took them away.",
    "altered": "Run `manage.py migrate`: it puts the triggers back. Then find out who changed them.",
    "foreign": "Find out who put it there, take it away, and run `manage.py verify_audit`.",
}


@register(Tags.database)
def triggers_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Compare the append-only triggers with what should stand, body by body."""
    return [
        _error(alias, fault) for alias in databases or () for fault in triggers.faults(connections[alias])
    ]


def _error(alias: str, fault: triggers.Fault) -> Error:
    identity, message = MESSAGES[fault.kind]
    message = message.format(name=fault.name, table=fault.table, alias=alias)
    return Error(message, hint=HINTS[fault.kind], id=identity)
