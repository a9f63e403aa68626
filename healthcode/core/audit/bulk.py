"""Writing the ledger by the hundred thousand: events made and hashed by the database, from a SELECT.

The hash is computed here a second time, in SQL; a test holds it equal to `ledger.leaf_hash`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit import commitments, skew
from healthcode.core.audit.actions import require_written
from healthcode.core.audit.ledger import Actor, microseconds
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import Recorded


@dataclass(frozen=True)
class Number:
    """A whole number in a body that the SELECT computes, row by row."""

    sql: str


@dataclass(frozen=True)
class Made:
    """Rows that the database made and Python never saw, each of which its event commits to.

    `alike` has by column what all of them share, `varying` the SQL of what differs, as JSON; the rest is null.
    """

    alike: Mapping[str, Any]
    varying: Mapping[str, str]


@dataclass(frozen=True)
class _Digest:
    """The digest of such a row, in a body that the SELECT computes."""

    sql: str


Piece = str | Number | _Digest


def record_selected(
    connection: BaseDatabaseWrapper,
    action: str,
    *,
    about: type[Recorded],
    by: Actor,
    at: datetime,
    key: str,
    person: str,
    body: Mapping[str, Any],
    rows: str,
    made: Made | None = None,
    also: Sequence[tuple[type[Recorded], str, Made]] = (),
    params: Sequence[Any] = (),
) -> int:
    """Write one event for each row of `rows` (a FROM clause); return how many.

    `key` is the SQL of the row's number that the event is `about`, `person` that of the opaque id as text; a value of
    the body may be a Number. The event commits to its row if the act has `made` it, and to one of each table that the
    act made `also`, whose number's SQL is given.
    """
    require_written(action)
    skew.require_together()
    text = _pieces(body)
    if made is not None:
        # In the order of their names, as the canonical JSON has them.
        rows_made = sorted([(about, key, made), *also], key=lambda one: one[0].audit_name)
        text = _pieces({**body, commitments.COMMITS: _commits(connection, rows_made, at)})
    fields: list[Any] = [microseconds(at), by.username, by.office.code, by.role, action]
    head = json.dumps(fields, separators=(",", ":"))[:-1]
    target_sql = f"'{about.audit_name}:' || CAST({key} AS text)"
    # The canonical JSON of the event, as `ledger.leaf_hash` writes it. The body stands in there as JSON writes a text
    # that is JSON itself, with nothing in it but ASCII. With digests it is kept, so that each is worked out once.
    escaped = """replace(replace(body, '\\', '\\\\'), '"', '\\"')"""
    hashed = f"%s || {escaped} || %s || target || '\",\"' || person || '\"]}}'"
    kept = "NOT MATERIALIZED" if made is None else "MATERIALIZED"
    sql = (
        f"WITH made AS {kept} (SELECT {target_sql} AS target, {person} AS person, {_text(text)} AS body {rows})"
        f" INSERT INTO {Event._meta.db_table} (at_us, actor, office, role, action, target, person, body, leaf)"
        f" SELECT %s, %s, %s, %s, %s, target, person, body, {_hash(connection, hashed)} FROM made"
    )
    around = ['{"body":"', f'","event":{head},"']
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *fields, *around])
        return int(cursor.rowcount)


def _commits(
    connection: BaseDatabaseWrapper, rows: Sequence[tuple[type[Recorded], str, Made]], at: datetime
) -> list[Piece]:
    pieces: list[Piece] = []
    for model, key, made in rows:
        digest = _digest(connection, _row_text(model, key, made, at))
        pieces += [f'{"," if pieces else "{"}"{model.audit_name}:', Number(key), '":"', digest, '"']
    return [*pieces, "}"]


def _pieces(body: Mapping[str, Any]) -> list[Piece]:
    """Return a body as canonical JSON in pieces around what the SELECT computes."""
    pieces: list[Piece] = []
    for name in sorted(body):
        value = body[name]
        pieces.append(f"{',' if pieces else '{'}{json.dumps(name)}:")
        pieces += (
            value if isinstance(value, list) else [value if isinstance(value, Number) else json.dumps(value)]
        )
    return [*pieces, "}"]


def _text(pieces: Sequence[Piece]) -> str:
    """Return the SQL of a text in pieces."""
    found, joined = [], list[Piece]()
    for piece in pieces:  # each piece costs: of dozens of literals in a row one is made
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    for piece in joined:
        if isinstance(piece, Number):
            found.append(f"CAST({piece.sql} AS text)")
        elif isinstance(piece, _Digest):
            found.append(piece.sql)
        else:
            found.append("'" + piece.replace("'", "''").replace("%", "%%") + "'")
    return "(" + " || ".join(found) + ")"


def _row_text(model: Any, key: str, made: Made, at: datetime) -> str:
    """Return the SQL of what `commitments.digest` hashes."""
    pieces: list[Piece] = [commitments.act_key(microseconds(at)), f'["{model.audit_name}",', Number(key)]
    for column, plain in commitments.fields_of(model):
        varies = made.varying.get(column)
        pieces += [",", Number(varies) if varies else json.dumps(plain(made.alike.get(column)))]
    return _text([*pieces, "]"])


def _digest(connection: BaseDatabaseWrapper, text: str) -> _Digest:
    """Return the SQL of `commitments.hashed`: PostgreSQL has SHA-256, SQLite is given it."""
    if connection.vendor == "postgresql":
        return _Digest(f"left(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), {commitments.LENGTH})")
    connection.ensure_connection()
    connection.connection.create_function("row_digest", 1, commitments.hashed, deterministic=True)
    return _Digest(f"row_digest({text})")


def _hash(connection: BaseDatabaseWrapper, text: str) -> str:
    """Return the SQL of an RFC 6962 leaf hash: PostgreSQL has SHA-256, SQLite is given it."""
    if connection.vendor == "postgresql":
        return f"encode(sha256('\\x00'::bytea || convert_to({text}, 'UTF8')), 'hex')"
    connection.ensure_connection()
    connection.connection.create_function("leaf_hash", 1, _leaf, deterministic=True)
    return f"leaf_hash({text})"


def _leaf(text: str) -> str:
    return hashlib.sha256(b"\0" + text.encode()).hexdigest()
