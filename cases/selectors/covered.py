"""Which cases the hold of mass coding covers (3.1c): of one case, and as a condition of many."""

from django.db.models import Q

from cases.models import Case
from cases.models.cases import Channel
from cases.policy.rulebook import Policy


def covers(case: Case, book: Policy) -> bool:
    """Tell whether the hold covers a case: linked data and discretion; an area was approved by a second person."""
    ground = book.grounds.get(case.ground)
    if ground is None or case.risk_area_id is not None or case.channel == Channel.PROVINCE:
        return False
    return case.channel == Channel.AUTOMATIC or ground.discretionary


def covered(book: Policy) -> Q:
    """Return the same as a condition of cases."""
    discretionary = book.keys_where(lambda ground: ground.discretionary)
    counts = Q(channel=Channel.AUTOMATIC, ground__in=book.grounds) | Q(ground__in=discretionary)
    return counts & Q(risk_area=None) & ~Q(channel=Channel.PROVINCE)
