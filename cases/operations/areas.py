"""Operations on risk areas: list, designate as severe, decide, lift."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import RiskArea
from cases.models.areas import Level
from cases.operations import fields
from cases.operations.base import Operation
from cases.operations.endings import DECISIONS, SENT_BACK
from cases.services import areas
from cases.services.areas import Listing


class ProposeArea(Operation):
    """Propose to list an area, or to designate it as severe (1.4)."""

    name = "propose-area"
    label = _("List a risk area")
    act = "area.propose"
    weight = "primary"

    name_of_area = forms.CharField(label=_("area"), max_length=100)
    division = fields.DivisionField(label=_("division"), required=False)
    venue = forms.CharField(label=pgettext_lazy("risk area", "place"), max_length=100, required=False)
    level = forms.ChoiceField(label=_("level"), choices=Level.choices)
    from_at = forms.DateTimeField(label=pgettext_lazy("time", "from"))
    source_document = forms.CharField(label=_("source document"), max_length=120)
    test_required = forms.BooleanField(
        label=_("test required after a stay (1.2b)"), required=False, initial=True
    )
    severe = forms.BooleanField(label=_("severe situation (1.4)"), required=False)
    assessment_document = forms.CharField(
        label=_("assessment of the provincial health commission, document number"),
        max_length=120,
        required=False,
    )
    consent_document = forms.CharField(
        label=_("consent of the provincial leading group, document number"), max_length=120, required=False
    )

    def limit(self) -> None:
        self.fields["division"].queryset = fields.origins()  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        areas.propose(Listing(name=data.pop("name_of_area"), **data), by=self.by, at=self.at)
        return _("Proposed; it is listed once a second person of another office approves.")


class DecideArea(Operation):
    """Approve or send back a listing."""

    name = "decide-area"
    label = _("Decide a listing")
    act = "area.decide"
    weight = "primary"

    area = forms.ModelChoiceField(label=_("area"), queryset=RiskArea.objects.none())
    decision = forms.ChoiceField(label=_("decision"), choices=DECISIONS)
    reason = fields.reason(required=False)

    def limit(self) -> None:
        pending = RiskArea.objects.filter(decision="PENDING").exclude(proposed_by__office=self.by.office_id)
        self.fields["area"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        approve = data["decision"] == "approve"
        opened = areas.decide(data["area"], approve=approve, answer=data["reason"], by=self.by, at=self.at)
        if not approve:
            return SENT_BACK
        said = {"people": opened.cases, "turned": opened.turned}
        return _("Listed. Tracks lead %(people)s people there; %(turned)s codes turned.") % said


class LiftArea(Operation):
    """Lift an area; where no test is due any more, the yellow codes that rest on it end."""

    name = "lift-area"
    label = _("Lift a risk area")
    act = "area.lift"

    area = forms.ModelChoiceField(label=_("area"), queryset=RiskArea.objects.none())
    test_still_due = forms.BooleanField(
        label=_("people who stayed there must still be tested"), required=False
    )
    reason = fields.reason()

    def limit(self) -> None:
        self.fields["area"].queryset = RiskArea.objects.listed(self.at).order_by("name")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        released = areas.lift(data.pop("area"), **data, by=self.by, at=self.at)
        return _("Lifted; %(count)s yellow cases ended.") % {"count": released}
