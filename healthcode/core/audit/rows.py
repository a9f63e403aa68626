"""Reading the sealed ledger back, hashed anew: a stretch at a time, or leaf by leaf where something is wrong.

The database puts the texts together that are hashed: fetching row by row would take ten times longer than hashing.
The two engines' ways stand side by side. Where they cannot give what `ledger.leaf_hash` gives (a quotation mark in a
username) or a leaf does not fit, the stretch is `doubtful`: it is read leaf by leaf, and `leaf_hash` decides.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from healthcode.core.audit.ledger import leaf_hash
from healthcode.core.audit.models import Event, Leaf

STRETCH = {"postgresql": 16_384, "sqlite": 1_024}  # what each is fastest with
LANES = 3  # connections that hash at once

PIECES = ("actor", "office", "role", "action", "target", "person")
FROM = """FROM audit_leaf AS leaf LEFT JOIN audit_event AS event ON event.id = leaf.event{near}
 WHERE leaf."index" >= %(start)s AND leaf."index" < %(end)s"""
NEAR = " AND event.id BETWEEN %(lowest)s AND %(highest)s"  # so that PostgreSQL joins two short stretches
# PostgreSQL hashes too, and answers with one row: every hash and instant, once it has compared them.
TEXT = (
    r"""format('{"body":"%%s","event":[%%s,"%%s","%%s","%%s","%%s","%%s","%%s"]}',"""
    r""" replace(replace(event.body, '\', '\\'), '"', '\"'), event.at_us, """
    + ", ".join(f"event.{piece}" for piece in PIECES)
    + ")"
)
# Without a quotation mark among them, no two rows have one text.
PLAIN = rf"""position('"' in {" || ".join(f"event.{piece}" for piece in PIECES)}) = 0"""
HASHED = rf"""
SELECT count(*), bool_and(same), string_agg(hash || at_us, ' ')
  FROM (SELECT leaf.hash, event.at_us, leaf.hash = event.leaf AND {PLAIN}
               AND encode(sha256('\x00'::bytea || textsend({TEXT})), 'hex') = leaf.hash AS same
          {FROM.format(near=NEAR)} ORDER BY leaf."index") AS stretch
"""  # noqa: S608 - put together from what stands here
# SQLite cannot hash: it returns the texts, line by line, and none for a leaf that is not its event's.
TEXTS = f"""
SELECT group_concat(hash, ''), group_concat(at_us, ' '), CAST(group_concat(text, char(10)) AS BLOB)
  FROM (SELECT leaf.hash, event.at_us, CASE WHEN leaf.hash = event.leaf THEN
               char(0) || '{{"body":' || json_quote(event.body) || ',"event":'
               || json_array(event.at_us, {", ".join(f"event.{piece}" for piece in PIECES)}) || '}}' END AS text
          {FROM.format(near="")} ORDER BY leaf."index") AS stretch
"""  # noqa: S608 - put together from what stands here
# + 0: else PostgreSQL may walk the index of events from its end to the first leaf of this stretch.
BOUNDS = 'SELECT min(event + 0), max(event + 0) FROM audit_leaf WHERE "index" >= %s AND "index" < %s'
LAST = 'SELECT coalesce(max("index"), -1) FROM audit_leaf'
HASHES = 'SELECT hash FROM audit_leaf WHERE "index" >= %s AND "index" < %s ORDER BY "index"'
HEX = 64
Read = tuple[int, int, list[tuple[Any, ...]]]  # from where to where, and the rows


@dataclass(frozen=True)
class Stretch:
    """Leaves in a row: their hashes and instants, or `doubtful` when one of them is not what it should be."""

    start: int
    end: int
    leaves: list[bytes]
    instants: list[int]
    doubtful: bool = False


@dataclass(frozen=True)
class InspectedLeaf:
    """One index of the tree, read by itself: its leaf and event, if there, and three hashes that should agree."""

    index: int
    event: int | None
    kept: str  # the hash that the leaf keeps; empty without a leaf
    at_us: int
    own: str  # the hash that the event keeps
    live: str  # the hash of what the event says now


def stretches() -> Iterator[Stretch]:
    """Yield the leaves in order from the first."""
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        count = cursor.fetchone()[0] + 1
        length = STRETCH[connection.vendor]
        ranges = ((start, min(start + length, count)) for start in range(0, count, length))
        read = _ahead if connection.vendor == "postgresql" else _here
        for start, end, found in read(cursor, ranges):
            yield _stretch(start, end, found)


def inspect(start: int, end: int) -> Iterator[InspectedLeaf]:
    """Yield every index of a stretch, one by one."""
    leaves = {leaf.index: leaf for leaf in Leaf.objects.filter(index__gte=start, index__lt=end)}
    events = Event.objects.in_bulk([leaf.event for leaf in leaves.values()])
    for index in range(start, end):
        leaf = leaves.get(index)
        event = events.get(leaf.event) if leaf else None
        yield InspectedLeaf(
            index,
            leaf.event if leaf else None,
            leaf.hash if leaf else "",
            event.at_us if event else 0,
            event.leaf if event else "",
            leaf_hash(event) if event else "",
        )


def hashes(start: int, end: int) -> list[bytes]:
    """Return the leaf hashes from one index up to another."""
    with connection.cursor() as cursor:
        cursor.execute(HASHES, [start, end])
        return [bytes.fromhex(kept) for (kept,) in cursor.fetchall()]


def _here(cursor: Any, ranges: Iterator[tuple[int, int]]) -> Iterator[Read]:
    """Read stretch by stretch: SQLite works in this process, so a thread would only slow it down."""
    for start, end in ranges:
        yield _read(cursor, start, end)


def _ahead(_cursor: Any, ranges: Iterator[tuple[int, int]]) -> Iterator[Read]:
    """Let the server hash the next stretches while the last is being worked on.

    What is sealed does not change: beside this connection others read it as well, unless a transaction is open here.
    """
    here = connections[connection.alias]  # itself: `connection` is another one in each thread
    lanes = [here] if here.in_atomic_block else [here.copy() for _ in range(LANES)]
    try:
        with ThreadPoolExecutor(len(lanes)) as pool:
            for lane in lanes:
                lane.inc_thread_sharing()
            coming = deque((lane, _next(pool, lane, ranges)) for lane in lanes)
            while coming:
                lane, future = coming.popleft()
                if future is not None:
                    read = future.result()
                    coming.append((lane, _next(pool, lane, ranges)))
                    yield read
    finally:
        for lane in lanes:
            lane.dec_thread_sharing()
            if lane is not here:
                lane.close()


def _next(
    pool: ThreadPoolExecutor, lane: BaseDatabaseWrapper, ranges: Iterator[tuple[int, int]]
) -> "Future[Read] | None":
    coming = next(ranges, None)
    return None if coming is None else pool.submit(_read_on, lane, *coming)


def _read_on(lane: BaseDatabaseWrapper, start: int, end: int) -> Read:
    with lane.cursor() as cursor:
        return _read(cursor, start, end)


def _read(cursor: Any, start: int, end: int) -> Read:
    bounds = {"start": start, "end": end}
    if connection.vendor == "postgresql":
        cursor.execute(BOUNDS, [start, end])
        bounds["lowest"], bounds["highest"] = cursor.fetchone()
    cursor.execute(HASHED if connection.vendor == "postgresql" else TEXTS, bounds)
    return start, end, cursor.fetchall()


def _stretch(start: int, end: int, rows: list[tuple[Any, ...]]) -> Stretch:
    """Make a stretch of what was read; doubtful, if a single leaf is."""
    read = _compared(rows) if connection.vendor == "postgresql" else _hashed(rows)
    if read is None or len(read[0]) != end - start:
        return Stretch(start, end, [], [], doubtful=True)
    return Stretch(start, end, *read)


def _compared(rows: list[tuple[Any, ...]]) -> tuple[list[bytes], list[int]] | None:
    ((count, same, text),) = rows
    words = text.split(" ") if text else []
    if not same or len(words) != count:
        return None
    return [bytes.fromhex(word[:HEX]) for word in words], [int(word[HEX:]) for word in words]


def _hashed(rows: list[tuple[Any, ...]]) -> tuple[list[bytes], list[int]] | None:
    ((kept, instants, texts),) = rows
    if not texts:
        return None
    leaves = [hashlib.sha256(text).digest() for text in texts.split(b"\n")]
    return (leaves, [int(at) for at in instants.split()]) if b"".join(leaves).hex() == kept else None
