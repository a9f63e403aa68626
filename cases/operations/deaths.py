"""Operations on deaths: record, confirm, and take back."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Death, DeathWithdrawal, Person
from cases.operations.base import AnswersFacts, PersonOperation, still_waiting
from cases.selectors import undecided
from cases.selectors.deaths import being_checked
from cases.services.persons import deaths
from healthcode.core.acts.fields import Deciding, decision_field, reason_field
from healthcode.core.offices.models import User
from healthcode.core.offices.seats import post_at


class RecordDeath(PersonOperation):
    """Record a death: the code is being checked until another kind of office confirms it."""

    name = "death"
    label = _("Record death")
    act = "person.record_death"
    weight = "danger"

    on = forms.DateField(label=_("deceased on"))
    certificate = forms.CharField(label=_("number of the death certificate"), max_length=60)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.deceased_on is None and being_checked(person.root_id) is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        deaths.record(self.person, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Recorded. The code is being checked, and ends when another office confirms the death.")


class ConfirmDeath(Deciding, PersonOperation):
    """Confirm a death that another kind of office recorded, or send it back."""

    name = "confirm-death"
    label = _("Confirm the death")
    act = "person.confirm_death"
    weight = "danger"

    decision = decision_field(("confirm", _("confirm")))

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        death = being_checked(person.root_id)
        return death is not None and post_at(death.proposed_by, death.proposed_at).role != by.role

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        assert self.person is not None
        death = still_waiting(undecided.waiting(Death).filter(person__among=self.person.group))
        if not approve:
            deaths.refuse(death, answer=answer, by=self.by, at=self.at)
            return ""
        deaths.confirm(death, by=self.by, at=self.at, seen=seen)
        return _("Confirmed. The code is deactivated.")


class WithdrawDeath(PersonOperation):
    """Propose to take back a death of somebody who lives."""

    name = "withdraw-death"
    label = _("Propose to take the death back")
    act = "person.withdraw_death"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        asked = undecided.waiting(DeathWithdrawal).filter(person__among=person.group)
        return person.deceased_on is not None and not asked.exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        deaths.propose_withdrawal(self.person, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Proposed; the death stands until a second office agrees.")


class DecideDeathWithdrawal(AnswersFacts, Deciding, PersonOperation):
    """Take a death back as the second office, or send the proposal back."""

    name = "decide-death-withdrawal"
    label = _("Decide whether the death is taken back")
    act = "person.decide_death_withdrawal"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        asked = undecided.waiting(DeathWithdrawal).filter(person__among=person.group)
        return asked.exclude(proposed_by__office=by.office_id).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        assert self.person is not None
        asked = still_waiting(undecided.waiting(DeathWithdrawal).filter(person__among=self.person.group))
        if not approve:
            deaths.refuse_withdrawal(asked, answer=answer, by=self.by, at=self.at)
            return ""
        deaths.withdraw(asked, by=self.by, at=self.at, seen=seen)
        return _("Taken back: the code shows again what still stands, with the order there was.")
