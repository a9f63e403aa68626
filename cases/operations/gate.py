"""The check at a door as a form: for the keeper's page and for gate devices."""

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import GateCheck, Venue
from cases.models.transitions import StoredColour
from cases.operations import fields
from cases.services import gates
from cases.services.engine.refusals import Refusal
from cases.services.gates import late
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import Division
from healthcode.core.offices.scope import within

COLOURS = [choice for choice in StoredColour.choices if choice[0] != StoredColour.NONE]


def issuers() -> QuerySet[Division]:
    """Return whose codes are looked at instead of looked up: the province's other cities, then other provinces."""
    length = Length("code")
    of_province = within(settings.HOME_CITY[:2], "code")
    here = Q(code__in=(settings.HOME_CITY, settings.HOME_CITY[:2]))
    divisions = Division.objects.annotate(length=length).exclude(here)
    wanted = Q(of_province, length=4) | (Q(length=2) & ~of_province)
    return divisions.filter(wanted).order_by("-length", "code")


class CheckGate(Operation):
    """Check code and temperature at a door: a number is looked up here, a code from elsewhere is looked at."""

    alone = True
    name = "gate-check"
    label = _("Check")
    act = "gate.check"
    confirms = False
    writes_once = True
    aliases = {"document_number": "number"}  # noqa: RUF012
    made: GateCheck | None = None

    venue = forms.ModelChoiceField(
        Venue.objects.none(),
        label=_("venue"),
        required=False,
        help_text=_("Needed where the office guards more than one."),
    )
    number = forms.CharField(
        label=_("document or opaque number"),
        max_length=gates.LONGEST_NUMBER,
        required=False,
    )
    issuer = forms.ModelChoiceField(
        Division.objects.none(), label=_("code issued by"), required=False, empty_label=""
    )
    colour = forms.ChoiceField(label=_("code shown"), choices=COLOURS, required=False)
    temperature = fields.TemperatureField()
    mask = forms.NullBooleanField(label=_("mask worn correctly"), required=False)
    reason = forms.CharField(label=_("reason for admitting"), max_length=200, required=False)

    def limit(self) -> None:
        guarded = Venue.objects.guarded_by(self.by).select_related("division").order_by("pk")
        self.fields["venue"].queryset = guarded  # type: ignore[attr-defined]
        self.fields["issuer"].queryset = issuers()  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if number:
            try:
                gates.readable(number)
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal), code=refusal.code) from refusal
        return number

    def clean_venue(self) -> Venue:
        """Take the only one where none is named."""
        venue: Venue | None = self.cleaned_data["venue"]
        if venue is None:
            guarded = list(self.fields["venue"].queryset[:2])  # type: ignore[attr-defined]
            if len(guarded) != 1:
                raise forms.ValidationError(_("Say at which of the office's venues."), code="required")
            venue = guarded[0]
        return venue

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        self.made = gates.check(
            gates.PresentedCode(data["number"], data["issuer"], data["colour"]),
            venue=data["venue"],
            temperature=data["temperature"],
            mask=data["mask"],
            reason=data["reason"],
            by=self.by,
            at=self.at,
        )
        return _("Let through.") if self.made.passed else _("Not let through.")


class SendCheck(CheckGate):
    """Send a check that the door took without a network: with its own instant, and the rule book it decided by."""

    name = "late-gate-check"
    label = _("Send a check that was taken without a network")

    device_id = forms.UUIDField(
        label=_("number on the device"), help_text=_("The same again is recorded once.")
    )
    taken_at = forms.DateTimeField(
        label=pgettext_lazy("gate", "taken at"), help_text=_("By the door's clock, at most a day ago.")
    )
    rule_book = forms.IntegerField(label=_("rule book"), help_text=_("The one by which the door decided."))
    by_telephone = forms.ChoiceField(
        label=_("colour told over the telephone"),
        choices=COLOURS,
        required=False,
        help_text=_("For paper, by the service point."),
    )
    let_through = forms.NullBooleanField(
        label=pgettext_lazy("gate", "let through"),
        required=False,
        help_text=_("Where nobody could verify the code."),
    )
    is_new = False

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        given = {name: data[name] for name in SENT}
        presented = gates.PresentedCode(data["number"], data["issuer"], data["colour"])
        taken = late.Taken(presented=presented, **given)
        self.made, self.is_new = late.take(taken, by=self.by, at=self.at)
        return _("Recorded.") if self.is_new else _("Recorded before.")


# What a check that is sent later says beside the code itself.
SENT = (
    *("device_id", "taken_at", "temperature", "venue", "rule_book"),
    *("mask", "reason", "by_telephone", "let_through"),
)


class GoOn(Operation):
    """Go on with a check that asked for a mask or a reason."""

    alone = True
    name = "gate-again"
    label = _("Check once more")
    act = "gate.check"
    confirms = False
    writes_once = True
    earlier: GateCheck
    made: GateCheck | None = None

    mask = forms.BooleanField(label=_("mask worn correctly"), required=False)
    reason = forms.CharField(label=_("reason for admitting"), max_length=200, required=False)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        self.made = gates.again(
            self.earlier, mask=data["mask"], reason=data["reason"], by=self.by, at=self.at
        )
        return _("Let through.") if self.made.passed else _("Not let through.")
