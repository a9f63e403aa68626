"""Which cases the hold of mass coding covers (3.1c), and which fall with a document: of one case, and of many."""

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


def bears(case: Case, book: Policy) -> bool:
    """Tell whether a case falls with the document it cites: what the hold covers, and what cites a rule by itself."""
    ground = book.grounds.get(case.ground)
    by_rule = ground is not None and ground.cites_a_rule and case.channel == Channel.GROUP
    return by_rule or covers(case, book)


def borne(book: Policy) -> Q:
    """Return the same as a condition of cases."""
    by_rule = book.keys_where(lambda ground: ground.cites_a_rule)
    return covered(book) | Q(ground__in=by_rule, channel=Channel.GROUP)


def covered(book: Policy) -> Q:
    """Return the same as a condition of cases."""
    discretionary = book.keys_where(lambda ground: ground.discretionary)
    counts = Q(channel=Channel.AUTOMATIC, ground__in=book.grounds) | Q(ground__in=discretionary)
    return counts & Q(risk_area=None) & ~Q(channel=Channel.PROVINCE)
