"""Sealing: every event gets its leaf, and the tree's root is signed. One function, for the timer and by hand."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from healthcode.core.audit import checkpoints, watermarks
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.merkle import Frontier
from healthcode.core.audit.models import Seal

STREAM = 20_000

PLACE = """
INSERT INTO audit_leaf ("index", event, hash)
SELECT {size} - 1 + row_number() OVER (ORDER BY event.id), event.id, event.leaf
  FROM audit_event AS event
 WHERE {window} AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.event = event.id)
"""
PLACED = 'SELECT hash FROM audit_leaf WHERE "index" >= %s ORDER BY "index"'


class BrokenChain(Exception):
    """The last seal does not verify: nothing is sealed on top of it until somebody has looked (`verify_audit`)."""


@transaction.atomic
def seal(*, at: datetime) -> Seal | None:
    """Give every committed event without a leaf its place, and sign the tree; None when there was nothing new."""
    with connection.cursor() as cursor:
        watermarks.lock(connection, cursor)
        last = Seal.objects.order_by("-size").first()
        tree = _grown(last)
        since, until = last.watermark if last else 0, watermarks.mark(connection, cursor)
        window = watermarks.window(connection, since=since, until=until)
        cursor.execute(PLACE.format(size=tree.size, window=window))
        if not cursor.rowcount:
            return None
        _grow(tree, cursor)
    signed = _next(last, tree, at_us=max(microseconds(at), last.at_us + 1 if last else 0)).signed()
    return Seal.objects.create(
        size=signed.size,
        root=signed.root,
        previous=signed.previous,
        at_us=signed.at_us,
        origin=signed.origin,
        key_id=signed.key_id,
        signature=signed.signature,
        frontier=tree.text(),
        watermark=until,
    )


def latest() -> Checkpoint | None:
    """Return what the last seal says."""
    last = Seal.objects.order_by("-size").first()
    return checkpoint_of(last) if last else None


def checkpoint_of(seal: Seal) -> Checkpoint:
    """Return what a seal says, as a checkpoint."""
    return Checkpoint(
        seal.origin, seal.size, seal.root, seal.previous, seal.at_us, seal.key_id, seal.signature
    )


def _grown(last: Seal | None) -> Frontier:
    """Return the tree of the last seal. Raises BrokenChain when the seal is not what was signed."""
    if last is None:
        return Frontier()
    try:
        tree = Frontier.of(last.size, last.frontier)
    except ValueError as error:
        raise BrokenChain(f"The peaks of {last} are damaged.") from error
    if tree.root().hex() != last.root or not checkpoint_of(last).is_signed:
        raise BrokenChain(f"{last} is not what was signed.")
    return tree


def _grow(tree: Frontier, cursor: Any) -> None:
    cursor.execute(PLACED, [tree.size])
    while rows := cursor.fetchmany(STREAM):
        tree.extend([bytes.fromhex(leaf) for (leaf,) in rows])


def _next(last: Seal | None, tree: Frontier, *, at_us: int) -> Checkpoint:
    previous = checkpoint_of(last).digest if last else checkpoints.FIRST
    return Checkpoint(settings.SEAL_ORIGIN, tree.size, tree.root().hex(), previous, at_us)
