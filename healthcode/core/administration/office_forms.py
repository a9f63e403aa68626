"""The forms of what administrators do to offices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core.acts.fields import DivisionTextField
from healthcode.core.administration.forms import AccountOperation, Prepared
from healthcode.core.offices import registry, staff
from healthcode.core.offices.models import User


class OpenOffice(AccountOperation):
    """Open an office."""

    name, label, alone, weight = "open", _("Open an office"), True, "primary"
    aliases: ClassVar[Mapping[str, str]] = {"code": "office_code"}
    # Not `code`: what is called so lets somebody in, and is never kept of a form that could not be sent.
    office_code = forms.CharField(label=_("code"), max_length=40)
    office_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=staff.OfficeKind.choices)
    division = DivisionTextField(label=_("jurisdiction"))
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    address = forms.CharField(label=_("address"), max_length=200, required=False)
    hours = forms.CharField(label=_("opening hours"), max_length=100, required=False)

    def do(self) -> str | Promise:
        fields = dict(self.cleaned_data)
        names = {"code": fields.pop("office_code"), "name": fields.pop("office_name")}
        self.made = registry.open_office(**names, **fields, by=self.by, at=self.at)
        if self.made.is_waiting:
            return _("%(office)s is prepared. Another administrator has to grant it.") % {"office": self.made}
        return _("%(office)s is open.") % {"office": self.made}


class GrantOffice(AccountOperation):
    """Open an office of machines that another administrator prepared."""

    name, label, weight = "grant", _("Grant this office"), "primary"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.is_waiting and by.pk != subject.prepared_by_id

    def about(self) -> tuple[Prepared, ...]:
        office = self.subject
        facts = (
            (_("code"), office.code),
            (_("kind"), office.get_kind_display()),
            (_("jurisdiction"), office.division),
            (_("telephone"), office.phone),
            (_("address"), office.address),
        )
        return (Prepared(str(office), office.prepared_by, office.prepared_at, facts),)

    def do(self) -> str | Promise:
        return _("%(office)s is open.") % {"office": registry.grant(self.subject, by=self.by, at=self.at)}


class CorrectOffice(AccountOperation):
    """Correct an office's names, telephone number, address and opening hours."""

    name, label = "correct", _("Correct the details")
    office_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    address = forms.CharField(label=_("address"), max_length=200, required=False)
    hours = forms.CharField(label=_("opening hours"), max_length=100, required=False)

    def limit(self) -> None:
        self.initial = {
            name: getattr(self.subject, name) for name in ("name_en", "phone", "address", "hours")
        }
        self.initial["office_name"] = self.subject.name

    def do(self) -> str | Promise:
        fields = dict(self.cleaned_data)
        name = fields.pop("office_name")
        office = registry.correct(self.subject, name=name, **fields, by=self.by, at=self.at)
        return _("The details of %(office)s are corrected.") % {"office": office}
