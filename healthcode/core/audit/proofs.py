"""Proofs for strangers: that an event is in the ledger, and that the ledger only grew.

A proof is a JSON file that `docs/verify_proof.py` checks with nothing but Python and the public key.
"""

import json
from dataclasses import dataclass
from typing import Any

from healthcode.core.audit import batched, batches, checkpoints, merkle, rows, sealing
from healthcode.core.audit.batched import Batched
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.ledger import hashed_fields
from healthcode.core.audit.models import Event, Leaf, Seal


class NotSealed(Exception):
    """The event has no seal yet: nothing can be proved of it."""


@dataclass(frozen=True)
class SealedPlace:
    """Where an event stands under the seals."""

    index: int
    seal: Seal


def place(event: int) -> SealedPlace | None:
    """Return the index of an event, by its key, and the first seal that covers it; None before it is sealed."""
    index = Leaf.objects.filter(event=event).values_list("index", flat=True).first()
    seal = None if index is None else Seal.objects.filter(size__gt=index).order_by("size").first()
    return SealedPlace(index, seal) if index is not None and seal else None


def inclusion(event: Event) -> dict[str, Any]:
    """Prove that an event stands in the ledger that the last seal signs. Raises NotSealed."""
    leaf = Leaf.objects.filter(event=event.pk).first()
    last = Seal.objects.order_by("-size").first()
    if leaf is None or last is None or leaf.index >= last.size:
        raise NotSealed(f"Event {event.pk} has no seal yet.")
    return {
        "kind": "inclusion",
        "event": list(hashed_fields(event)),
        "body": event.body,
        "index": leaf.index,
        "path": _hex(merkle.inclusion(leaf.index, last.size, rows.hashes)),
        "checkpoint": sealing.checkpoint_of(last).note,
        "key": checkpoints.public_key(),
    }


def of_row(row: Batched) -> dict[str, Any]:
    """Prove that a row is in a batch whose event stands in the ledger. Raises NotSealed."""
    batch = batches.covering(row)
    if batch is None:
        raise NotSealed(f"{row.audit_target} is in no batch yet.")
    found = batches.leaves_in(type(row), batch.window, upto=batch.last)
    keys, leaves = zip(*((key, leaf) for key, day, _fits, leaf in found if day == batch.day), strict=True)
    place = keys.index(row.pk)
    path = merkle.inclusion(place, len(leaves), lambda start, end: leaves[start:end])
    proof = inclusion(Event.objects.get(pk=batch.event))
    return {**proof, "kind": "row", "row": batched.fields_of(row), "place": place, "row_path": _hex(path)}


def consistency(first: Checkpoint) -> dict[str, Any]:
    """Prove that the ledger of the last seal begins with the ledger of an older checkpoint. Raises NotSealed."""
    last = sealing.latest()
    if last is None or last.size < first.size:
        raise NotSealed(f"The ledger has no {first.size} sealed leaves.")
    return {
        "kind": "consistency",
        "first": first.note,
        "path": _hex(merkle.consistency(first.size, last.size, rows.hashes)),
        "checkpoint": last.note,
        "key": checkpoints.public_key(),
    }


def text(proof: dict[str, Any]) -> str:
    """Return a proof as the text of its file."""
    return json.dumps(proof, indent=1, ensure_ascii=True) + "\n"


def _hex(path: list[bytes]) -> list[str]:
    return [one.hex() for one in path]
