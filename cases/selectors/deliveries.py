"""How far a delivery has come, and what it turned or would turn: how many codes, where, from what to what."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db.models import Count

from cases.models import Batch, RuleBook, Transition
from cases.policy.colours import Colour
from cases.policy.words import Bilingual
from healthcode.core.offices.models import Division


@dataclass(frozen=True)
class Turned:
    """So many people of a division, turned from one colour to another on a ground."""

    division: str
    ground: Bilingual | None
    before: Colour
    after: Colour
    people: int


@dataclass(frozen=True)
class DeliveryProgress:
    """How many rows a worker has done of all; the minutes it still needs at this pace, None before there is one."""

    done: int
    rows: int
    minutes_left: int | None


def progress(batch: Batch, *, at: datetime) -> DeliveryProgress | None:
    """Return how far the check or the applying has come; None where no worker has anything to do."""
    if batch.state not in (Batch.State.RECEIVED, Batch.State.APPLYING):
        return None
    applying = batch.state == Batch.State.APPLYING
    done = batch.applied if applying else batch.checked
    began = (batch.confirmed_at if applying else None) or batch.delivered_at
    left = None
    if 0 < done <= batch.row_count:
        left = ceil((at - began).total_seconds() * (batch.row_count - done) / done / 60)
    return DeliveryProgress(done, batch.row_count, left)


def turned(batch: Batch) -> list[Turned]:
    """Return what a delivery turned; before it is confirmed, what its rehearsal did."""
    counts: list[dict[str, Any]]
    counts = batch.preview.get("turned", []) if batch.state in ("RECEIVED", "CHECKED") else _done(batch)
    names = {division.code: str(division) for division in _divisions({one["division"] for one in counts})}
    book = RuleBook.objects.exclude(adopted_at=None).order_by("-adopted_at").first()
    grounds = book.policy.grounds if book else {}
    return [
        Turned(
            names.get(one["division"], one["division"]),
            grounds[one["ground"]].words if one["ground"] in grounds else None,
            Colour(one["from"]),
            Colour(one["to"]),
            one["people"],
        )
        for one in counts
    ]


def _done(batch: Batch) -> list[dict[str, Any]]:
    rows = (
        Transition.objects.filter(case__batch=batch)
        .values("person__present", "case__ground", "from_colour", "to_colour")
        .annotate(people=Count("pk"))
        .order_by("person__present", "case__ground")
    )
    return [
        {
            "division": row["person__present"],
            "ground": row["case__ground"],
            "from": row["from_colour"],
            "to": row["to_colour"],
            "people": row["people"],
        }
        for row in rows
    ]


def _divisions(codes: set[str]) -> list[Division]:
    return list(Division.objects.filter(code__in=codes))
