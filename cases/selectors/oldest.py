"""Which kinds of things wait at all, and since when: a page asks for no list that nothing can be on.

Each of those lists joins eight tables and more, and PostgreSQL takes longer to plan it than to find nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, CharField, Min, Model, Q, QuerySet, Value

from cases.models.reading import is_reading, remembered
from healthcode.core.statements.compiled import Compiled

KINDS: dict[
    str, tuple[type[Model], Q, str]
] = {}  # of each list: its model, which rows can wait at all, since when


def each_named(kinds: Mapping[str, tuple[QuerySet[Any, Any], Aggregate]]) -> QuerySet[Any, Any]:
    """Return each kind that has a row, by its key, with what is asked of its rows' instants: one statement for all."""
    first, *others = (
        rows.order_by()
        .values(list_key=Value(key, CharField()))
        .annotate(instant=instant)
        .values_list("list_key", "instant")
        for key, (rows, instant) in kinds.items()
    )
    return first.union(*others, all=True)


def _waiting() -> QuerySet[Any, Any]:
    return each_named(
        {
            key: (model._default_manager.filter(where), Min(since))
            for key, (model, where, since) in KINDS.items()
        }
    )


WAITING: Compiled[Model] = Compiled(_waiting)


def waiting_since(key: str) -> datetime | None:
    """Return since when the oldest thing of a list waits, whoever's it is; None where nothing does."""
    found: dict[str, datetime] = remembered("oldest waiting", lambda: dict(WAITING.values()))
    return found.get(key)


def may_wait(key: str, until: datetime | None = None) -> bool:
    """Tell whether a list can have something that waits, or waits since `until` and longer.

    True of a list that has no row in `KINDS`, and outside a page: there one question more spares none.
    """
    if not is_reading() or key not in KINDS:
        return True
    since = waiting_since(key)
    return since is not None and (until is None or since <= until)
