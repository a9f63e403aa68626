"""What every check needs: rows in chunks, fields that differ, and the seal that should have covered an event."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from healthcode.core.audit import proofs
from healthcode.core.audit.findings import to_the_second
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.models import Seal

CHUNK = 2000
HASHES = ("facts", "steps")  # fields whose values tell nobody anything


def chunks_of(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield all rows in key order, `CHUNK` at a time: the ledger never fits into memory."""
    rest = rows.order_by("pk")  # from the very first: a key that somebody made up may be below zero
    while chunk := list(rest[:CHUNK]):
        yield chunk
        rest = rows.filter(pk__gt=chunk[-1].pk).order_by("pk")


def covering(event: int) -> Seal | None:
    """Return the first seal that covers an event."""
    found = proofs.place(event)
    return found.seal if found else None


def differing(recorded: Mapping[str, object], stored: Mapping[str, object]) -> list[str]:
    """Name each field that is stored otherwise than recorded, with both values: `state (OPEN ≠ ENDED)`."""
    return [
        f"{gettext(key)}{_both(key, value, stored[key])}"
        for key, value in recorded.items()
        if stored[key] != value
    ]


def _both(key: str, recorded: object, stored: object) -> str:
    return "" if key in HASHES else f" ({_text(recorded)} ≠ {_text(stored)})"


def _text(value: object) -> str:
    if isinstance(value, int):  # the only numbers compared are instants
        return to_the_second(instant(value))
    return "–" if value in (None, "") else str(value)
