"""What a row was when an act left it: a digest in the act's event, so that a silent change of the row is found.

The row's model says which fields decide (`Recorded.audit_fields`). The digest is keyed by the instant of the act, under
a key that the database does not have: whoever can write every table cannot make one, and who reads an event cannot try
out what a field holds.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from healthcode.core import vault
from healthcode.core.audit.actions import READS
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import Recorded, target_of

COMMITS = "commits"  # the key of an event's body under which its digests stand, each by the name of its row
LENGTH = 32
TAKEN_OVER = (
    "audit.rows_taken_over"  # the event that commits to rows which no act made, or an earlier version did
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def commits_of(rows: Iterable[Recorded], gone: Iterable[Recorded], at_us: int) -> dict[str, str]:
    """Return the digest of each row that has fields which decide, by what the ledger calls it; also of those `gone`."""
    left = {row.audit_key: digest(row, at_us) for row in rows if row.audit_fields}
    return left | {row.audit_key: digest_of_gone(row.audit_key, at_us) for row in gone if row.audit_fields}


def digest_of_gone(name: str, at_us: int) -> str:
    """Return what an event of this instant commits to by which the row of that name was deleted."""
    return hashed(act_key(at_us) + json.dumps([name, "gone"]))


def digest(row: Recorded, at_us: int) -> str:
    """Return what an event of this instant commits to: a row as it is now, without asking the database."""
    return hashed(act_key(at_us) + text_of(row))


@lru_cache(maxsize=4096)  # an act commits to many rows, and so does each instant of a ledger that is verified
def act_key(at_us: int) -> str:
    """Return the key of all digests of one instant. It tells a database no other, and may be given to it."""
    return vault.blind_index(str(at_us), kind="commitment")


def text_of(row: Recorded) -> str:
    """Return the one text of a row that is hashed."""
    model: Any = type(row)
    values = [row.audit_name, row.pk, *(plain(getattr(row, name)) for name, plain in fields_of(model))]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True)


def deciding() -> list[Any]:
    """Return the models whose rows decide something."""
    return [model for model in apps.get_models() if issubclass(model, Recorded) and model.audit_fields]


def holds(row: Recorded) -> bool:
    """Tell whether a row is what the ledger last committed to. One that no event commits to does not hold."""
    model: Any = type(row)
    events = Event.objects.filter(Q(target=target_of(row)) | Q(target=target_of(model), action=TAKEN_OVER))
    for event in events.exclude(action__in=READS).order_by("-pk").iterator(chunk_size=100):
        if committed := json.loads(event.body).get(COMMITS, {}).get(row.audit_key):
            return bool(committed == digest(row, event.at_us))
    return False


def hashed(text: str) -> str:
    """Return the digest of a row's text behind its key."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


@cache
def fields_of(model: type[Any]) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    """Return the columns that decide, each with what makes its values plain: as JSON holds them."""
    fields = [model._meta.get_field(name) for name in model.audit_fields]
    return [(field.attname, plain_of(field)) for field in fields]


def plain_of(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """Return what makes a field's values plain: as JSON holds them."""
    if isinstance(field, models.DateTimeField):
        return lambda at: None if at is None else (at - EPOCH) // MICROSECOND
    if isinstance(field, models.DateField):
        return lambda on: None if on is None else on.isoformat()
    if isinstance(field, models.DecimalField):
        return lambda number: None if number is None else f"{number:.{field.decimal_places}f}"
    if isinstance(field, models.UUIDField):
        return lambda one: None if one is None else str(one)
    return lambda value: value
