"""Erasing a person as forms: one officer proposes, another decides."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Erasure, Person
from cases.operations.base import PersonOperation, still_waiting
from cases.selectors import undecided
from cases.services.engine.refusals import Refusal
from cases.services.persons import erasure
from healthcode.core.acts.fields import Deciding, decision_field, reason_field
from healthcode.core.offices.models import User


class ProposeErasure(PersonOperation):
    """Propose to make a person unreadable."""

    name = "erase"
    label = _("Erase person")
    act = "person.propose_erasure"
    weight = "danger"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        try:
            erasure.require_closed(person)
        except Refusal:
            return False
        return not undecided.waiting(Erasure).filter(person=person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        erasure.propose(self.person, reason=self.cleaned_data["reason"], by=self.by, at=self.at, seen=seen)
        return _("Proposed; a second officer of the bureau decides.")


class DecideErasure(Deciding, PersonOperation):
    """Erase a person for ever, or send the proposal back."""

    name = "decide-erasure"
    label = _("Decide the erasure")
    act = "person.decide_erasure"
    weight = "danger"

    decision = decision_field(("approve", _("erase for ever")))

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return undecided.waiting(Erasure).filter(person=person).exclude(proposed_by=by).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        pending = undecided.waiting(Erasure).filter(person=self.person)
        found = still_waiting(pending.select_related("person", "proposed_by"))
        if approve:
            erasure.approve(found, by=self.by, at=self.at, seen=seen)
        else:
            erasure.refuse(found, answer=answer, by=self.by, at=self.at)
        return _("Erased: number, name, telephone and every word about this person.")
