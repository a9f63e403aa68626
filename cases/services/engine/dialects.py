"""What PostgreSQL and SQLite spell differently in the set-based statements, side by side."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Dialect:
    """What the two databases spell differently."""

    local_day: str  # of an instant, in Shanghai
    midnight: str  # that ends so many full days after a day
    epoch_us: str  # of an instant
    opaque_id: str  # a person's, as text
    lock: str
    least: str


POSTGRESQL = Dialect(
    local_day="({0} AT TIME ZONE 'Asia/Shanghai')::date",
    midnight="(({0} + {1})::timestamp AT TIME ZONE 'Asia/Shanghai')",
    epoch_us="(extract(epoch FROM {0})::bigint * 1000000)",
    opaque_id="{0}::text",
    lock="FOR UPDATE",
    least="LEAST({0}, {1})",
)
SQLITE = Dialect(
    local_day="date({0}, '+8 hours')",
    midnight="datetime({0}, '+{1} days', '-8 hours')",
    epoch_us="(CAST(strftime('%%s', {0}) AS integer) * 1000000)",
    opaque_id=(
        "(substr({0},1,8)||'-'||substr({0},9,4)||'-'||substr({0},13,4)||'-'||substr({0},17,4)||'-'||substr({0},21))"
    ),
    lock="",
    least="MIN({0}, {1})",
)


def current() -> Dialect:
    """Return how the database in use spells it."""
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE
