"""Reconciliation: every row that decides something, compared with the ledger, in time that grows with their number."""

from collections.abc import Iterator

from django.db import transaction

from cases.models import Person, RiskArea
from cases.services import areas
from healthcode.core.audit import takeover
from healthcode.core.audit.commitments import deciding
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.portal import reconciling
from tools.cells.mass import NOW, area_of, everybody, set_up
from tools.timing import Cell, in_turn

TIMES = 4
SLACK = 1.3


def linear(scale: int) -> Iterator[Cell]:
    """Reconcile mass openings with their orders, then so many of them that there is four times as much to compare."""
    users, few = set_up(), scale // 40
    with transaction.atomic():
        _opened(users, few, first=scale)
        (small,), rows = in_turn(_reconcile), _size()
        _opened(users, few * (TIMES - 1), first=scale + few)
        (large,), grown = in_turn(_reconcile), _size() / rows
        transaction.set_rollback(True)
    goal = round(grown * SLACK, 1)
    yield Cell(
        "reconcile",
        f"{grown:.1f}_times_{rows}",
        few * TIMES,
        large,
        f"{rows}_rows",
        small,
        goal,
        at_most=True,
    )


def _opened(users: dict[str, User], number: int, *, first: int) -> None:
    """Let people have been where a severe area is listed: a case, an order and a conversion for each."""
    everybody(number, users["telecom"], first=first, clean=False, reached=1)
    takeover.take_over(Person, by=users["duty.city"], at=NOW)
    area = area_of(users, severe=True, name=f"bench {first}")
    takeover.take_over(RiskArea, by=users["duty.city"], at=NOW)
    areas.match(area, by=users["duty.xinchang"], at=NOW)


def _reconcile() -> None:
    for finding in reconciling.findings():
        raise AssertionError(str(finding))


def _size() -> int:
    """Count what is compared: events, and rows that decide something."""
    return sum(model._default_manager.count() for model in (Event, *deciding()))
