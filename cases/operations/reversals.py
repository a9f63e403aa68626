"""Operations that take back what binds somebody: an entered exit, an extension, a hand-over, a merge."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Merge, Person, Release, Reversal
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.operations.base import AnswersFacts, PersonOperation, still_waiting
from cases.operations.cases import CaseProposalField
from cases.selectors import reversals
from cases.selectors.extensions import known_to_the_ledger, standing_of
from cases.selectors.facts import governing_order
from cases.services import control
from cases.services.grounds import exit_reversals, release_reversals
from cases.services.persons import merges
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User

Kind = Reversal.Kind
PROPOSED = _("Proposed; nothing changes until a second person agrees.")


class DecideReversal(AnswersFacts, Deciding, PersonOperation):
    """Base of the decisions on what is proposed to be taken back."""

    weight = "primary"
    kind: ClassVar[Kind]
    service: ClassVar[Callable[..., Any]]
    done: ClassVar[str | Promise]

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        waiting = reversals.waiting_for(by).filter(kind=cls.kind, person__among=person.group)
        return waiting.exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        waiting = reversals.pending_of(self.subject, self.kind).select_related("person", "proposed_by")
        reversal = still_waiting(waiting)
        type(self).service(reversal, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return self.done


class ReverseEnded(PersonOperation):
    """Base of the proposals to take back what ended a case of a person."""

    weight = "danger"
    model: ClassVar[type[ExitReport | Release]]
    service: ClassVar[Callable[..., Any]]
    picker: ClassVar[str]  # the field in which it is chosen

    def limit(self) -> None:
        assert self.person is not None
        found = self.entered(self.person)
        self.fields[self.picker].queryset = found  # type: ignore[attr-defined]
        self.fields[self.picker].initial = found.first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.deceased_on is None and cls.entered(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        type(self).service(**self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return PROPOSED

    @classmethod
    def entered(cls, person: Person) -> QuerySet[Any]:
        """Return what ended a case of this person, counts, and can be taken back."""
        ended = Case.objects.of(person).filter(state=State.ENDED).unresumed()
        entered = cls.model.objects.filter(case__in=ended, decision=Decision.APPROVED, withdrawn_at=None)
        return entered.select_related("case__person", "proposed_by__office").order_by("-pk")


class ReverseExit(ReverseEnded):
    """Propose to take back a discharge, an exclusion or a reclassification that the group entered."""

    name = "reverse-exit"
    label = _("Propose to take an entered exit back")
    act = "case.propose_exit_reversal"
    model = ExitReport
    service = staticmethod(exit_reversals.propose)
    picker = "report"

    report = CaseProposalField(ExitReport, says="exit", label=_("exit report"))
    reason = reason_field()


class DecideExitReversal(DecideReversal):
    """Take an entered exit back as another office, or send that back."""

    name = "decide-reverse-exit"
    label = _("Decide whether the exit is taken back")
    act = "case.decide_exit_reversal"
    kind = Kind.EXIT
    service = staticmethod(exit_reversals.decide)
    done = _("Taken back: the case stands again, with the order it had.")


class ReverseRelease(ReverseEnded):
    """Propose to take back the release from a discretionary ground."""

    name = "reverse-release"
    label = _("Propose to take a release back")
    act = "case.propose_release_reversal"
    model = Release
    service = staticmethod(release_reversals.propose)
    picker = "release"

    release = forms.ModelChoiceField(label=_("release"), queryset=Release.objects.none())
    reason = reason_field()


class DecideReleaseReversal(DecideReversal):
    """Take a release back as the duty lead, or send that back."""

    name = "decide-reverse-release"
    label = _("Decide whether the release is taken back")
    act = "case.decide_release_reversal"
    kind = Kind.RELEASE
    service = staticmethod(release_reversals.decide)
    done = _("Taken back: the case stands again, with the order it had.")


class Shorten(PersonOperation):
    """Propose to take an extension back, or to shorten it."""

    name = "shorten"
    label = _("Propose to shorten an extended order")
    act = "order.propose_shorter"

    until_day = forms.DateField(
        label=_("first free day"),
        required=False,
        help_text=_("Left empty, the order ends when the rule book says."),
    )
    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = governing_order(person)
        return order is not None and (standing_of(order).exists() or bool(known_to_the_ledger(order)))

    def perform(self, *, seen: int | None) -> str | Promise:
        control.propose_shorter(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return PROPOSED


class DecideShorter(DecideReversal):
    """Shorten an extended order as the second person, or send that back."""

    name = "decide-shorten"
    label = _("Decide whether the extension is shortened")
    act = "order.decide_shorter"
    kind = Kind.EXTENSION
    service = staticmethod(control.decide_shorter)
    done = _("Shortened: the order ends on the new day.")


class Unmerge(PersonOperation):
    """Propose to part two records again that are two humans."""

    name = "unmerge"
    label = _("Propose to undo the merge")
    act = "person.propose_unmerge"
    weight = "danger"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.merged_into_id is not None and _merges(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        merge = still_waiting(_merges(self.person).select_related("duplicate__merged_into", "survivor"))
        merges.propose_undo(merge, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return PROPOSED


class DecideUnmerge(DecideReversal):
    """Part two records as the second officer of the bureau, or send that back."""

    name = "decide-unmerge"
    label = _("Decide whether the merge is undone")
    act = "person.decide_unmerge"
    kind = Kind.MERGE
    service = staticmethod(merges.decide_undo)
    done = _("Parted: each record has its own cases again.")

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return reversals.waiting_for(by).filter(kind=cls.kind, person=person).exists()


class TakeTransferBack(PersonOperation):
    """Propose to take a hand-over to another province back."""

    name = "take-transfer-back"
    label = _("Propose to take the hand-over to another province back")
    act = "order.propose_transfer_back"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return control.handed_over(person) is not None

    def perform(self, *, seen: int | None) -> str | Promise:
        control.propose_transfer_back(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return PROPOSED


class DecideTransferBack(DecideReversal):
    """Take a hand-over to another province back as another office, or send that back."""

    name = "decide-transfer-back"
    label = _("Decide whether the hand-over is taken back")
    act = "order.decide_transfer_back"
    kind = Kind.TRANSFER_OUT
    service = staticmethod(control.decide_transfer_back)
    done = _("Taken back: control goes on here, with its days.")


def _merges(person: Person) -> Any:
    return Merge.objects.filter(duplicate=person, decision=Decision.APPROVED, undone_at=None)
