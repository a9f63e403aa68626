"""What the two databases spell differently in the set-based statements, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")
PART = 1000  # SQLite takes some thirty thousand parameters in a statement; more than this gains nothing


@dataclass(frozen=True)
class Dialect:
    """The fragments of one database, to be filled in by `format`."""

    local_day: str  # of an instant, in Shanghai
    midnight: str  # that ends so many full days after a day
    epoch_us: str  # of an instant
    opaque_id: str  # a person's, as text
    lock: str
    least: str


POSTGRESQL = Dialect(
    local_day="({0} AT TIME ZONE 'Asia/Shanghai')::date",
    midnight="(({0} + {1})::timestamp AT TIME ZONE 'Asia/Shanghai')",
    epoch_us="(extract(epoch FROM {0}) * 1000000)::bigint",
    opaque_id="{0}::text",
    lock="FOR UPDATE",
    least="LEAST({0}, {1})",
)
SQLITE = Dialect(
    local_day="date({0}, '+8 hours')",
    midnight="datetime({0}, '+{1} days', '-8 hours')",
    epoch_us=(
        "(CAST(strftime('%%s', substr({0}, 1, 19)) AS integer) * 1000000 + CAST(substr({0}, 21, 6) AS integer))"
    ),
    opaque_id=(
        "(substr({0},1,8)||'-'||substr({0},9,4)||'-'||substr({0},13,4)||'-'||substr({0},17,4)||'-'||substr({0},21))"
    ),
    lock="",
    least="MIN({0}, {1})",
)


def dialect() -> Dialect:
    """Return the fragments of the database in use."""
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def json_day(column: str) -> str:
    """Return the SQL of a day as JSON holds it."""
    return f"'\"' || CAST({column} AS text) || '\"'"


def stored(value: Any) -> Any:
    """Return a value as the database stores it: an instant in its own spelling, all else as it is."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split what one statement cannot name at once."""
    for first in range(0, len(items), PART):
        yield items[first : first + PART]
