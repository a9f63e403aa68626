"""Which cases the hold of mass coding covers (3.1c), and fall with the document they cite: of one case, and of many."""

from django.db.models import Q

from cases.models import Case
from cases.models.cases import Channel
from cases.policy.rulebook import Policy


def covers(case: Case, book: Policy) -> bool:
    """Tell whether the hold covers a case: linked data, discretion, and what one office enters by a rule.

    An area was approved by a second person.
    """
    ground = book.grounds.get(case.ground)
    if ground is None or case.risk_area_id is not None or case.channel == Channel.PROVINCE:
        return False
    by_rule = ground.cites_a_rule and case.channel == Channel.GROUP
    return by_rule or case.channel == Channel.AUTOMATIC or ground.discretionary


def covered(book: Policy) -> Q:
    """Return the same as a condition of cases."""
    discretionary = book.keys_where(lambda ground: ground.discretionary)
    by_rule = book.keys_where(lambda ground: ground.cites_a_rule)
    counts = Q(channel=Channel.AUTOMATIC, ground__in=book.grounds) | Q(ground__in=discretionary)
    counts |= Q(channel=Channel.GROUP, ground__in=by_rule)
    return counts & Q(risk_area=None) & ~Q(channel=Channel.PROVINCE)
