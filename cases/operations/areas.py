"""Operations on risk areas: list, designate as severe, decide, lift."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import RiskArea
from cases.models.areas import Level
from cases.operations import fields
from cases.policy.days import local_day
from cases.selectors.pending import Pending, areas_for, proposed_area
from cases.services import areas
from cases.services.areas import Listing
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding, reason_field


class ProposeArea(Operation):
    """Propose to list an area, or to designate it as severe (1.4)."""

    alone = True
    name = "propose-area"
    label = _("List a risk area")
    act = "area.propose"
    aliases: ClassVar[Mapping[str, str]] = {"name": "name_of_area"}
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


class AreaField(forms.ModelChoiceField):
    """An area, told apart from its namesakes by its division, beginning and flag."""

    def label_from_instance(self, area: RiskArea) -> str:
        since = _("since %(day)s") % {"day": f"{local_day(area.from_at):%Y-%m-%d}"}
        severe = _("severe situation (1.4)") if area.severe else ""
        parts = (area.name, area.venue, area.division, area.get_level_display(), severe, since)
        return " · ".join(str(part) for part in parts if part)


class DecideArea(Deciding, Operation):
    """Approve or send back a listing."""

    alone = True
    name = "decide-area"
    label = _("Decide a listing")
    act = "area.decide"
    weight = "primary"

    area = AreaField(label=_("area"), queryset=RiskArea.objects.none())
    field_order = ("area", "decision", "reason")

    def limit(self) -> None:
        self.waiting = areas_for(self.by)
        self.fields["area"].queryset = self.waiting.order_by("pk")  # type: ignore[attr-defined]

    def about(self) -> tuple[Pending, ...]:
        return tuple(proposed_area(area, self.at) for area in self.in_question("area"))

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No listing waits for a decision of your office.")

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        area = self.cleaned_data["area"]
        opened = areas.decide(area, approve=approve, answer=answer, by=self.by, at=self.at)
        numbers = {"people": opened.cases, "turned": opened.turned}
        return _("Listed. Tracks lead %(people)s people there; %(turned)s codes turned.") % numbers


class LiftArea(Operation):
    """Lift an area; where no test is due any more, the yellow codes that rest on it end."""

    alone = True
    name = "lift-area"
    label = _("Lift a risk area")
    act = "area.lift"

    area = AreaField(label=_("area"), queryset=RiskArea.objects.none())
    test_still_due = forms.BooleanField(
        label=_("people who stayed there must still be tested"), required=False
    )
    reason = reason_field()

    def limit(self) -> None:
        listed = RiskArea.objects.listed(self.at).select_related("division").order_by("name", "pk")
        self.fields["area"].queryset = listed  # type: ignore[attr-defined]

    def nothing(self) -> str | Promise:
        return "" if RiskArea.objects.listed(self.at).exists() else _("No area is listed now.")

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        released = areas.lift(data.pop("area"), **data, by=self.by, at=self.at)
        return _("Lifted; %(count)s yellow cases ended.") % {"count": released}
