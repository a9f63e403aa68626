"""Operations on persons: register, look up, correct, unmask, transfer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import NumberChange, Person, Transfer
from cases.models.numbers import Reading
from cases.models.people import DocumentType
from cases.operations import fields
from cases.operations.base import PersonOperation, still_waiting
from cases.selectors import undecided
from cases.selectors.proposed import numbers_for
from cases.services.engine.refusals import Refusal
from cases.services.persons import asking, lookups, numbers, people, transfers
from cases.services.persons.identity import Identity
from cases.services.persons.numbers import Sighting
from healthcode.core.acts import sentences
from healthcode.core.acts.fields import Deciding, decision_field, reason_field
from healthcode.core.offices.models import User
from healthcode.core.own_words import OwnText

OUTCOMES = {
    "REGISTERED": _("Registered. Without an open case the code is green."),
    "RECOGNISED": _(
        "Recognised: this person holds the code of a city of this province; no second code is issued (4.2)."
    ),
    "KNOWN": _("This person is already registered; no second record was made."),
}
TWIN = _(
    "A child of this name and day is already registered. Of twins, say which this one is by order of birth."
)
GUARDIAN = OwnText("purpose.guardian", _("guardian of a child"))


WITH_NUMBER = [choice for choice in DocumentType.choices if choice[0] != DocumentType.NONE]
TOWNSHIP_DIGITS = 9
GUARDIAN_FIELDS = {"document_type": "guardian_type", "document_country": "guardian_country"}


class NobodyRegistered(Refusal):
    code = "persons.number.nobody_registered"
    message = _("Nobody is registered under this number.")
    field = "document_number"


class GuardianNotRegistered(Refusal):
    code = "persons.guardian.not_registered"
    message = _("The guardian is not registered: register the guardian first.")
    field = "guardian_number"


class Register(fields.IdentityFields, PersonOperation):
    """Register somebody; who holds any provincial city's code is recognised (4.2)."""

    name = "register"
    label = _("Register a person")
    act = "person.register"
    alone = True
    aliases: ClassVar[Mapping[str, str]] = {"guardian": "guardian_number"}
    weight = "primary"
    confirms = False

    present = fields.DivisionField(label=_("present residence"))
    address = forms.CharField(label=_("address"), max_length=200, required=False)
    registered = fields.DivisionField(label=_("registered residence"), required=False)
    guardian_type = forms.ChoiceField(
        label=_("guardian's document type"),
        choices=WITH_NUMBER,
        required=False,
        initial=DocumentType.RESIDENT_ID,
    )
    guardian_number = forms.CharField(
        label=_("guardian's document number"),
        max_length=40,
        required=False,
        help_text=_("For a child without a document."),
    )
    guardian_country = fields.document_country(label=_("country that issued the guardian's passport"))
    guardian_relation = forms.CharField(label=_("relation to the guardian"), max_length=20, required=False)
    code_city = fields.DivisionField(label=_("city that issued the health code"), required=False)
    same_person = forms.BooleanField(
        label=_("the name differs, but it is the same person"),
        required=False,
        help_text=_("Only where the page asks: say so with the document in hand."),
    )

    def limit(self) -> None:
        own = self.by.jurisdiction
        self.fields["present"].queryset = fields.townships(first=own)
        if len(own) >= TOWNSHIP_DIGITS:
            self.initial = {"present": own[:TOWNSHIP_DIGITS], **self.initial}  # type: ignore[dict-item]
        self.fields["registered"].queryset = fields.origins(first=own)
        self.fields["code_city"].queryset = fields.cities(first=own)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        registration = people.register(
            self.identity(),
            present=data["present"],
            registered=data["registered"],
            address=data["address"],
            guardian=self._guardian(),
            guardian_relation=data["guardian_relation"],
            code_city=data["code_city"],
            same_person=data["same_person"],
            by=self.by,
            at=self.at,
        )
        self.person = registration.person
        known = registration.outcome == "KNOWN"
        child = data["document_type"] == DocumentType.NONE
        return TWIN if known and child else OUTCOMES[registration.outcome]

    def _guardian(self) -> Person | None:
        number = self.cleaned_data["guardian_number"]
        if not number:
            return None
        try:
            found = lookups.look_up(
                document_type=self.cleaned_data["guardian_type"] or DocumentType.RESIDENT_ID.value,
                document_number=number,
                document_country=self.cleaned_data["guardian_country"],
                purpose=GUARDIAN(),
                by=self.by,
                at=self.at,
            )
        except Refusal as refusal:
            refusal.field = GUARDIAN_FIELDS.get(refusal.field, "guardian_number")
            raise
        if not found:
            raise GuardianNotRegistered()
        return found[0]


class LookUpPerson(PersonOperation):
    """Find somebody by exact document number or telephone."""

    place = 10
    name = "look-up"
    label = _("Find a person")
    act = "person.look_up"
    alone = reads = True
    weight = "primary"
    confirms = False

    document_type = forms.ChoiceField(label=_("document type"), choices=WITH_NUMBER, required=False)
    document_number = forms.CharField(
        label=pgettext_lazy("identity", "document number"), max_length=40, required=False
    )
    document_country = fields.document_country()
    phone = forms.CharField(label=_("or telephone"), max_length=40, required=False)
    purpose = forms.CharField(
        label=_("purpose"),
        max_length=200,
        required=False,
        help_text=_("A sentence; needed for people outside your area, or the number beside it. It is kept."),
    )
    task = forms.CharField(
        label=_("complaint or case"),
        max_length=asking.TASK_NUMBER,
        required=False,
        help_text=_("The number of the open complaint or of the case that it is for."),
    )

    def limit(self) -> None:
        if not self.by.may("person.view"):  # a machine asks for one person it has the document of
            del self.fields["phone"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("document_number") and data.get("document_type") == "":
            self.add_error("document_type", self.fields["document_type"].error_messages["required"])
        if not self.errors and not data.get("document_number") and not data.get("phone"):
            self.add_error("document_number", forms.ValidationError(sentences.MISSING, code="required"))
        return data

    def perform(self, *, seen: int | None) -> str | Promise:
        found = lookups.look_up(**self.cleaned_data, by=self.by, at=self.at)
        if not found:
            raise NobodyRegistered()
        self.person, self.found = found[0], found
        return _("Found.")


class Correct(fields.IdentityFields, PersonOperation):
    """Correct a person's details; another number on a record with a case is looked at by the bureau."""

    name = "correct"
    label = _("Correct details")
    act = "person.correct"

    address = forms.CharField(label=_("address"), max_length=200, required=False)
    reading = forms.ChoiceField(
        label=_("how the document was read"), choices=Reading.choices, initial=Reading.TYPED, required=False
    )
    reading_ref = forms.CharField(
        label=_("number of the reading or picture"),
        max_length=60,
        required=False,
        help_text=_("For another document number on a record that has, or had, a case."),
    )
    reason = reason_field()

    def limit(self) -> None:
        person = self.person
        assert person is not None
        self.initial = {
            **{
                name: getattr(person, name)
                for name in ("name", "document_type", "document_country", "sex", "birth_date", "birth_order")
            },
            **{"address": person.address, **self.initial},
        }
        # The numbers stay masked: reading them in clear is an act of its own, with a reason.
        self.fields["document_number"].help_text = _("Empty: it stays %(number)s.") % {
            "number": person.masked_document
        }
        self.fields["phone"].help_text = _("Empty: it stays %(number)s.") % {
            "number": person.masked_phone or "–"
        }

    def identity(self) -> Identity:
        """Return what was typed; a number that was left empty stays as it is."""
        typed, person = super().identity(), self.person
        assert person is not None
        same_document = not typed.document_number and typed.document_type == person.document_type
        return replace(
            typed,
            document_number=person.document if same_document else typed.document_number,
            phone=typed.phone or person.phone,
        )

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        assert self.person is not None
        change = people.correct(
            self.person,
            self.identity(),
            address=data["address"],
            reason=data["reason"],
            document=Sighting(data["reading"] or Reading.TYPED.value, data["reading_ref"]),
            by=self.by,
            at=self.at,
            seen=seen,
        ).change
        if change is None:
            return _("Details corrected.")
        if change.confirm_by is None:
            return _(
                "Proposed to the bureau; until it decides nothing is changed, the other details neither."
            )
        return _("Corrected; the bureau confirms it within 24 hours, or the number of before is restored.")


class DecideNumber(Deciding, PersonOperation):
    """Confirm or approve another document number on a record that has or had a case, or send it back."""

    name = "decide-number"
    label = _("Decide the number")
    act = "person.decide_number"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return numbers_for(by, of=Q(person__among=person.group)).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        assert self.person is not None
        pending = undecided.waiting(NumberChange).filter(person__among=self.person.group)
        change = still_waiting(pending.select_related("person", "proposed_by"))
        numbers.decide(change, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("The number stands from now.")


class Unmask(PersonOperation):
    """Read the full numbers, with a reason that is kept."""

    name = "unmask"
    label = _("See full numbers")
    act = "person.unmask"
    confirms = False
    discloses = reads = proven = True

    reason = reason_field()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        numbers = lookups.unmask(self.person, reason=self.cleaned_data["reason"], by=self.by, at=self.at)
        return _("Document %(document)s, telephone %(phone)s") % {**numbers, "phone": numbers["phone"] or "–"}


class ProposeTransfer(PersonOperation):
    """Offer a person to the office of another division."""

    name = "transfer"
    label = _("Transfer to another area")
    act = "person.transfer"

    to = fields.DivisionField(label=_("new present residence"))
    address = forms.CharField(label=_("address"), max_length=200, required=False)
    reason = reason_field()

    def limit(self) -> None:
        self.fields["to"].queryset = fields.townships(first=self.by.jurisdiction)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return not person.deceased_on and not undecided.waiting(Transfer).filter(person=person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        transfers.propose(self.person, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Offered to the receiving office; until it accepts, you remain responsible.")


class DecideTransfer(Deciding, PersonOperation):
    """Accept or send back a person moving into one's area."""

    name = "decide-transfer"
    label = _("Decide the transfer")
    act = "person.accept_transfer"
    weight = "primary"

    decision = decision_field(("accept", _("accept")))

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        pending = (
            undecided.waiting(Transfer)
            .filter(person=person)
            .exclude(proposed_by__office=by.office_id)
            .first()
        )
        return pending is not None and by.office.covers(pending.to_division_id)

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        pending = undecided.waiting(Transfer).filter(person=self.person)
        transfer = still_waiting(pending.select_related("person", "proposed_by"))
        if approve:
            transfers.accept(transfer, by=self.by, at=self.at, seen=seen)
        else:
            transfers.refuse(transfer, answer=answer, by=self.by, at=self.at)
        return _("Taken over: from now on your area answers for this person.")
