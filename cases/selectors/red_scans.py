"""Somebody red stood at a door: a matter of the prevention office where they live, until it says what was done."""

from datetime import datetime

from django.db.models import QuerySet

from cases.models import GateCheck
from cases.policy.passing import Why
from cases.selectors.humans import live_in
from healthcode.core.offices.models import User


def unanswered(user: User, at: datetime) -> QuerySet[GateCheck]:
    """Find the red scans of people of the user's area that nobody has answered."""
    red = GateCheck.objects.filter(why=Why.RED.value, person__isnull=False, answer=None, at__lte=at)
    return red.filter(live_in(user.jurisdiction)).select_related("person", "venue")
