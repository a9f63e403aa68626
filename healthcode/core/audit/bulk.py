"""Writing the ledger by the hundred thousand: events made and hashed by the database, from a SELECT.

The hash is computed here a second time, in SQL; a test holds it equal to `ledger.leaf_hash`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit.actions import require_written
from healthcode.core.audit.ledger import Actor, microseconds
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import Recorded


@dataclass(frozen=True)
class Number:
    """A whole number in a body that the SELECT computes, row by row."""

    sql: str


Body = Sequence[str | Number]  # canonical JSON, its text in pieces around the numbers


def record_selected(
    connection: BaseDatabaseWrapper,
    action: str,
    *,
    about: type[Recorded],
    by: Actor,
    at: datetime,
    key: str,
    person: str,
    body: Body,
    rows: str,
    params: Sequence[Any] = (),
) -> int:
    """Write one event for each row of `rows` (a FROM clause); return how many.

    `key` is the SQL of the row's number that the event is `about`, `person` that of the opaque id as text.
    """
    require_written(action)
    fields: list[Any] = [microseconds(at), by.username, by.office.code, by.role, action]
    head = json.dumps(fields, separators=(",", ":"))[:-1]
    target_sql = f"'{about.audit_name}:' || CAST({key} AS text)"
    text_sql = _text(body)
    # The canonical JSON of the event, as `ledger.leaf_hash` writes it.
    hashed = f"%s || {_text(body, escaped=True)} || %s || {target_sql} || '\",\"' || {person} || '\"]}}'"
    table = Event._meta.db_table
    sql = (
        f"INSERT INTO {table} (at_us, actor, office, role, action, target, person, body, leaf)"
        f" SELECT %s, %s, %s, %s, %s, {target_sql}, {person}, {text_sql}, {_hash(connection, hashed)} {rows}"
    )
    around = ['{"body":"', f'","event":{head},"']
    with connection.cursor() as cursor:
        cursor.execute(sql, [*fields, *around, *params])
        return int(cursor.rowcount)


def _text(body: Body, *, escaped: bool = False) -> str:
    """Return the SQL of a body's text, or of that text as it stands within a JSON string."""
    pieces = []
    for piece in body:
        if isinstance(piece, Number):
            pieces.append(f"CAST({piece.sql} AS text)")
        else:
            literal = json.dumps(piece)[1:-1] if escaped else piece
            pieces.append("'" + literal.replace("'", "''").replace("%", "%%") + "'")
    return "(" + " || ".join(pieces) + ")"


def _hash(connection: BaseDatabaseWrapper, text: str) -> str:
    """Return the SQL of an RFC 6962 leaf hash: PostgreSQL has SHA-256, SQLite is given it."""
    if connection.vendor == "postgresql":
        return f"encode(sha256('\\x00'::bytea || convert_to({text}, 'UTF8')), 'hex')"
    connection.ensure_connection()
    connection.connection.create_function("leaf_hash", 1, _leaf, deterministic=True)
    return f"leaf_hash({text})"


def _leaf(text: str) -> str:
    return hashlib.sha256(b"\0" + text.encode()).hexdigest()
