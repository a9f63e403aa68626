"""The duty lead's decision on a hold of mass coding."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import MassHold
from cases.operations import fields
from cases.operations.base import Operation
from cases.operations.endings import DECISIONS, SENT_BACK
from cases.selectors.pending import Pending, waiting_hold
from cases.services.engine import holds


class DecideHold(Operation):
    """Let what waits in a hold count, or send it back (3.1c)."""

    in_menu = False
    name = "decide-hold"
    label = _("Decide a hold of mass coding")
    act = "hold.decide"
    weight = "primary"

    hold = forms.ModelChoiceField(label=_("hold of mass coding"), queryset=MassHold.objects.none())
    decision = forms.ChoiceField(label=_("decision"), choices=DECISIONS)
    reason = fields.reason(required=False)

    def limit(self) -> None:
        pending = MassHold.objects.filter(decision="PENDING").exclude(cases__source_office=self.by.office_id)
        self.fields["hold"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]

    def about(self) -> tuple[Pending, ...]:
        return tuple(waiting_hold(one, self.at) for one in self.in_question("hold"))

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        approve = data["decision"] == "approve"
        self.made = data["hold"]
        number = holds.decide(data["hold"], approve=approve, answer=data["reason"], by=self.by, at=self.at)
        return _("Approved: %(number)s cases count from now.") % {"number": number} if approve else SENT_BACK
