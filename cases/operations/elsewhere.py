"""Operations on control served elsewhere: its certificate, its end, the hand-over to another province."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Certificate, ControlOrder, Person, Relocation
from cases.models.elsewhere import NumberSource
from cases.models.proposals import Decision
from cases.operations.base import AnswersFacts, PersonOperation, still_waiting
from cases.operations.control import OptionalSampleFields, UnderOrder
from cases.selectors import undecided
from cases.selectors.elsewhere import may_accept, may_confirm
from cases.selectors.facts import governing_order, order_behind
from cases.services import control
from cases.services.control.elsewhere import confirmed_of
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User


def _elsewhere(person: Person) -> ControlOrder | None:
    """Return the order that is served elsewhere or was handed to another province."""
    order = order_behind(person)
    return order if order is not None and (order.elsewhere or order.ended_at is not None) else None


class ServeElsewhere(UnderOrder):
    """Propose that the order is served elsewhere in the province."""

    name = "serve-elsewhere"
    label = _("Let control be served elsewhere")
    act = "order.propose_elsewhere"

    place = forms.CharField(label=_("place of isolation"), max_length=200)
    letter = forms.CharField(label=_("number of the letter by which that place accepted"), max_length=120)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = governing_order(person)
        waiting = undecided.waiting(Relocation).filter(order=order)
        return order is not None and not order.elsewhere and not waiting.exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        control.propose_elsewhere(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Proposed; served here until the city confirms the letter.")


class DecideElsewhere(Deciding, PersonOperation):
    """Confirm that control goes on elsewhere, or send it back."""

    name = "decide-elsewhere"
    label = _("Decide whether control goes on elsewhere")
    act = "order.decide_elsewhere"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        move = _relocations(person).first()
        return move is not None and may_accept(by, move)

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        move = still_waiting(_relocations(self.subject))
        control.decide_elsewhere(move, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Served elsewhere from now on; the group ends it on a confirmed release certificate.")


class RecordCertificate(OptionalSampleFields, PersonOperation):
    """Record a certificate of isolation served elsewhere, with how it was verified (3.3)."""

    name = "record-certificate"
    label = _("Record a release certificate from elsewhere")
    act = "order.record_certificate"

    number = forms.CharField(label=_("number of the release certificate"), max_length=120)
    issuer = forms.CharField(label=_("issued by"), max_length=100)
    reply_letter = forms.CharField(
        label=_("letter of reply"),
        max_length=120,
        required=False,
        help_text=_(
            "How it was verified: the letter by which its issuer answered, "
            "or a call to a number that did not come with it."
        ),
    )
    called_name = forms.CharField(label=_("who confirmed by telephone"), max_length=60, required=False)
    called_at = forms.DateTimeField(label=_("called at"), required=False)
    number_from = forms.ChoiceField(
        label=_("where the number called came from"),
        choices=[("", "–"), *NumberSource.choices],
        required=False,
    )
    field_order = ("number", "issuer", "reply_letter", "called_name", "called_at", "number_from")

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = _elsewhere(person)
        waiting = undecided.waiting(Certificate).filter(order=order)
        return order is not None and confirmed_of(order) is None and not waiting.exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        names = ("reply_letter", "called_name", "called_at", "number_from")
        control.record_certificate(
            self.subject,
            number=data["number"],
            issuer=data["issuer"],
            verified=control.Verified(**{name: data[name] for name in names}),
            sample=self.sample(),
            by=self.by,
            at=self.at,
            seen=seen,
        )
        return _("Recorded; control may end on it once CDC confirms it.")


class DecideCertificate(Deciding, PersonOperation):
    """Confirm a release certificate from elsewhere, or send it back."""

    name = "decide-certificate"
    label = _("Decide the release certificate")
    act = "order.decide_certificate"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return any(may_confirm(by, paper) for paper in _certificates(person))

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        paper = still_waiting(_certificates(self.subject))
        control.decide_certificate(paper, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Confirmed: the control group can end control on it.")


class ReleaseElsewhere(PersonOperation):
    """End control that was served elsewhere, on its confirmed certificate (3.3)."""

    name = "release-elsewhere"
    label = _("End control served elsewhere")
    act = "order.release_elsewhere"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = _elsewhere(person)
        return order is not None and confirmed_of(order) is not None

    @classmethod
    def why_not(cls, person: Person, *, by: User, at: datetime) -> str | Promise:
        if _elsewhere(person) is not None:
            return control.CertificateMissing.message
        return super().why_not(person, by=by, at=at)

    def perform(self, *, seen: int | None) -> str | Promise:
        control.release_elsewhere(self.subject, by=self.by, at=self.at, seen=seen)
        return _("Control ended on the confirmed certificate.")


class WithdrawCertificate(AnswersFacts, PersonOperation):
    """Take back a certificate that was false."""

    name = "withdraw-certificate"
    label = _("Take the release certificate back")
    act = "order.withdraw_certificate"
    weight = "danger"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _confirmed(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        paper = _confirmed(self.subject).first()
        if paper is None:
            raise control.NoCertificate()
        control.withdraw_certificate(paper, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Taken back: what had ended on it stands again.")


def _relocations(person: Person) -> Any:
    waiting = undecided.waiting(Relocation).filter(order__person__among=person.group)
    return waiting.select_related("order__person", "proposed_by__office").order_by("pk")


def _certificates(person: Person) -> Any:
    waiting = undecided.waiting(Certificate).filter(order__person__among=person.group)
    return waiting.select_related("order__person", "proposed_by__office").order_by("pk")


def _confirmed(person: Person) -> Any:
    mine = Certificate.objects.filter(order__person__among=person.group)
    confirmed = mine.filter(decision=Decision.APPROVED, withdrawn_at=None)
    return confirmed.select_related("order__person").order_by("-pk")


class TransferOut(UnderOrder):
    """Hand a person to another province: the order ends, the code stays red."""

    name = "transfer-out"
    label = _("Leaves the province")
    act = "order.transfer_out"

    destination = forms.CharField(label=_("where to"), max_length=100)
    letter = forms.CharField(label=pgettext_lazy("province", "number of the letter"), max_length=120)

    def perform(self, *, seen: int | None) -> str | Promise:
        control.transfer_out(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        if Case.objects.of(self.subject).open().exists():
            return _("Handed over to the other province; the cases stand, and the code stays as it is.")
        return _("Handed over to the other province; no case stands, and the code stays green.")
