"""The pages of the operations on persons, and of those that begin without one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.admin import history
from cases.models import ControlOrder, Pass, Person
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.operations.base import may
from cases.selectors.awaited import has_lapsed
from cases.selectors.colours import colour_at
from cases.selectors.worklists import person_of
from cases.services.engine.second_person import Lapsed
from cases.services.persons import reads
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.pages import ActPages, Change
from healthcode.core.acts.visits import is_key
from healthcode.core.audit import trail
from healthcode.core.offices.models import User


class DeskPages(ActPages):
    """Operations that begin without a person; some lead to one, or to what they made."""

    operations = DESK_OPERATIONS
    template = "cases/act.html"
    effect_template = "cases/effect.html"
    found_template = "cases/found.html"

    def page_of(self, subject: Any) -> str:
        if isinstance(subject, Pass):
            return reverse("admin:cases_person_pass", args=(subject.person_id,))
        return super().page_of(subject)

    def sees(self, subject: Any, *, by: User, at: datetime) -> bool:
        return isinstance(subject, Person) and reads.may_view(by, subject, at=at)

    def knows(self, row: Model, *, by: User, at: datetime) -> bool:
        person = person_of(row)
        return reads.may_view(by, person, at=at) if person else super().knows(row, by=by, at=at)

    def rows_found(self, keys: Sequence[int], *, by: User, at: datetime) -> Sequence[Person]:
        persons = Person.objects.select_related("present").in_bulk(keys)
        found = [persons[key] for key in keys if key in persons]
        return [person for person in found if reads.may_view(by, person, at=at)]


class PersonPages(DeskPages):
    """Operations on one person; whoever may not even see the person learns nothing."""

    operations = PERSON_OPERATIONS

    def find(self, key: str, *, by: User) -> Person | None:
        return Person.objects.filter(pk=key).first() if is_key(key) else None

    def offers(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        # Some acts reach everybody: only what is seen, or waits for this act, may be told from nobody at all.
        return subject is not None and may(operation, subject, by=by, at=at)

    def reaches(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        return Person.objects.reachable_by(by, operation.act, at).filter(pk=subject.pk).exists()

    def require_may_learn(self, subject: Any, *, by: User) -> None:
        answered = Q(officer=by) | Q(handovers__from_officer=by)
        if not ControlOrder.objects.of(subject).filter(answered).exists():
            raise PermissionDenied(_("Nothing waits here for this act now."))

    def nothing_left(self, operation: type[Operation], subject: Any) -> str:
        lapsed = has_lapsed(subject, operation.act)
        return str(Lapsed.message) if lapsed else super().nothing_left(operation, subject)

    def version(self, subject: Any) -> int | None:
        # Read afresh: a rehearsal that was rolled back left the object ahead of its row.
        return Person.objects.values_list("version", flat=True).get(pk=subject.root_id)

    def changes(self, subject: Any, *, since: datetime, by: User) -> Sequence[Change]:
        lines = [line for line in trail.latest(person=str(subject.public_id), reads=False) if line.at > since]
        sentences = reversed(history.sentences(lines, at=since))
        return [
            (one.at, languages.entry(f"{one.office} · {one.actor}", one.with_receiver)) for one in sentences
        ]

    def arrive(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> None:
        reads.record(subject, by=by, at=at, page=f"do:{operation.name}")

    def context(self, form: Operation, *, by: User, at: datetime) -> Mapping[str, Any]:
        person = form.subject
        return {**super().context(form, by=by, at=at), "person": person, "colour": colour_at(person, at)}


def on_person(request: HttpRequest, object_id: str, name: str) -> HttpResponse:
    """Serve an operation on a person."""
    return PersonPages().serve(request, name, object_id)


def at_desk(request: HttpRequest, name: str) -> HttpResponse:
    """Serve an operation that begins without a person."""
    return DeskPages().serve(request, name)


def url(operation: type[Operation], person: Person) -> str:
    """Return the address of an operation's page on a person."""
    return reverse("admin:cases_person_do", args=(person.pk, operation.name))
