"""Operations with the health-code form and the fever clinic."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Declaration, Pass
from cases.models.declarations import Mode
from cases.operations import fields
from cases.operations.base import PersonOperation
from cases.services.samples import declarations
from cases.services.samples.declarations import Form


class DeclarationFields(forms.Form):
    """The health-code form."""

    fever = forms.BooleanField(label=_("fever symptoms"), required=False)
    temperature = fields.TemperatureField(required=False)
    symptoms = forms.CharField(label=_("other symptoms"), max_length=200, required=False)
    onset_on = forms.DateField(label=_("symptoms since"), required=False)

    def form(self) -> Form:
        """Return what was declared."""
        return Form(**self.cleaned_data)


class _Declare(DeclarationFields, PersonOperation):
    place = 30
    mode: Mode
    phone: Pass | None = None  # on which the person fills it in themselves

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        declared = declarations.declare(
            self.person, self.form(), mode=self.mode, by=self.by, at=self.at, seen=seen, phone=self.phone
        )
        return self._message(declared)

    def _message(self, declared: Declaration) -> str | Promise:
        if declared.fever:
            return _("Declared. With fever symptoms the code is yellow: go to a fever clinic.")
        if not declared.symptoms and (missing := declarations.still_missing(declared.person, at=declared.at)):
            return _("Declared. The code stays yellow: %(missing)s") % {"missing": missing}
        return _("Declared.")


class Declare(_Declare):
    """The person's own declaration, through the citizen channel (3.2a, 3.4a)."""

    name = "declare"
    label = _("Fill in the form")
    act = "declaration.file"
    mode = Mode.ALONE


class DeclareGuided(_Declare):
    """A declaration guided by the fever clinic (3.2a)."""

    name = "declare-guided"
    label = _("Guide the declaration")
    act = "declaration.guide"
    weight = "primary"
    mode = Mode.GUIDED


class DeclareByProxy(_Declare):
    """A declaration for somebody who cannot fill it in."""

    name = "declare-proxy"
    label = _("Declare by proxy")
    act = "declaration.proxy"
    mode = Mode.PROXY

    proxy = forms.CharField(label=_("who declares for them"), max_length=60)


class VisitFields(forms.Form):
    """What a fever clinic found."""

    visited_at = forms.DateTimeField(label=_("visited at"))
    finding = forms.ChoiceField(
        label=_("finding"),
        choices=(("RULED_OUT", _("infection ruled out")), ("NOT_RULED_OUT", _("not ruled out"))),
    )
    record_number = forms.CharField(label=_("record number"), max_length=60)
    elsewhere = forms.CharField(
        label=_("clinic elsewhere, if it was not yours"), max_length=100, required=False
    )


class RecordVisit(VisitFields, PersonOperation):
    """Record the finding of a fever clinic (3.4a)."""

    place = 30
    name = "record-visit"
    label = _("Record clinic visit")
    act = "visit.record"
    weight = "primary"

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        data = dict(self.cleaned_data)
        ruled_out = data.pop("finding") == "RULED_OUT"
        declarations.record_visit(self.person, ruled_out=ruled_out, **data, by=self.by, at=self.at, seen=seen)
        return _("Recorded. Once a negative test is there, the person declares again.")
