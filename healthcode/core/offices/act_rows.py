"""What a row of the role table is made of: how far an act reaches, and the second pair of hands that it waits for."""

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reach(models.TextChoices):
    """How far an act reaches."""

    OWN = "own", _("persons whose present residence lies in the office's jurisdiction")
    FOUND = (
        "found",
        _("those, persons under the user's orders, persons reported to or by the office, and look-ups"),
    )
    READ = "read", _("the same, and persons whose registered residence is here or whom the office once coded")
    ASSIGNED = "assigned", _("persons under an order the user answers for")
    STATED = (
        "stated",
        _("what the act itself names: the own office's reports, the own level, a second person's decision"),
    )
    ALL = "all", _("everybody")


class Decider(models.TextChoices):
    """Who the second pair of hands may be: never the person who acted first."""

    ROLE = "role", _("another role: nobody holds both acts")
    OFFICE = "office", _("another office: some roles hold both acts")
    COLLEAGUE = "colleague", _("another person, who may be of the same office")


class Second(NamedTuple):
    """The second pair of hands that an act waits for: what waits, what does not, and for how long nobody is called."""

    act: str
    who: Decider
    hours: float  # after which the leader on duty is called; ours, the guide names none
    what: str | Promise = ""  # of the first act, where not all of it waits
    at_once: str | Promise = ""  # what takes effect before the second person comes


class Act(NamedTuple):
    """One row of the role table."""

    words: str | Promise
    reach: dict[str, Reach]  # by role
    seconds: tuple[Second, ...] = ()
    within: float | None = None  # hours, where the act itself is due once something happened; ours
    not_by: str | Promise = ""  # whose hands it may not come from, where nobody has to second it
