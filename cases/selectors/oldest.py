"""Which kinds of things wait at all, and since when: a page asks for no list that nothing can be on.

Each of those lists joins eight tables and more, and PostgreSQL takes longer to plan it than to find nothing.
"""

from datetime import datetime
from typing import Any

from django.db.models import CharField, Min, Model, Q, QuerySet, Value

from cases.models.reading import is_reading, remembered
from healthcode.core.statements.compiled import Compiled

KINDS: dict[
    str, tuple[type[Model], Q, str]
] = {}  # of each list: its model, which rows can wait at all, since when


def _of_all_kinds() -> QuerySet[Any, Any]:
    first, *others = (_of(key, *kind) for key, kind in KINDS.items())
    return first.union(*others, all=True)


def _of(key: str, model: type[Model], where: Q, since: str) -> QuerySet[Any, Any]:
    waiting = model._default_manager.filter(where).order_by()
    return (
        waiting.values(list_key=Value(key, CharField()))
        .annotate(oldest=Min(since))
        .values_list("list_key", "oldest")
    )


WAITING: Compiled[Model] = Compiled(_of_all_kinds)


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
