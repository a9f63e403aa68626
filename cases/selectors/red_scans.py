"""Somebody red stood at a door: a matter of the prevention office where they live, until it says what was done."""

from datetime import datetime

from django.db.models import QuerySet

from cases.models import GateCheck, Person
from cases.models.gates import RED_SCAN
from cases.selectors.humans import live_in
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import covers


def unanswered(user: User, at: datetime) -> QuerySet[GateCheck]:
    """Find the red scans of people of the user's area that nobody has answered."""
    return _of_anybody(at).filter(live_in(user.jurisdiction)).select_related("person", "venue")


def waits_for(user: User, person: Person, at: datetime) -> bool:
    """Tell whether a red scan of this human waits for the user's answer."""
    lives = (person.merged_into or person).present_id
    waiting = _of_anybody(at).filter(person__among=person.group)
    return covers(user.jurisdiction, lives) and waiting.exists()


def _of_anybody(at: datetime) -> QuerySet[GateCheck]:
    return GateCheck.objects.filter(RED_SCAN, person__isnull=False, answer=None, at__lte=at)
