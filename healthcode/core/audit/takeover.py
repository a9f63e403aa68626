"""Rows that no event commits to yet are taken over: the ledger commits to each as it is found.

That is once after an upgrade to a version whose models decide by other fields than those before, and at set-up for rows
that no act made. Verify the ledger before an upgrade: what was changed silently until then is taken over as it is.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from healthcode.core.audit import ledger
from healthcode.core.audit.commitments import TAKEN_OVER, deciding
from healthcode.core.audit.ledger import Actor
from healthcode.core.audit.models import Event

FIELDS = "list:fields"  # what the event is about that says by which fields each kind of row decides
CHUNK = 500  # rows that one event commits to


@dataclass(frozen=True)
class _Migration:
    """Who acts while the database is brought up to date."""

    @dataclass(frozen=True)
    class Office:
        code: str = "administration"

    username: str = "system"
    role: str = "system"
    office: Office = Office()


def take_over(*models: Any, by: Actor, at: datetime) -> None:
    """Commit to every row of these tables as it is now."""
    with transaction.atomic():
        for model in models:
            rows = model._default_manager.order_by("pk").iterator(chunk_size=2000)
            while chunk := list(islice(rows, CHUNK)):
                ledger.record(TAKEN_OVER, about=model, by=by, at=at, also=chunk)


def after_migrate(*, using: str, **_: Any) -> None:
    """Take over what is there when the fields that decide have changed (a post_migrate receiver)."""
    executor = MigrationExecutor(connections[using])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return  # brought up to date in part only: columns are missing yet
    last = Event.objects.filter(action=TAKEN_OVER, target=FIELDS).order_by("-pk").first()
    known = json.loads(last.body)["fields"] if last else []
    fields = {f"{model.audit_name}:{fingerprint(model)}": model for model in deciding()}
    if new := [model for choice, model in fields.items() if choice not in known]:
        at = timezone.now()
        take_over(*new, by=_Migration(), at=at)
        # Also where there was no row: the next upgrade shall not take over what acts have made meanwhile.
        ledger.record(TAKEN_OVER, about=FIELDS, by=_Migration(), at=at, fields=sorted(fields))


def fingerprint(model: Any) -> str:
    """Return what tells one choice of fields from another."""
    return hashlib.sha256(" ".join(model.audit_fields).encode()).hexdigest()[:16]
