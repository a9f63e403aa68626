"""The answer to somebody red who stood at a door."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.operations.base import PersonOperation
from cases.selectors import red_scans
from cases.services.gates.red_scans import answer
from healthcode.core.offices.models import User


class AnswerRedScan(PersonOperation):
    """Say what was done about somebody red who stood at a door."""

    place = 10
    name = "answer-red-scan"
    label = _("Red at a door: what was done")
    act = "gate.answer"
    weight = "primary"

    words = forms.CharField(
        label=_("what was done"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return red_scans.waits_for(by, person, at)

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        answer(self.person, words=self.cleaned_data["words"], by=self.by, at=self.at, seen=seen)
        return _("Answered: it is off the list.")
