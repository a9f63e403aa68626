"""May this user do this, to this person? The one question every act asks first."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import OutsideToken


class AlreadyErased(Refusal):
    code = "persons.erased"
    message = _("This person has been erased: nothing more is entered about them.")


def require(by: User, act: str, *, at: datetime, person: Person | None = None) -> None:
    """Refuse unless the role table has the act for this user and its reach covers the person."""
    if not by.may(act):
        raise OutsideToken() if by.is_narrowed(act) else NotAllowed()
    if person is not None:
        if person.erased_at is not None:
            raise AlreadyErased()
        # Over the merged group: who answers for one of its records answers for the human.
        group = person.group
        if not group.any_reached_by(by, act, at):
            raise NotAllowed()
