"""The first rows of a list, and how many it has."""

from typing import Any

from django.db.models import QuerySet

from cases.models.reading import is_reading

# Lists of whom an area has hundreds, whose order no index has: each statement sorts all of them to give the first.
SORTED_WHOLE = frozenset({"untested", "not_moved", "due_today"})


def first_rows(key: str, found: QuerySet[Any, Any], limit: int, most: int) -> tuple[list[Any], int]:
    """Return the first rows of an ordered list, and how many there are, counted to one beyond `most`."""
    if key in SORTED_WHOLE and is_reading():
        keys = list(found.values_list("pk", flat=True)[: max(limit, most) + 1])
        return (list(found.filter(pk__in=keys[:limit])) if keys else []), len(keys)
    # Nearly every list is empty or short: one row beyond the limit tells so, and no second query counts it.
    rows = list(found[: limit + 1])
    total = len(rows) if len(rows) <= limit else max(limit + 1, found[: most + 1].count())
    return rows[:limit], total
