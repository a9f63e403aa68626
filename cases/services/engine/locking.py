"""The lock of an act that goes through many people in parts: all at once, before the first part.

Part by part, two such acts would wait for each other wherever one holds a case that the other comes to.
"""

from collections.abc import Iterable
from datetime import datetime

from cases.models import Person, RuleBook
from cases.services.engine import in_force
from cases.services.engine.codes import after
from cases.services.engine.dialects import in_parts
from cases.services.engine.refusals import Grown


def lock_all(roots: Iterable[int], *, at: datetime) -> datetime:
    """Lock surviving records by key, whom an act goes through in parts; return an instant after all their last acts.

    Nothing of them is kept. Must run inside a transaction. Raises Grown where one was merged since it was read.
    """
    in_force.hold()
    for part in in_parts(sorted(roots)):
        locked = Person.objects.select_for_update().filter(pk__in=part).order_by("pk")
        rows = list(locked.values_list("merged_into", "acted_at"))
        if any(merged_into is not None for merged_into, _acted_at in rows):
            raise Grown()
        at = after(at, None, *(acted_at for _merged_into, acted_at in rows))
    return after(at, RuleBook.objects.adopted_last())
