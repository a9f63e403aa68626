"""Gathers by area what pages ask of everybody, so that none of them goes through the city (ADR 395).

No fact is written: what is gathered says where to look, and how many there were a minute ago.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from cases.models import (
    AreaFigure,
    AreaGathering,
    AreaKind,
    AreaRow,
    Case,
    ControlOrder,
    LabResult,
    Person,
    RuleBook,
)
from cases.selectors import control, figures, samples
from healthcode.core.offices.models import User

EVERY, CONVERSIONS_EVERY = timedelta(seconds=50), timedelta(minutes=10)
AT_ONCE = 1000
# So many of the newest rows are looked at whether they were gathered or not: one that was being written at that moment
# is committed later.
AGAIN = 100
AREA = Coalesce("person__merged_into__present", "person__present")
FIELDS = ("area", "day", "colour")
OF_CASES = (AreaKind.OPEN_CASE, AreaKind.TESTED_CASE)
OF_ORDERS = (AreaKind.STANDING_ORDER, AreaKind.NOT_MOVED, AreaKind.WITHOUT_OFFICER)
Sets = tuple[QuerySet[Any], ...]
ROWS: dict[AreaKind, Callable[[datetime], Sets]] = {
    AreaKind.OPEN_CASE: lambda at: (Case.objects.open(),),
    AreaKind.TESTED_CASE: samples.tested_since,
    AreaKind.STANDING_ORDER: lambda at: (ControlOrder.objects.standing(),),
    AreaKind.NOT_MOVED: lambda at: (control.undriven(ControlOrder.objects.standing(), at),),
    AreaKind.WITHOUT_OFFICER: lambda at: (control.of_nobody(ControlOrder.objects.standing(), at),),
}


def gather(*, by: User, at: datetime) -> int:
    """Bring up to date what was not within the last minute; return how many rows and figures were written."""
    book = RuleBook.objects.adopted_last(until=at)
    if book is None:
        return 0
    before = dict(AreaGathering.objects.values_list("kind", "at"))

    def due(kind: AreaKind, every: timedelta = EVERY) -> bool:
        return kind not in before or not before[kind] <= at < before[kind] + every

    written = sum(_gather_rows(kind, sets, at) for kind, sets in ROWS.items() if due(kind))
    if due(AreaKind.COLOURS):
        found = figures.coloured(book.policy)
        rows = {(area, None, colour.value): number for (area, colour), number in found.items()}
        written += _gather_figures(AreaKind.COLOURS, rows)
        _mark(AreaKind.COLOURS, at, newest=book.pk)
    if due(AreaKind.CONVERSIONS, CONVERSIONS_EVERY):
        written += _gather_figures(AreaKind.CONVERSIONS, figures.converted(at))
        _mark(AreaKind.CONVERSIONS, at)
    return written


def follow(*persons: Person) -> None:
    """Note where the open cases and standing orders of these records are now: a move or a merge is seen at once."""
    for rows, kinds in ((Case.objects.open(), OF_CASES), (ControlOrder.objects.standing(), OF_ORDERS)):
        theirs = list(rows.filter(person__in=persons).annotate(area=AREA).values_list("area", "pk"))
        _insert((kind, area, pk) for area, pk in theirs for kind in kinds)


def follow_order(order: ControlOrder) -> None:
    """Note where a standing order lies whose place was chosen: whatever list it joins has it at once."""
    area = (order.person.merged_into or order.person).present_id
    _insert((kind, area, order.pk) for kind in OF_ORDERS)


def _gather_rows(kind: AreaKind, sets: Callable[[datetime], Sets], at: datetime) -> int:
    expected = [one.order_by().annotate(area=AREA) for one in sets(at)]
    newest, newest_result = (
        _newest(expected[0].model),
        _newest(LabResult),
    )  # read before: what comes later is newer
    written = 0
    for one in expected:
        known = AreaRow.objects.filter(kind=kind, area=OuterRef("area"), row=OuterRef("pk"))
        # Not by a cursor: PostgreSQL plans one for its first rows, and goes through everybody for each of them.
        missing = list(one.filter(~Exists(known)).values_list("area", "pk"))
        written += _insert((kind, area, pk) for area, pk in missing)
    gone = AreaRow.objects.filter(kind=kind)
    for one in expected:
        of_row = OuterRef("row")
        gone = gone.filter(~Exists(one.filter(pk=of_row, area=OuterRef("area"))))
    for keys in _in_parts(list(gone.values_list("pk", flat=True))):
        written += AreaRow.objects.filter(pk__in=keys).delete()[0]
    _mark(kind, at, newest=max(0, newest - AGAIN), newest_result=max(0, newest_result - AGAIN))
    return written


def _newest(model: Any) -> int:
    newest: int | None = model._default_manager.aggregate(newest=Max("pk", output_field=BigIntegerField()))[
        "newest"
    ]
    return newest or 0


def _insert(rows: Iterable[tuple[AreaKind, str, int]]) -> int:
    written = 0
    for part in _in_parts(rows):
        made = [AreaRow(kind=kind, area=area, row=row) for kind, area, row in part]
        AreaRow.objects.bulk_create(made, ignore_conflicts=True)
        written += len(made)
    return written


def _in_parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    ahead = iter(rows)
    while part := list(islice(ahead, AT_ONCE)):
        yield part


def _gather_figures(kind: AreaKind, found: dict[Any, int]) -> int:
    """Write the figures that changed; each is of an area, a day or none, and a colour."""
    known = {
        tuple(values): (pk, number)
        for pk, number, *values in AreaFigure.objects.filter(kind=kind).values_list("pk", "number", *FIELDS)
    }
    changed = [
        AreaFigure(pk=known[key][0], number=number)
        for key, number in found.items()
        if key in known and known[key][1] != number
    ]
    new = [
        AreaFigure(kind=kind, number=number, **dict(zip(FIELDS, key, strict=True)))
        for key, number in found.items()
        if key not in known
    ]
    gone = [pk for key, (pk, _number) in known.items() if key not in found]
    with transaction.atomic():  # a page adds up all of them, or none
        AreaFigure.objects.bulk_update(changed, ["number"], batch_size=AT_ONCE)
        AreaFigure.objects.bulk_create(new, batch_size=AT_ONCE, ignore_conflicts=True)
        for keys in _in_parts(gone):
            AreaFigure.objects.filter(pk__in=keys).delete()
    return len(changed) + len(new) + len(gone)


def _mark(kind: AreaKind, at: datetime, **marks: int) -> None:
    AreaGathering.objects.update_or_create(kind=kind, defaults={"at": at, **marks})
