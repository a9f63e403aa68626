"""The duty lead's decision on a hold of mass coding."""

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from cases.models import MassHold, RuleBook
from cases.operations import fields
from cases.operations.base import Operation
from cases.operations.endings import DECISIONS, SENT_BACK
from cases.services import holds


class HoldField(forms.ModelChoiceField):
    """A hold, said with everything a decision rests on: ground, number of people, references and who sent them."""

    def label_from_instance(self, hold: MassHold) -> str:
        ground = RuleBook.objects.in_force(timezone.now()).policy.grounds.get(hold.ground)
        words = ground.words.text(get_language() or "zh-hans") if ground else hold.ground
        people = sum(number for _name, number in holds.by_township(hold))
        rests = "; ".join(f"“{ref}” ({office}, {n})" for ref, office, n in holds.references(hold)[:5])
        where = ", ".join(f"{name} {number}" for name, number in holds.by_township(hold)[:5])
        return f"{words} · {ngettext('%(n)s person', '%(n)s persons', people) % {'n': people}} · {rests} · {where}"


class DecideHold(Operation):
    """Let what waits in a hold count, or send it back (3.1c)."""

    in_menu = False
    name = "decide-hold"
    label = _("Decide a hold of mass coding")
    act = "hold.decide"
    weight = "primary"

    hold = HoldField(label=_("hold of mass coding"), queryset=MassHold.objects.none())
    decision = forms.ChoiceField(label=_("decision"), choices=DECISIONS)
    reason = fields.reason(required=False)

    def limit(self) -> None:
        pending = MassHold.objects.filter(decision="PENDING").exclude(cases__source_office=self.by.office_id)
        self.fields["hold"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        approve = data["decision"] == "approve"
        self.made = data["hold"]
        number = holds.decide(data["hold"], approve=approve, answer=data["reason"], by=self.by, at=self.at)
        return _("Approved: %(number)s cases count from now.") % {"number": number} if approve else SENT_BACK
