"""What an operation is: a form that ends in one service call.

The admin shows it as a page, the API as an endpoint, a bulk action as one form for a selection. All three go
through `run`, and the preview of an effect is the act itself, rolled back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django import forms
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.selectors.explanation import Explanation, explain
from cases.selectors.pending import Pending, pending
from cases.services.engine.refusals import Refusal
from cases.services.engine.second_person import AlreadyDecided
from healthcode.core.offices import roles
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import Reach

Row = TypeVar("Row", bound=Model)


class Operation(forms.Form):
    """One thing staff or a machine may do. `person` is None for operations that start without one."""

    name: ClassVar[str]  # in URLs
    label: ClassVar[str | Promise]  # on the button
    act: ClassVar[str]  # the row of the role table
    bulk: ClassVar[bool] = False  # also for a selection of persons, each done and recorded singly
    # False where a rehearsal would already disclose somebody, and roll the ledger's line about it back.
    confirms: ClassVar[bool] = True
    in_menu: ClassVar[bool] = (
        True  # without a person: False where it starts from the page of what it is about
    )
    weight: ClassVar[str] = ""  # "primary" or "danger" on the page
    aliases: ClassVar[Mapping[str, str]] = {}  # where a refusal names a field that is called otherwise here
    made: Model | None = None  # what it made, where that has a page of its own to go to

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        person: Person | None,
        by: User,
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.person, self.by, self.at = person, by, at
        self.limit()

    def limit(self) -> None:
        """Narrow the choices to this person and user; the default leaves them."""

    def about(self) -> tuple[Pending, ...]:
        """Return what this act decides about, for the second person to read first."""
        if self.person is None:
            return ()
        return tuple(one for one in pending(self.person, at=self.at) if one.key == self.act)

    def in_question(self, name: str) -> Iterable[Any]:
        """Return what was chosen in a field, or before that everything it offers."""
        chosen = getattr(self, "cleaned_data", {}).get(name)
        return [chosen] if chosen else self.fields[name].queryset  # type: ignore[attr-defined]

    def nothing(self) -> str | Promise:
        """Say why there is nothing to do here now; "" where there is."""
        return ""

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        """Tell whether there is something for this operation to act on now; by default a living person."""
        return person.deceased_on is None

    @classmethod
    def ready(cls, person: Person, *, by: User, at: datetime) -> bool:
        """Tell whether an offered act could succeed now; until then it stays at hand, but is not put first."""
        return True

    @classmethod
    def why_not(cls, person: Person, *, by: User, at: datetime) -> str | Promise:
        """Say why this act is not offered on a person: what is in its way, or whose act it is."""
        return _("Nothing about this person waits for this act now.")

    def perform(self, *, seen: int | None) -> str | Promise:
        """Call the one service and say what happened."""
        raise Refusal()  # pragma: no cover


def still_waiting(rows: QuerySet[Row]) -> Row:
    """Return the proposal to decide; somebody else may have decided it while the page was open."""
    row = rows.order_by("pk").first()
    if row is None:
        raise AlreadyDecided()
    return row


@dataclass(frozen=True)
class Outcome:
    """What an operation did, or would do: its message, and the person's code afterwards."""

    message: str
    explanation: Explanation | None
    person: Person | None


def may(operation: type[Operation], person: Person, *, by: User, at: datetime) -> bool:
    """Tell whether this user may do this to this person now: role, reach, and something to act on."""
    return bool(open_to((operation,), person, by=by, at=at))


def open_to(
    operations: Iterable[type[Operation]], person: Person, *, by: User, at: datetime
) -> list[type[Operation]]:
    """Return those operations that this user may do to this person now, in their order."""
    if person.erased_at is not None:
        return []
    reached: dict[Reach | None, bool] = {None: False}  # asked once for each reach, not for each act

    def reaches(act: str) -> bool:
        reach = roles.reach(by.role, act) if by.is_active else None
        if reach not in reached:
            reached[reach] = Person.objects.reachable_by(by, act, at).filter(pk=person.pk).exists()
        return reached[reach]

    return [one for one in operations if reaches(one.act) and one.offered(person, by=by, at=at)]


def run(operation: Operation, *, seen: int | None = None, rehearse: bool = False) -> Outcome | None:
    """Do a valid operation, or rehearse it and roll back; None when refused, the reason being on its field."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                message = operation.perform(seen=seen)
        except Refusal as refusal:
            named = operation.aliases.get(refusal.field, refusal.field)
            field = named if named in operation.fields else None
            operation.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))
            return None
        person = operation.person
        if person is not None:
            person.refresh_from_db()
        outcome = Outcome(str(message), explain(person, at=operation.at) if person else None, person)
        if rehearse:
            transaction.set_rollback(True)
    if rehearse and person is not None and person.pk and Person.objects.filter(pk=person.pk).exists():
        person.refresh_from_db()  # what the rehearsal did to the object in hand is not so
    return outcome
