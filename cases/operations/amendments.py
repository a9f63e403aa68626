"""Operations that answer a fever-clinic visit or a health-code form: corrected or withdrawn by who recorded it."""

from abc import abstractmethod
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import ClinicVisit, Declaration, Person
from cases.operations.base import AnswersFacts, PersonOperation
from cases.operations.declarations import DeclarationFields, VisitFields
from cases.services.samples import amendments
from cases.services.samples.declarations import Form
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User

DONE = _("Done; the old row stays in the history, and what rested on it was asked again.")


class RowField(forms.ModelChoiceField):
    """A visit or a form, told apart from the person's others by its time and what it says."""

    def label_from_instance(self, row: Any) -> str:
        if isinstance(row, ClinicVisit):
            parts = (f"{timezone.localtime(row.visited_at):%Y-%m-%d %H:%M}", row.clinic, row.record_number)
        else:
            fever = _("fever symptoms") if row.fever else row.symptoms
            parts = (f"{timezone.localtime(row.at):%Y-%m-%d %H:%M}", row.get_mode_display(), fever)
        return " · ".join(str(part) for part in parts if part)


class _Amendment(AnswersFacts, PersonOperation):
    place = 40
    row = RowField(label=_("entry"), queryset=ClinicVisit.objects.none())
    reason = reason_field(limit=200)
    field_order = ("row",)

    @classmethod
    @abstractmethod
    def rows(cls, person: Person, by: User) -> QuerySet[Any]:
        """Return what of this person the user's office may answer."""

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return cls.rows(person, by).exists()

    def limit(self) -> None:
        assert self.person is not None
        self.fields["row"].queryset = self.rows(self.person, self.by)  # type: ignore[attr-defined]


class _OfVisit(_Amendment):
    act = "visit.correct"

    @classmethod
    def rows(cls, person: Person, by: User) -> QuerySet[ClinicVisit]:
        mine = amendments.visits_of(person, by)
        return mine.select_related("person", "clinic", "by").order_by("-visited_at", "-pk")


class _OfForm(_Amendment):
    act = "declaration.correct"

    @classmethod
    def rows(cls, person: Person, by: User) -> QuerySet[Declaration]:
        mine = amendments.forms_of(person, by)
        return mine.select_related("person", "clinic", "by").order_by("-at", "-pk")


class CorrectVisit(VisitFields, _OfVisit):
    """Replace a wrong entry of a fever-clinic visit by a new row; both stay."""

    name = "correct-visit"
    label = _("Correct a clinic visit")

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        row, ruled_out = data.pop("row"), data.pop("finding") == "RULED_OUT"
        amendments.correct_visit(row, ruled_out=ruled_out, **data, by=self.by, at=self.at, seen=seen)
        return DONE


class WithdrawVisit(_OfVisit):
    """Withdraw a fever-clinic visit that never was, or was another person's."""

    name = "withdraw-visit"
    label = _("Withdraw a clinic visit")

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        amendments.withdraw_visit(data["row"], reason=data["reason"], by=self.by, at=self.at, seen=seen)
        return DONE


class CorrectForm(DeclarationFields, _OfForm):
    """Replace a health-code form that was entered wrong by a new row; both stay."""

    name = "correct-form"
    label = _("Correct a form")

    proxy = forms.CharField(label=_("who declares for them"), max_length=60, required=False)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        row, reason = data.pop("row"), data.pop("reason")
        form = Form(**{**data, "proxy": data["proxy"] or row.proxy})
        amendments.correct_form(row, form, reason=reason, by=self.by, at=self.at, seen=seen)
        return DONE


class WithdrawForm(_OfForm):
    """Withdraw a health-code form that was filed for the wrong person."""

    name = "withdraw-form"
    label = _("Withdraw a form")

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        amendments.withdraw_form(data["row"], reason=data["reason"], by=self.by, at=self.at, seen=seen)
        return DONE
