"""May this user do this, to this person? The one question every act asks first."""

from datetime import datetime

from cases.models import Person
from cases.services.refusals import NotAllowed
from healthcode.offices.models import User


def require(by: User, act: str, *, at: datetime, person: Person | None = None) -> None:
    """Refuse unless the role table has the act for this user and its reach covers the person."""
    if not by.may(act):
        raise NotAllowed()
    if person is not None:
        group = Person.objects.group_of(person.root_id)
        if not Person.objects.reachable_by(by, act, at).filter(pk__in=group).exists():
            raise NotAllowed()
