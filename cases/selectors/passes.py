"""The passes that somebody can show at a door, and the links and sessions by which a phone has one."""

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from cases.models import Pass, Person


def standing(person: Person, at: datetime) -> Pass | None:
    """Return the pass on paper that a door takes for a person at an instant."""
    found = Pass.objects.standing(at).filter(kind=Pass.Kind.PAPER, person__among=person.group)
    return found.select_related("person", "issued_by").order_by("-issued_at").first()


def are_shown(person: Person, at: datetime) -> bool:
    """Tell whether a door would take a pass of a person, from paper or a phone."""
    return Pass.objects.standing(at).filter(person__among=person.group).exists()


def digest(secret: str) -> str:
    """Return what is kept of the secret part of a link or a session."""
    return hashlib.sha256(secret.encode()).hexdigest()


def unopened(secret: str, at: datetime) -> Pass | None:
    """Return the pass whose link this is, while it can be used up."""
    waiting = Pass.objects.filter(link=digest(secret), opened_at=None, revoked_at=None, link_ends_at__gte=at)
    return waiting.select_related("person", "issued_by").first()


def of_session(session: str, at: datetime) -> Pass | None:
    """Return the pass that a phone shows by this session."""
    found = Pass.objects.standing(at).filter(session=digest(session))
    return found.select_related("person__merged_into", "issued_by").first()


def wards_of(person: Person) -> QuerySet[Person]:
    """Find the living whose guardian somebody is."""
    found = Person.objects.survivors().filter(guardian__among=(person.merged_into or person).group)
    return found.filter(deceased_on=None, erased_at=None).order_by("birth_date", "pk")
