"""Nobody is a contact of themselves: two records turn out to be one human, or a case takes an index case's place."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.models.cases import BASIS_GONE, State
from cases.policy.exits import Rest
from cases.services.engine.codes import Turn
from healthcode.core.own_words import OwnText

OWN_INDEX = OwnText("contact.own_index", _("The index case is this person themselves."))


def end(contacts: Iterable[Case], *, basis: Rest, turn: Turn) -> None:
    """End contacts of an index case that is the same human's, send back what waits; the act arranges the orders."""
    contacts = list(contacts)
    turn.end(*(one for one in contacts if one.state == State.OPEN), exit=BASIS_GONE, basis=[basis])
    waiting = (one for one in contacts if one.state in (State.REPORTED, State.HELD))
    turn.refuse(*waiting, reason=OWN_INDEX())
