"""Sealing rows by the batch: one event for thousands of them, with their bounds, their number and their Merkle root.

A batch holds the rows of one day whose place lies in a window, in the order of (place, key). On PostgreSQL the place is
the writing transaction and a window ends at the oldest still running, so that a late commit falls into a later one; on
SQLite it is the key. Another cluster numbers transactions anew: its batches hold the keys `above` all before.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from healthcode.core.audit import batched, ledger, watermarks
from healthcode.core.audit.batched import Batched
from healthcode.core.audit.ledger import Actor, instant, microseconds
from healthcode.core.audit.merkle import Frontier
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import target_of

SEALED, DROPPED = "rows.sealed", "rows.dropped"
EARLIEST, ENDLESS = 0, 2**63 - 1
STREAM = 5000  # rows read at once
ASIDE = 3_600_000_000  # a row may be dated so much after its batch


@dataclass(frozen=True)
class Window:
    """A stretch of places, half-open, in the numbering of one cluster; only keys above the ones before it count."""

    system: str
    begins: int
    ends: int
    above: int


Bounds = tuple[Window, int | None]  # and the last key, where another cluster counted on from there


@dataclass(frozen=True)
class RowBatch:
    """What an event says of a batch."""

    serial: int  # of the batches of a table
    day: str
    window: Window
    count: int
    first: int  # the least key
    last: int
    root: str
    event: int = 0
    at_us: int = 0

    @classmethod
    def of(cls, event: Event) -> "RowBatch":
        """Read an event."""
        values = json.loads(event.body)
        window = Window(*(values[name] for name in ("system", "begins", "ends", "above")))
        count, first, last, root = (values[name] for name in ("count", "first", "last", "root"))
        return cls(values["serial"], values["day"], window, count, first, last, root, event.pk, event.at_us)


def events_of(model: type[Any], action: str = SEALED) -> QuerySet[Event]:
    """Return the events about the batches of a table."""
    return Event.objects.filter(action=action, target=target_of(model))


def seal(*, by: Actor, at: datetime) -> int:
    """Seal what was written since, table by table; return how many rows that were."""
    return sum(_seal(model, by=by, at=at) for model in batched.models_of())


@transaction.atomic
def _seal(model: type[Any], *, by: Actor, at: datetime) -> int:
    with connection.cursor() as cursor:
        watermarks.lock(connection, cursor)
        last = latest(model)
        system = watermarks.system(connection, cursor)
        until = watermarks.behind(connection, cursor, model._meta.db_table)
    serial, total = last.serial if last else 0, 0
    if last is not None:
        at = max(at, instant(last.at_us + 1))
    for window, upto in _windows(model, last, system, until):
        for batch in _batches(model, window, serial, upto=upto):
            values = asdict(batch)
            values |= values.pop("window")
            body = {name: value for name, value in values.items() if name not in ("event", "at_us")}
            ledger.record(SEALED, about=model, by=by, at=at, **body)
            serial, total = batch.serial, total + batch.count
    return total


def dropped(model: type[Any], day: date, count: int, *, by: Actor, at: datetime) -> None:
    """Record that the rows of a day went as a whole, and with them its batches up to the last one there is."""
    last = latest(model)
    ledger.record(
        DROPPED, about=model, by=by, at=at, day=day, count=count, batches=last.serial if last else 0
    )


def latest(model: type[Any]) -> RowBatch | None:
    """Return the last batch of a table."""
    event = events_of(model).order_by("-at_us", "-pk").first()
    return RowBatch.of(event) if event else None


def rows_sealed() -> int:
    """Return at most how many rows stand in batches: by their keys, for nobody counts a table of a billion rows."""
    total = 0
    for model in batched.models_of():
        last, first = latest(model), model._base_manager.order_by("pk").values_list("pk", flat=True).first()
        total += max(last.last - first + 1, 0) if last and first is not None else 0
    return total


def _windows(model: type[Any], last: RowBatch | None, system: str, until: int) -> Iterator[Bounds]:
    """Yield what to seal: one window, and after a move to another cluster what the old one left as well."""
    if last is None:
        yield Window(system, EARLIEST, until, EARLIEST), None
        return
    before = last.window
    if system == before.system and until >= before.ends:
        yield Window(system, before.ends, until, before.above), None
        return
    known = max(
        json.loads(body)["last"] for body in events_of(model).values_list("body", flat=True).iterator()
    )
    # A cluster that has counted less far wrote nothing from there on; one that has may have: keys tell them apart.
    upto = None if until < before.ends else known
    left = Window(before.system, before.ends, ENDLESS, before.above)
    ends = rows_in(model, left, upto=upto).aggregate(highest=Max("place"), key=Max("pk"))
    if ends["highest"] is not None:
        yield replace(left, ends=ends["highest"] + 1), upto
    yield Window(system, EARLIEST, until, max(known, ends["key"] or 0)), None


def _batches(model: type[Any], window: Window, serial: int, *, upto: int | None) -> Iterator[RowBatch]:
    """Put the rows of a window together, day by day."""
    trees: dict[str, Frontier] = {}
    keys: dict[str, tuple[int, int]] = {}
    for key, day, _kept, leaf in leaves_in(model, window, upto=upto, trusting=True):
        trees.setdefault(day, Frontier()).append(leaf)
        low, high = keys.get(day, (key, key))
        keys[day] = min(low, key), max(high, key)
    for day, tree in sorted(trees.items()):
        serial += 1
        yield RowBatch(serial, day, window, tree.size, *keys[day], tree.root().hex())


def rows_in(model: type[Any], window: Window, *, upto: int | None = None) -> QuerySet[Any]:
    """Return the rows of a window in their order; `upto` is the last key that its cluster wrote."""
    place = RawSQL(watermarks.place(connection, model._meta.db_table), ())  # noqa: S611 - a name of ours
    rows = model._base_manager.annotate(place=place).order_by("place", "pk")
    rows = rows.filter(place__gte=window.begins, place__lt=window.ends, pk__gt=window.above)
    return rows if upto is None else rows.filter(pk__lte=upto)


def leaves_in(
    model: type[Any], window: Window, *, upto: int | None = None, trusting: bool = False
) -> Iterator[tuple[int, str, bool, bytes]]:
    """Yield of each row its key, its day, whether it keeps what it says, and its leaf.

    `trusting` takes the hash that the row was written with: whoever verifies computes it.
    """
    columns, words = batched.columns_of(model), model.batch_words
    names = ("pk", "at", "hash", "salt", words, *columns)
    for row in rows_in(model, window, upto=upto).values_list(*names).iterator(chunk_size=STREAM):
        key, at, kept, salt, text, *values = row
        day = day_of(at)
        if trusting and kept is not None:
            yield key, day, True, bytes(kept)
            continue
        leaf = batched.hash_of(batched.named(model, values))
        commitment = values[-1]
        fits = kept is None or bytes(kept) == leaf
        # A row from before has no commitment; of an erased one the words are gone.
        fits &= not text or (kept is None and not commitment) or ledger.commitment(salt, text) == commitment
        yield key, day, fits, leaf


def day_of(at: datetime) -> str:
    """Return the day of a row, in Shanghai."""
    return timezone.localtime(at).date().isoformat()


def covering(row: Batched) -> RowBatch | None:
    """Return the batch that a row is in; None before it is sealed."""
    model, day = type(row), day_of(row.at)
    events = events_of(model).filter(at_us__gte=microseconds(row.at) - ASIDE)
    for event in events.order_by("at_us", "pk").iterator(chunk_size=200):
        batch = RowBatch.of(event)
        near = batch.day == day and batch.first <= row.pk <= batch.last
        if near and rows_in(model, batch.window, upto=batch.last).filter(pk=row.pk).exists():
            return batch
    return None


def oldest_unsealed(model: type[Any]) -> datetime | None:
    """Return since when the oldest row waits for its batch."""
    last = latest(model)
    window = Window("", last.window.ends, ENDLESS, last.window.above) if last else Window("", 0, ENDLESS, 0)
    at: datetime | None = rows_in(model, window).values_list("at", flat=True).first()
    return at
