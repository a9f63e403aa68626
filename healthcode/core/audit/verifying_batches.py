"""Verifying what was sealed in batches: each row is hashed anew, each batch compared with its event.

Every row below the last window has to be in a batch that its event describes, and every batch has to be there, but for
those of a day that an event of retention names.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain, groupby, pairwise
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import batch_sums, batched
from healthcode.core.audit.batches import (
    DROPPED,
    ENDLESS,
    RowBatch,
    Window,
    day_of,
    events_of,
    leaves_in,
    rows_in,
)
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.merkle import Frontier

ROW_CHANGED = FindingKind("row_changed", _("%(thing)s %(key)s is not what was written."))
BATCH_DIFFERS = FindingKind(
    "batch_differs",
    _(
        "Batch %(serial)s of %(table)s (event %(event)s) was sealed with %(count)s rows between %(first)s and %(last)s;"
        " what stands there, %(found)s rows, is not them."
    ),
)
ROWS_SLIPPED_IN = FindingKind(
    "rows_slipped_in", _("%(count)s rows of %(table)s stand where sealing had passed, in no batch: %(rows)s.")
)
BATCH_ASTRAY = FindingKind(
    "batch_astray", _("Batch %(serial)s of %(table)s does not follow the one before it.")
)
DROPPED_EARLY = FindingKind(
    "dropped_early", _("The %(table)s of %(day)s were dropped before their time (event %(event)s).")
)
NAMED = 20  # rows that a finding names


@dataclass
class _Found:
    """What stands of one day in a window."""

    tree: Frontier = field(default_factory=Frontier)
    keys: list[int] = field(default_factory=list)  # the first of them
    is_named: bool = False  # a row that does not keep what it says was named already


@dataclass(frozen=True)
class _Drop:
    """A day whose rows went, as an event says it: with its batches up to a number."""

    day: str
    batches: int
    event: int
    at_us: int

    def is_early(self, kept_days: int) -> bool:
        """Tell whether a row of that day had not stood as long as rows stand."""
        last = date.fromisoformat(self.day) + timedelta(days=kept_days)
        return date.fromisoformat(day_of(instant(self.at_us))) < last


def findings() -> Iterator[Finding]:
    """Yield what does not fit, table by table."""
    for model in batched.models_of():
        yield from _Verified(model).findings()


class _Verified:
    """One pass over the batches of a table."""

    def __init__(self, model: type[Any]) -> None:
        self._model, self._table = model, model._meta.verbose_name_plural
        batches = [RowBatch.of(event) for event in events_of(model).order_by("pk")]
        self._windows = [
            (window, list(them)) for window, them in groupby(batches, key=lambda one: one.window)
        ]
        self._drops = self._dropped()
        self._rows = 0  # of all windows that stand

    def findings(self) -> Iterator[Finding]:
        for drop in chain.from_iterable(self._drops.values()):
            if drop.is_early(self._model.batch_kept_days):
                yield Finding(DROPPED_EARLY, {"table": self._table, "day": drop.day, "event": drop.event})
        yield from self._apart()
        live = [one for one in self._windows if not all(_is_dropped(batch, self._drops) for batch in one[1])]
        for window, batches in live:
            upto = self._upto(window)
            if batch_sums.fit(self._model, window, batches, upto=upto):
                self._rows += sum(batch.count for batch in batches)
            else:
                yield from self._compare(window, batches, upto)
        if self._windows:
            yield from self._slipped_in(self._windows[-1][0], _joined([window for window, _batches in live]))

    def _apart(self) -> Iterator[Finding]:
        """Find windows that do not begin where the one before ended."""
        for (before, _one), (window, batches) in pairwise(self._windows):
            if window.above == before.above and window.begins != before.ends:
                yield Finding(BATCH_ASTRAY, {"serial": batches[0].serial, "table": self._table})

    def _upto(self, window: Window) -> int | None:
        """Return the last key of the cluster that a window is of; None where it is the one of today."""
        later = {one.above for one, _batches in self._windows if one.above > window.above}
        return min(later, default=None)

    def _compare(self, window: Window, batches: list[RowBatch], upto: int | None) -> Iterator[Finding]:
        days: dict[str, _Found] = {}
        for key, day, fits, leaf in leaves_in(self._model, window, upto=upto):
            found = days.setdefault(day, _Found())
            found.tree.append(leaf)
            if len(found.keys) < NAMED:
                found.keys.append(key)
            if not fits:
                found.is_named = True
                yield Finding(ROW_CHANGED, {"thing": self._model._meta.verbose_name, "key": key})
        for batch in batches:
            found = days.pop(batch.day, _Found())
            self._rows += found.tree.size
            same = (found.tree.size, found.tree.root().hex()) == (batch.count, batch.root)
            named = found.is_named and found.tree.size == batch.count
            if not same and not named and (found.tree.size or not _is_dropped(batch, self._dropped())):
                yield Finding(BATCH_DIFFERS, self._values(batch, found))
        for found in days.values():  # of a day of which nothing was sealed here
            self._rows += found.tree.size
            yield self._inserted(found.tree.size, found.keys)

    def _values(self, batch: RowBatch, found: _Found) -> dict[str, object]:
        values = {name: getattr(batch, name) for name in ("serial", "event", "count", "first", "last")}
        return {**values, "table": self._table, "found": found.tree.size}

    def _dropped(self) -> dict[str, list[_Drop]]:
        drops: dict[str, list[_Drop]] = {}
        for event in events_of(self._model, DROPPED).order_by("pk"):
            values = json.loads(event.body)
            drop = _Drop(values["day"], values["batches"], event.pk, event.at_us)
            drops.setdefault(drop.day, []).append(drop)
        return drops

    def _slipped_in(self, last: Window, live: list[Window]) -> Iterator[Finding]:
        """Find rows that stand below the last window, and in none."""
        everything = Window("", -ENDLESS, ENDLESS, -ENDLESS)
        behind = rows_in(self._model, everything).exclude(place__gte=last.ends, pk__gt=last.above)
        count = behind.count()
        if count == self._rows:
            return
        taken = Q(pk__in=())
        for window in live:
            within = Q(place__gte=window.begins, place__lt=window.ends, pk__gt=window.above)
            upto = self._upto(window)
            taken |= within if upto is None else within & Q(pk__lte=upto)
        strangers = behind.exclude(taken).order_by("pk").values_list("pk", flat=True)
        yield self._inserted(count - self._rows, list(strangers[:NAMED]))

    def _inserted(self, count: int, keys: list[int]) -> Finding:
        return Finding(ROWS_SLIPPED_IN, {"table": self._table, "count": count, "rows": keys})


def _is_dropped(batch: RowBatch, drops: Mapping[str, list[_Drop]]) -> bool:
    of_day = drops.get(batch.day, ())
    return any(batch.serial <= one.batches and batch.event < one.event for one in of_day)


def _joined(windows: list[Window]) -> list[Window]:
    """Put windows that follow one another together."""
    found: list[Window] = []
    for window in windows:
        if found and (found[-1].ends, found[-1].above) == (window.begins, window.above):
            found[-1] = replace(found[-1], ends=window.ends)
        else:
            found.append(window)
    return found
