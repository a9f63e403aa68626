"""The ledger: writing an event, verifying what is sealed, and reading a trail out of millions."""

import hashlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import islice

from django.db import connection, connections, transaction

from healthcode.core.audit import ledger, sealing
from healthcode.core.audit.merkle import Frontier
from healthcode.core.audit.models import Event
from healthcode.core.audit.verifying import Verification
from healthcode.portal.trails.query import Trail
from tools.timing import Cell, in_turn

WRITERS = 8
CHUNK = 10_000
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PLAIN = {
    "at_us": ledger.microseconds(NOW),
    "actor": "cdc.xinchang",
    "office": "cdc-xinchang",
    "role": "cdc",
    "action": "case.opened",
    "target": "case:1",
    "body": '{"channel":"GROUP","ground":"OVERSEAS"}',
}
PLAIN["leaf"] = ledger.leaf_hash(Event(**PLAIN))
# A year of a city: 2,000 officers of 200 offices, a tenth of it acts on cases, the rest looks.
GENERATED = """
INSERT INTO audit_event (at_us, actor, office, role, action, target, person, body, leaf)
SELECT 1600000000000000 + i * 600000, 'user.' || (i * 7919) %% 2000, 'office-' || (i * 7919) %% 2000 / 10, 'cdc',
       (ARRAY['person.viewed', 'person.listed', 'person.looked_up', 'session.opened',
              'case.opened'])[1 + least(i %% 40, 4)],
       'case:' || i, md5((i %% 300000)::text)::uuid::text,
       CASE WHEN i %% 40 > 3 AND i %% 10 = 5
            THEN '{"batch":' || i %% 500 || ',"ground":"' || (ARRAY['CLOSE_CONTACT', 'OVERSEAS'])[1 + i %% 2] || '"}'
            ELSE '{"page":"person"}' END,
       md5(i::text) || md5(i::text)
  FROM generate_series(1, %s::bigint) AS i
"""


class _Office:
    code = "cdc-xinchang"


class _Actor:
    username, role, office = "cdc.xinchang", "cdc", _Office()


def writing(scale: int) -> Iterator[Cell]:
    """Write events one by one, each its own commit, by several writers: with the leaf hash, and plainly."""
    each = max(50, scale // 2000)
    hashed, plain = in_turn(lambda: _write(_hashed, each), lambda: _write(_plain, each))
    yield Cell("event", "recorded", each * WRITERS, hashed, "plain_insert", plain, 0.7)


def verifying(scale: int) -> Iterator[Cell]:
    """Verify a sealed ledger; the baseline hashes the same texts, and the same tree, out of memory."""
    texts = list(_sealed(scale))

    def hash_only() -> None:
        tree = Frontier()
        for start in range(0, len(texts), CHUNK):
            tree.extend([hashlib.sha256(text).digest() for text in texts[start : start + CHUNK]])
        tree.root()

    def verify() -> None:
        for finding in Verification().findings():
            raise AssertionError(str(finding))

    verified, hashed = in_turn(verify, hash_only)
    yield Cell("verify", "sealed", len(texts), verified, "hash_in_memory", hashed, 0.3)


def reading(scale: int) -> Iterator[Cell]:
    """Read pages of trails out of a ledger ten times the scale; the baseline reads one event by its key."""
    if connection.vendor != "postgresql":
        return
    rows = scale * 10
    with connection.cursor() as cursor:
        cursor.execute(GENERATED, [rows])
        cursor.execute("VACUUM ANALYZE audit_event")
        cursor.execute("SELECT person FROM audit_event WHERE id = (SELECT max(id) - 5 FROM audit_event)")
        (person,) = cursor.fetchone()
    asked = {
        "person": {"person": person},
        "officer": {"actor": "user.7"},
        "officer_looks": {"actor": "user.7", "what": "looks"},
        "office": {"office": "office-7"},
        "office_cases": {"office": "office-7", "what": "case.opened"},
        "ground": {"ground": "OVERSEAS"},
        "batch": {"batch": "15"},
        "everything": {},
    }
    for variant, filters in asked.items():
        trail = Trail(**filters)
        old = (1600000000000000 + rows * 300000, 0)  # the middle of the year
        newest, deep, one = in_turn(
            lambda trail=trail: [trail.page() for _ in range(10)],  # type: ignore[misc]
            lambda trail=trail, old=old: [trail.page(old) for _ in range(10)],  # type: ignore[misc]
            lambda: [Event.objects.get(pk=number) for number in range(500, 510)],
        )
        yield Cell("trail", f"{variant}_of_{rows}", 10, newest, "one_row_by_key", one, 15, at_most=True)
        yield Cell("trail", f"{variant}_deep", 10, deep, "one_row_by_key", one, 15, at_most=True)


def _write(write: object, each: int) -> None:
    if connection.vendor == "sqlite":  # its writers queue anyhow
        _many((write, each * WRITERS))
        return
    connections.close_all()
    with ProcessPoolExecutor(WRITERS) as pool:
        list(pool.map(_many, [(write, each)] * WRITERS))


def _many(asked: tuple[object, int]) -> None:
    write, count = asked
    for number in range(count):
        write(number)  # type: ignore[operator]
    if connection.vendor != "sqlite":
        connections.close_all()


def _hashed(number: int) -> None:
    with transaction.atomic():
        ledger.record("case.opened", about="case:1", by=_Actor(), at=NOW, ground="OVERSEAS", channel="GROUP")


def _plain(number: int) -> None:
    """Write the same row through the same layer, with nothing computed."""
    with transaction.atomic():
        Event.objects.create(**PLAIN)


def _sealed(scale: int) -> Iterator[bytes]:
    """Fill the ledger, seal it, and yield the texts that were hashed."""
    entries = (
        ledger.Entry(
            "case.opened",
            f"case:{number}",
            str(uuid.UUID(int=number)),
            {
                "ground": "CLOSE_CONTACT",
                "channel": "REPORTED",
                "facts": hashlib.sha256(b"%d" % number).hexdigest()[:32],
            },
        )
        for number in range(scale)
    )
    while chunk := list(islice(entries, CHUNK)):
        ledger.record_all(chunk, by=_Actor(), at=NOW)
    sealing.seal(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    for event in Event.objects.order_by("pk").iterator():
        yield b"\0" + ledger.leaf_text(event).encode()
