"""Jurisdiction: a prefix of the division code, cut by level (2, 4, 6, 9, 12 digits), never by stripping zeros."""

from django.db.models import Q

LEVELS = {2: "province", 4: "city", 6: "county", 9: "township", 12: "village"}


def covers(prefix: str, code: str) -> bool:
    """Tell whether a division lies in a jurisdiction; an empty jurisdiction covers nothing."""
    return bool(prefix) and code.startswith(prefix)


def within(prefix: str, field: str) -> Q:
    """Return the filter for rows whose division lies in a jurisdiction; empty means none, never all.

    A range instead of LIKE: it uses the plain index of both databases.
    """
    if len(prefix) not in LEVELS:
        return Q(pk__in=())
    end = str(int(prefix) + 1).zfill(len(prefix))
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": end})


def shared_level(one: str, other: str) -> int:
    """Return how many digits two divisions share, in whole levels: the more, the nearer they are."""
    shared = [length for length in LEVELS if one[:length] == other[:length] and length <= len(one)]
    return max((length for length in shared if length <= len(other)), default=0)
