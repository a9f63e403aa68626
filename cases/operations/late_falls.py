"""What follows from an ending that fell too late for a code to turn: CDC says it."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Person
from cases.operations.base import PersonOperation
from cases.operations.cases import CaseField
from cases.selectors import fallen
from cases.services.grounds import late_falls
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User


class AnswerLateFall(PersonOperation):
    """Say for CDC what follows from an ending that fell too late for the code to turn."""

    name = "answer-fall"
    label = _("Answer an ending that fell too late")
    act = "case.answer_fall"
    place = 10

    case = CaseField(label=_("case"), queryset=Case.objects.none())
    reason = reason_field()

    def limit(self) -> None:
        self.fields["case"].queryset = _late(self.person)  # type: ignore[attr-defined]
        self.fields["case"].initial = _late(self.person).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _late(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        late_falls.answer(data["case"], reason=data["reason"], by=self.by, at=self.at, seen=seen)
        return _("Answered: the code stays as it is, and the ending rests on this.")


def _late(person: Person | None) -> QuerySet[Case]:
    assert person is not None
    return fallen.waiting_for_cdc().filter(person__among=person.group).select_related("person").order_by("pk")
