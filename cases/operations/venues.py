"""Operations of administrators on venues."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import RuleBook
from cases.services.gates import venues
from healthcode.core import languages
from healthcode.core.acts.fields import DivisionTextField
from healthcode.core.acts.rows import RowOperation
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.staff import OfficeKind


def kinds(at: datetime) -> list[tuple[str, str]]:
    """Return the kinds of venue that the rule book in force knows, in its order and words."""
    language = languages.current()
    venues_of_book = RuleBook.objects.in_force(at).policy.venues
    return [(key, venue.words.text(language)) for key, venue in venues_of_book.items()]


class OpenVenue(RowOperation):
    """Open a venue."""

    name, label, act = "open", _("Open a venue"), "venue.manage"
    alone, weight = True, "primary"

    venue_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("kind"))
    office = forms.ModelChoiceField(
        Office.objects.none(), label=pgettext_lazy("venue", "guarded by"), empty_label=""
    )
    division = DivisionTextField(label=_("division"))

    def limit(self) -> None:
        gates = Office.objects.filter(kind=OfficeKind.VENUE).order_by("division", "pk")
        self.fields["office"].queryset = gates  # type: ignore[attr-defined]
        self.fields["kind"].choices = kinds(self.at)  # type: ignore[attr-defined]

    def do(self) -> str | Promise:
        fields = dict(self.cleaned_data)
        self.made = venues.open_venue(name=fields.pop("venue_name"), **fields, by=self.by, at=self.at)
        return _("%(venue)s is open.") % {"venue": self.made}


class CorrectVenue(RowOperation):
    """Correct a venue's names."""

    name, label, act = "correct", _("Correct the names"), "venue.manage"

    venue_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)

    def limit(self) -> None:
        self.initial = {"venue_name": self.subject.name, "name_en": self.subject.name_en}

    def do(self) -> str | Promise:
        name, name_en = self.cleaned_data["venue_name"], self.cleaned_data["name_en"]
        venue = venues.correct(self.subject, name=name, name_en=name_en, by=self.by, at=self.at)
        return _("The names of %(venue)s are corrected.") % {"venue": venue}


class CloseVenue(RowOperation):
    """Close a venue."""

    name, label, act = "close", _("Close this venue"), "venue.manage"
    weight = "danger"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.closed_at is None

    def do(self) -> str | Promise:
        venue = venues.close(self.subject, by=self.by, at=self.at)
        return _("%(venue)s is closed.") % {"venue": venue}
