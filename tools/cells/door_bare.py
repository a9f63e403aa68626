"""What a check at a door cannot do without: the look-up and the rows it writes, by bare prepared statements.

A WSGI application without a framework, for a server of the same kind: it knows no rule, no language and no refusal.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
django.setup()

from django.db import connection  # noqa: E402

from cases.services.persons import documents  # noqa: E402

POSTGRES = connection.vendor == "postgresql"
LOOK = """
SELECT usr.id, usr.username, usr.role, office.code, office.id,
       (SELECT id FROM cases_venue WHERE office_id = office.id AND closed_at IS NULL LIMIT 1),
       person.id, person.public_id, person.name,
       (SELECT count(*) FROM cases_gatecheck WHERE by_id = usr.id AND at > %s),
       (SELECT {all_of}(ground{comma}) FROM cases_case WHERE person_id = person.id AND closed_at IS NULL
           AND opened_at <= %s),
       (SELECT id FROM cases_rulebook WHERE adopted_at <= %s ORDER BY adopted_at DESC LIMIT 1)
  FROM offices_token AS token JOIN offices_user AS usr ON usr.id = token.user_id
  JOIN offices_office AS office ON office.id = usr.office_id
  LEFT JOIN cases_person AS person ON person.document_index = %s
 WHERE token.digest = %s AND token.revoked_at IS NULL AND token.expires_at > %s
"""
CHECK = (
    "INSERT INTO cases_gatecheck"
    " (venue_id, person_id, colour, temperature, reason, passed, why, rule_book_id, by_id, at, hash, salt, commitment,"
    " via) VALUES (%s, %s, %s, 36.5, '', %s, %s, %s, %s, %s, %s, '', '', '') RETURNING id"
)
KEY = (
    "INSERT INTO offices_idempotencykey (user_id, key, request_hash, status, answer, at)"
    " VALUES (%s, %s, %s, 200, %s, %s)"
)
TOGETHER = f"WITH key AS ({KEY}) {CHECK}"
own = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one check."""
    text = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    asked = json.loads(text)
    now = datetime.now(UTC)
    at, minute = (
        (now, now - timedelta(minutes=1)) if POSTGRES else (_text(now), _text(now - timedelta(minutes=1)))
    )
    digest = hashlib.sha256(environ["HTTP_AUTHORIZATION"].split()[1].encode()).hexdigest()
    index = documents.index_of("RESIDENT_ID", asked["number"], "CHN")
    cursor = _cursor()
    found = _run(cursor, LOOK, [minute, at, at, index, digest, at]).fetchone()
    user, _username, _role, _code, _id, venue, person, _opaque, name, _pace, grounds, book = found
    colour = "YELLOW" if grounds else "GREEN"
    answer = {"venue": venue, "colour": colour, "passed": True, "masked_name": name[:1]}
    body = json.dumps(answer)
    leaf = hashlib.sha256(body.encode()).digest()
    key = [user, environ["HTTP_IDEMPOTENCY_KEY"], hashlib.sha256(text).hexdigest(), body, at]
    check = [venue, person, colour, True, "GREEN" if colour == "GREEN" else "UNLISTED", book, user, at, leaf]
    answer["id"] = _written(cursor, key, check)
    out = json.dumps(answer).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(out)))])
    return [out]


def _written(cursor: Any, key: list[Any], check: list[Any]) -> int:
    if POSTGRES:
        return int(_run(cursor, TOGETHER, key + check).fetchone()[0])
    while True:
        try:
            _run(cursor, "BEGIN IMMEDIATE", [])
            break
        except Exception:
            time.sleep(0.001)
    _run(cursor, KEY, key)
    made = int(_run(cursor, CHECK, check).fetchone()[0])
    _run(cursor, "COMMIT", [])
    return made


def _run(cursor: Any, sql: str, values: list[Any]) -> Any:
    if POSTGRES:
        return cursor.execute(sql, values, prepare=True)
    return cursor.execute(sql.replace("%s", "?"), values)


def _cursor() -> Any:
    """Return this thread's cursor, on a connection that stays open."""
    if not hasattr(own, "cursor"):
        if POSTGRES:
            import psycopg

            own.link = psycopg.connect(**{**_options(), "autocommit": True, "prepare_threshold": 0})
        else:
            import sqlite3

            own.link = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=20)
            own.link.execute("PRAGMA journal_mode=WAL")
            own.link.execute("PRAGMA synchronous=NORMAL")
        own.cursor = own.link.cursor()
    return own.cursor


def _options() -> dict[str, Any]:
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {
        key: connection.settings_dict[name] for key, name in named.items() if connection.settings_dict[name]
    }
    return {**given, **connection.settings_dict["OPTIONS"]}


def _text(at: datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(at))


LOOK = LOOK.format(all_of="array_agg" if POSTGRES else "group_concat", comma="::text" if POSTGRES else "")
