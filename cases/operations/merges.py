"""Operations on one human recorded twice: propose and decide."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Merge, Person
from cases.models.people import DocumentType
from cases.operations import fields
from cases.operations.base import PersonOperation, still_waiting
from cases.selectors import undecided
from cases.services.engine.refusals import Refusal
from cases.services.persons import lookups, merges
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User


class NoSuchRecord(Refusal):
    code = "persons.merge.no_such_record"
    message = _("There is no such record.")
    field = "other"


class ProposeMerge(PersonOperation):
    """Say that this record and another are one human."""

    name = "merge"
    label = _("Merge duplicate")
    act = "person.propose_merge"

    document_type = forms.ChoiceField(
        label=_("document type"), choices=[choice for choice in DocumentType.choices if choice[0] != "NONE"]
    )
    document_number = forms.CharField(
        label=_("document number of the record that stays"), max_length=40, required=False
    )
    document_country = fields.document_country()
    other = forms.UUIDField(
        label=_("or its opaque number"),
        required=False,
        help_text=_("It stands on that person's page; for a child without a document."),
    )
    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.merged_into_id is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        merges.propose(
            self.person, self._survivor(), reason=self.cleaned_data["reason"], by=self.by, at=self.at
        )
        return _("Proposed; a second officer of the bureau decides.")

    def _survivor(self) -> Person:
        data = self.cleaned_data
        if data["document_number"]:
            number, country = data["document_number"], data["document_country"]
            asking = {"country": country, "act": self.act, "by": self.by, "at": self.at}
            return lookups.within_reach(data["document_type"], number, **asking)
        reachable = Person.objects.reachable_by(self.by, self.act, self.at)
        survivor = reachable.filter(public_id=data["other"]).first() if data["other"] else None
        if survivor is None:
            raise NoSuchRecord()
        return survivor


class DecideMerge(Deciding, PersonOperation):
    """Approve or send back a merge."""

    name = "decide-merge"
    label = _("Decide the merge")
    act = "person.approve_merge"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return undecided.waiting(Merge).filter(duplicate=person).exclude(proposed_by=by).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        pending = undecided.waiting(Merge).filter(duplicate=self.person)
        merge = still_waiting(pending.select_related("duplicate", "survivor", "proposed_by"))
        if approve:
            merges.approve(merge, by=self.by, at=self.at)
        else:
            merges.refuse(merge, answer=answer, by=self.by, at=self.at)
        return _("Merged: one code now rests on the cases of both records.")
