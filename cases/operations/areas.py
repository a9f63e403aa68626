"""Operations on risk areas: list, designate as severe, lift, take either back, and decide it."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import AreaChange, RiskArea
from cases.models.areas import Level
from cases.models.proposals import Decision
from cases.operations.base import AnswersFacts
from cases.policy.days import local_day
from cases.selectors.areas import areas_for, changes_for, of_place, proposed_area, proposed_change
from cases.selectors.pending import Pending
from cases.selectors.pending_city import timed
from cases.selectors.roster import Roster
from cases.services import areas
from cases.services.areas import Listing
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding, DivisionTextField, NumberedRowField, reason_field

PROPOSED = _("Proposed; it counts once another duty lead of the city approves.")


class ProposeArea(Operation):
    """Propose to list an area, or to designate it as severe (1.4)."""

    alone = True
    name = "propose-area"
    label = _("List a risk area")
    act = "area.propose"
    aliases: ClassVar[Mapping[str, str]] = {"name": "name_of_area"}
    weight = "primary"

    name_of_area = forms.CharField(label=_("area"), max_length=100)
    division = DivisionTextField(label=_("division"), required=False)
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

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        areas.propose(Listing(name=data.pop("name_of_area"), **data), by=self.by, at=self.at)
        return PROPOSED


class AreaField(NumberedRowField):
    """An area, told apart from its namesakes by its division, beginning and flag."""

    def label_from_instance(self, row: RiskArea | AreaChange) -> str:
        area, kind = (row.area, row.get_kind_display()) if isinstance(row, AreaChange) else (row, "")
        since = _("since %(day)s") % {"day": f"{local_day(area.from_at):%Y-%m-%d}"}
        severe = _("severe situation (1.4)") if area.severe else ""
        parts = (kind, area.name, area.venue, area.division, area.get_level_display(), severe, since)
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
        self.begin_with_only("area")

    def about(self) -> tuple[Pending, ...]:
        return tuple(
            timed(proposed_area(area, self.at), Roster(self.at)) for area in self.in_question("area")
        )

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No listing waits for your decision.")

    def people(self) -> int:
        return areas.reached(self.cleaned_data["area"], at=self.at) if self.approves() else 0

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        area = self.cleaned_data["area"]
        opened = areas.decide(area, approve=approve, answer=answer, by=self.by, at=self.at)
        if area.from_at > self.at:
            return _("Listed; it begins by itself at its instant, and nothing rests on it before.")
        numbers = {"people": opened.cases, "turned": opened.turned, "answered": opened.answered}
        sentence = _("Listed. Tracks lead %(people)s people there; %(turned)s codes turned.")
        if opened.answered:
            sentence = _(
                "Listed. Tracks lead %(people)s people there; %(turned)s codes turned. The stays of %(answered)s "
                "others were answered before, by a test or by control: they are not coded."
            )
        return sentence % numbers


class DecideAreaChange(AnswersFacts, Deciding, Operation):
    """Approve or send back a lifting, the withdrawal of a listing, or the taking back of a lifting."""

    alone = True
    name = "decide-area-change"
    label = _("Decide a change of an area")
    act = "area.decide"
    weight = "primary"

    area = AreaField(label=_("area"), queryset=AreaChange.objects.none(), to_field_name="area")
    field_order = ("area", "decision", "reason")

    def limit(self) -> None:
        self.waiting = changes_for(self.by)
        self.fields["area"].queryset = self.waiting.order_by("pk")  # type: ignore[attr-defined]
        self.begin_with_only("area")

    def about(self) -> tuple[Pending, ...]:
        return tuple(
            timed(proposed_change(change, self.at), Roster(self.at)) for change in self.in_question("area")
        )

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No change of an area waits for your decision.")

    def people(self) -> int:
        return areas.moved_by(self.cleaned_data["area"], at=self.at) if self.approves() else 0

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        change = self.cleaned_data["area"]
        moved = areas.decide_change(change, approve=approve, answer=answer, by=self.by, at=self.at)
        message = {
            AreaChange.Kind.LIFT: _("Lifted; %(count)s yellow cases ended."),
            AreaChange.Kind.WITHDRAW: _("The listing is withdrawn; %(count)s cases that rested on it ended."),
            AreaChange.Kind.UNLIFT: _("The lifting is taken back; %(count)s cases stand again."),
        }[AreaChange.Kind(change.kind)]
        return message % {"count": moved}


class _ChangeArea(Operation):
    """Propose something about an approved area; the choice is what is there to be changed so."""

    alone = True
    in_menu = False
    act = "area.propose"
    kind: ClassVar[AreaChange.Kind]
    missing: ClassVar[str | Promise]

    area = AreaField(label=_("area"), queryset=RiskArea.objects.none())
    reason = reason_field()

    def areas(self) -> QuerySet[RiskArea]:
        """Return the areas in a state to be changed so."""
        raise AssertionError  # pragma: no cover

    def limit(self) -> None:
        self.there = of_place(self.areas(), self.by).select_related("division__parent")
        self.fields["area"].queryset = self.there.order_by("name", "pk")  # type: ignore[attr-defined]

    def nothing(self) -> str | Promise:
        return "" if self.there.exists() else self.missing

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        areas.propose_change(data.pop("area"), self.kind, **data, by=self.by, at=self.at)
        return PROPOSED


class LiftArea(_ChangeArea):
    """Propose to lift an area; only where no test is due any more do the yellow codes that rest on it end."""

    in_menu = True
    name = "lift-area"
    label = _("Lift a risk area")
    kind = AreaChange.Kind.LIFT
    missing = _("No area is listed now.")

    test_still_due = forms.BooleanField(
        label=_("people who stayed there must still be tested"), required=False, initial=True
    )
    field_order = ("area", "test_still_due", "reason")

    def areas(self) -> QuerySet[RiskArea]:
        return RiskArea.objects.listed(self.at)


class WithdrawArea(_ChangeArea):
    """Propose to withdraw a listing: everything that rests on it falls."""

    name = "withdraw-area"
    label = _("Withdraw the listing")
    weight = "danger"
    kind = AreaChange.Kind.WITHDRAW
    missing = _("No area is listed, or about to be.")

    def areas(self) -> QuerySet[RiskArea]:
        return RiskArea.objects.filter(decision=Decision.APPROVED, withdrawn_at=None)


class UnliftArea(_ChangeArea):
    """Propose to take a lifting back: what had ended by it stands again."""

    name = "unlift-area"
    label = _("Take the lifting back")
    kind = AreaChange.Kind.UNLIFT
    missing = _("No area has been lifted.")

    def areas(self) -> QuerySet[RiskArea]:
        return RiskArea.objects.filter(withdrawn_at=None).exclude(lifted_at=None)
