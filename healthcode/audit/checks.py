"""Start-up checks of the ledger."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from healthcode.audit import triggers


@register(Tags.database)
def triggers_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Compare the append-only triggers with what should stand."""
    return [
        Error(
            f"Append-only trigger {name} is missing in database “{alias}”.",
            hint="Run `manage.py migrate`: it puts the triggers back. Then find out who took them away.",
            id="audit.E001",
        )
        for alias in databases or ()
        for name in triggers.missing(connections[alias])
    ]
