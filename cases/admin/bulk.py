"""Operations on a selection of persons, as actions of the list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from cases.models import Person
from cases.operations import PERSON_OPERATIONS
from cases.operations.base import may
from cases.policy.colours import Colour
from cases.policy.spellings import normalise_reference
from cases.selectors.colours import colours_of
from cases.selectors.explanation import Explanation, explain
from cases.services.persons import reads
from healthcode.core.acts.base import Operation
from healthcode.core.acts.bulk import BulkPages
from healthcode.core.acts.bulk_actions import actions_of
from healthcode.core.offices.models import User

BULK = tuple(operation for operation in PERSON_OPERATIONS if operation.bulk)


class PersonBulkPages(BulkPages):
    """Operations on several persons of the reader's list."""

    operations = BULK
    template = "cases/act.html"
    lines_template = "cases/bulk_lines.html"
    subject_template = "cases/bulk_subject.html"
    singly = ("report_number",)  # a laboratory's report is about one sample
    list_page = "admin:cases_person_changelist"
    page = "admin:cases_person_do_many"

    def for_each(self, number: int) -> str:
        return ngettext(
            "For one person; each is done and recorded singly.",
            "For %(n)s persons; each is done and recorded singly.",
            number,
        ) % {"n": number}

    def confirm(self, number: int) -> str:
        return ngettext("Confirm for one person", "Confirm for %(n)s persons", number) % {"n": number}

    def visible(self, keys: Sequence[str], *, by: User, at: datetime) -> Sequence[Person]:
        reachable = Person.objects.reachable_by(by, "person.view", at).survivors()
        chosen = Person.objects.filter(pk__in=keys).filter(pk__in=reachable)
        return tuple(chosen.select_related("present").order_by("pk"))

    def offers(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        return may(operation, subject, by=by, at=at)

    def before(self, subjects: Sequence[Any], *, at: datetime) -> Mapping[int, Colour]:
        return colours_of([person.pk for person in subjects], at=at)

    def restored(self, before: Any) -> Colour:
        return Colour(before)

    def effect(self, subject: Any, *, at: datetime) -> Explanation:
        return explain(subject, at=at)

    def arrive(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> None:
        reads.record(subject, by=by, at=at, page=f"do-many:{operation.name}")

    def same(self, text: str) -> str:
        return normalise_reference(text)


def of_persons(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the steps of an operation on a selection."""
    return PersonBulkPages().serve(request, name)


ACTIONS = actions_of(BULK, of_persons)
