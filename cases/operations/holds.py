"""The duty lead's decision on a hold of mass coding."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import MassHold
from cases.models.cases import State
from cases.selectors import decidable, undecided
from cases.selectors.pending import Pending
from cases.selectors.pending_city import timed, waiting_hold
from cases.selectors.roster import Roster
from cases.services.engine import holds
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding


class DecideHold(Deciding, Operation):
    """Let what waits in a hold count, or send it back (3.1c)."""

    alone = True
    in_menu = False
    name = "decide-hold"
    label = _("Decide a hold of mass coding")
    act = "hold.decide"
    weight = "primary"

    hold = forms.ModelChoiceField(label=_("hold of mass coding"), queryset=MassHold.objects.none())
    field_order = ("hold", "decision", "reason")

    def limit(self) -> None:
        pending = undecided.waiting(MassHold).filter(pk__in=decidable.holds(self.by))
        pending = pending.exclude(cases__source_office=self.by.office_id)
        self.fields["hold"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]
        self.begin_with_only("hold")

    def about(self) -> tuple[Pending, ...]:
        return tuple(timed(waiting_hold(one, self.at), Roster(self.at)) for one in self.in_question("hold"))

    def people(self) -> int:
        return self.cleaned_data["hold"].cases.filter(state=State.HELD).count()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        hold = self.made = self.cleaned_data["hold"]
        waiting = self.people()
        number = holds.decide(hold, approve=approve, answer=answer, by=self.by, at=self.at)
        words = [_("Approved: %(number)s cases count from now.") % {"number": number}]
        if over := waiting - number:
            words.append(
                _("%(number)s may not be entered any more and are sent back, each with its reason.")
                % {"number": over}
            )
        return languages.sentences(words)
