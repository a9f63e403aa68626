"""Reading a person: who may, on which ground, and the ledger's line about it."""

from collections.abc import Sequence
from datetime import datetime

from cases.models import LookUp, Person
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import roles
from healthcode.core.offices.models import User


def may_view(user: User, person: Person, *, at: datetime) -> bool:
    """Tell whether this user's `person.view` reaches this person at an instant."""
    return Person.objects.reachable_by(user, "person.view", at).filter(pk=person.pk).exists()


def look_up_of(user: User, person: Person, *, at: datetime) -> LookUp | None:
    """Return the look-up this reading rests on; None where the person is the office's own or assigned."""
    if roles.reach(user.role, "person.view") == roles.Reach.ALL or _is_own(user, person):
        return None
    found = LookUp.objects.filter(person=person, user=user, at__lte=at, until__gt=at)
    return found.order_by("-at", "-pk").first()


def record(
    person: Person, *, page: str | None = None, about: Recorded | None = None, by: User, at: datetime
) -> None:
    """Write that a page about a person was read, with the purpose where a look-up opened it.

    `about` is the row whose page it was, if not the person's own. Call it outside any transaction of the page: it
    waits for nobody, and a page that fails later was read all the same.
    """
    look_up = look_up_of(by, person, at=at)
    ledger.record(
        "person.viewed",
        about=about or person,
        person=person,
        by=by,
        at=at,
        page=page,
        notes={"purpose": look_up.purpose} if look_up else None,
    )


def record_list(
    name: str,
    *,
    filters: Sequence[str] = (),
    persons: Sequence[Person] | None = None,
    by: User,
    at: datetime,
) -> None:
    """Write that a list of people was read (a model's label, or a name), and by which filters it was narrowed.

    `persons` are given where the list is what a search found: their opaque ids are written, be there none.
    """
    ledger.record(
        "person.listed",
        about=f"list:{name}",
        by=by,
        at=at,
        model=name,
        filters=list(filters) or None,
        persons=None if persons is None else [str(person.public_id) for person in persons],
    )


def _is_own(user: User, person: Person) -> bool:
    divisions = (person.present_id, person.registered_id or "")
    assigned = person.orders.standing().filter(officer=user)
    return any(user.office.covers(code) for code in divisions) or assigned.exists()
