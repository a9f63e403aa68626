"""Operations by which a case ends or is voided: exits reported and entered, voids, releases."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Person, Release, RuleBook, SelfCheck, Void
from cases.models.cases import State
from cases.models.endings import VoidClass
from cases.models.proposals import Decision
from cases.operations import fields
from cases.operations.base import AnswersFacts, PersonOperation, still_waiting
from cases.operations.cases import CaseField, CaseProposalField, PlanFields
from cases.policy.rulebook import Ground
from cases.selectors import undecided
from cases.selectors.proposed import voids_for
from cases.services.grounds import exits, self_checks, voids
from healthcode.core import languages
from healthcode.core.acts.fields import Deciding, decision_field, reason_field
from healthcode.core.offices.models import User


def open_cases(person: Person | None) -> Any:
    """Return the standing cases of a person's group, to choose from."""
    assert person is not None
    return Case.objects.of(person).open().select_related("person", "source_office").order_by("pk")


def open_where(person: Person | None, at: datetime, asked: Callable[[Ground], bool]) -> Any:
    """Return the standing cases of a person's group whose ground answers a question of the rule book in force."""
    return open_cases(person).filter(ground__in=RuleBook.objects.in_force(at).policy.keys_where(asked))


class ReportExit(PersonOperation):
    """Report a discharge (hospital), an exclusion or a reclassification (CDC) to the control group."""

    place = 30
    name = "report-exit"
    label = _("Report discharge, exclusion or reclassification")
    act = "case.report_exit"
    weight = "primary"

    case = CaseField(label=_("case"), queryset=Case.objects.none())
    exit = forms.ChoiceField(label=_("what happened"), choices=ExitReport.Exit.choices)
    new_ground = forms.ChoiceField(label=_("reclassified as"), required=False)
    happened_on = forms.DateField(label=_("on"))
    evidence_ref = forms.CharField(label=_("number of the record or report"), max_length=120)

    def limit(self) -> None:
        reportable = _reportable(self.person, self.by, self.at)
        self.fields["case"].queryset = reportable  # type: ignore[attr-defined]
        self.fields["case"].initial = reportable.first()
        book = RuleBook.objects.in_force(self.at).policy
        grounds = book.grounds
        ways = {key for case in reportable for key in grounds[case.ground].exits}
        mine = [exit for exit, role in exits.REPORTERS.items() if role == self.by.role and exit.value in ways]
        self.fields["exit"].choices = [(exit.value, exit.label) for exit in mine]  # type: ignore[attr-defined]
        if len(mine) == 1:  # as for a hospital: there is nothing to choose
            self.fields["exit"].initial = mine[0].value
        if ExitReport.Exit.RECLASSIFIED in mine:
            language = languages.current()
            names = [
                (key, grounds[key].words.text(language))
                for key in book.keys_where(lambda ground: ground.infected)
            ]
            self.fields["new_ground"].choices = [("", "–"), *names]  # type: ignore[attr-defined]
        else:
            del self.fields["new_ground"]

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _reportable(person, by, at).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = {"new_ground": "", **self.cleaned_data}
        report = exits.report(data.pop("case"), **data, by=self.by, at=self.at, seen=seen)
        return _("Reported to %(group)s; nothing changes until they enter it.") % {
            "group": report.addressed_to
        }


class DecideExit(AnswersFacts, Deciding, PlanFields, PersonOperation):
    """Enter or send back a reported exit."""

    name = "decide-exit"
    label = _("Enter discharge, exclusion or reclassification")
    act = "case.enter_exit"
    weight = "primary"

    report = CaseProposalField(ExitReport, says="exit", label=_("report"))
    decision = decision_field(("enter", _("enter")))
    field_order = ("report", "decision", "reason")

    def limit(self) -> None:
        self.fields["report"].queryset = _exit_reports(self.by, self.person)  # type: ignore[attr-defined]
        self.fields["report"].initial = _exit_reports(self.by, self.person).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _exit_reports(by, person).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        report = self.cleaned_data["report"]
        if not approve:
            exits.refuse(report, answer=answer, by=self.by, at=self.at)
            return ""
        contacts = exits.enter(report, plan=self.plan(), by=self.by, at=self.at, seen=seen)
        if not contacts:
            return _("Entered.")
        names = languages.listed(contact.person.name for contact in contacts)
        return _("Entered. The contact ends for those who rested on this case: %(names)s.") % {"names": names}


class ProposeVoid(fields.ReplacementFields, PersonOperation):
    """Say that a case was never true; it stands until a second person agrees."""

    name = "void"
    label = _("Propose to void a case")
    act = "case.propose_void"
    weight = "danger"

    case = CaseField(label=_("case"), queryset=Case.objects.none())
    reason_class = forms.ChoiceField(label=_("kind of error"), choices=VoidClass.choices)
    reason = reason_field()
    reference = forms.CharField(label=_("ticket or letter"), max_length=60, required=False)
    field_order = ("case", "reason_class", "reason", "reference")

    def limit(self) -> None:
        cases = _voidable(self.by, self.person)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]
        self.fields["case"].initial = cases.first()
        self.ask_of_contacts(cases)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _voidable(by, person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        case = data.pop("case")
        voids.propose(case, **data, by=self.by, at=self.at, seen=seen)
        if case.state == State.ENDED:
            return _("Proposed; the record of the ended case stays as it is until a second person approves.")
        return _("Proposed; the case stands until a second person approves.")


class DecideVoid(AnswersFacts, Deciding, PersonOperation):
    """Approve or send back a void as the second person."""

    name = "decide-void"
    label = _("Decide the void")
    act = "case.decide_void"
    weight = "primary"

    void = CaseProposalField(Void, says="reason_class", label=_("void"))
    field_order = ("void", "decision", "reason")

    def limit(self) -> None:
        self.fields["void"].queryset = _voids(self.by, self.person, self.at)  # type: ignore[attr-defined]
        self.fields["void"].initial = _voids(self.by, self.person, self.at).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _voids(by, person, at).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        void = self.cleaned_data["void"]
        if not approve:
            voids.refuse(void, answer=answer, by=self.by, at=self.at)
            return ""
        followed = voids.approve(void, by=self.by, at=self.at, seen=seen)
        if followed.freed or followed.kept:
            return _("Voided. Contacts that go free: %(freed)s. Kept, for CDC to decide: %(kept)s.") % {
                "freed": _names(followed.freed), "kept": _names(followed.kept),
            }  # fmt: skip
        others = {"count": len(voids.of_same_batch(void.case))}
        if others["count"]:
            return _("Voided. %(count)s other cases of the same delivery stand: review them.") % others
        return _("Voided: the colour was derived again from what still stands.")


class RecordSelfCheck(PersonOperation):
    """Record for the bureau that a case was coded in error, by its own finding."""

    name = "self-check"
    label = _("Record an own finding: coded in error")
    act = "case.record_self_check"

    case = CaseField(label=_("case"), queryset=Case.objects.none())
    source = forms.CharField(label=_("number of the comparison or notice it comes from"), max_length=120)
    failed = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["failed"].label = _("what failed")

    def limit(self) -> None:
        self.fields["case"].queryset = _unchecked(self.person)  # type: ignore[attr-defined]
        self.fields["case"].initial = _unchecked(self.person).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _unchecked(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        check = self_checks.record(data.pop("case"), **data, by=self.by, at=self.at, seen=seen)
        return _(
            "Recorded as %(number)s; the void can be proposed on it once the prevention office seconds it."
        ) % {"number": check.number}


class DecideSelfCheck(Deciding, PersonOperation):
    """Second a finding of the bureau as the prevention office, or send it back."""

    name = "decide-self-check"
    label = _("Decide the bureau's finding")
    act = "case.decide_self_check"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return undecided.waiting(SelfCheck).filter(_case_of(person)).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        assert self.person is not None
        waiting = undecided.waiting(SelfCheck).filter(_case_of(self.person))
        check = still_waiting(waiting.select_related("case__person", "proposed_by"))
        self_checks.decide(check, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Seconded: the bureau can propose the void on %(number)s.") % {"number": check.number}


class ProposeRelease(PersonOperation):
    """Propose the end of a discretionary yellow (1.2c)."""

    name = "release"
    label = _("Propose release")
    act = "case.propose_release"

    case = CaseField(label=_("case"), queryset=Case.objects.none())
    document_number = forms.CharField(label=_("document number"), max_length=120)
    reason = reason_field()

    def limit(self) -> None:
        self.fields["case"].queryset = _releasable(self.person, self.at)  # type: ignore[attr-defined]
        self.fields["case"].initial = _releasable(self.person, self.at).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _releasable(person, at).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        voids.propose_release(data.pop("case"), **data, by=self.by, at=self.at, seen=seen)
        return _("Proposed; the case stands until a second person approves.")


class DecideRelease(Deciding, PersonOperation):
    """Approve or send back a release."""

    name = "decide-release"
    label = _("Decide the release")
    act = "case.decide_release"
    weight = "primary"

    release = CaseProposalField(Release, label=_("release"))
    field_order = ("release", "decision", "reason")

    def limit(self) -> None:
        self.fields["release"].queryset = _pending(Release, self.by, self.person)  # type: ignore[attr-defined]
        self.fields["release"].initial = _pending(Release, self.by, self.person).first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _pending(Release, by, person).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        release = self.cleaned_data["release"]
        voids.decide_release(release, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Released.")


def _names(contacts: Sequence[Case]) -> str:
    """Name the persons of some contacts; a list that goes on is counted."""
    names = languages.listed(contact.person.name for contact in contacts[:20])
    return f"{names} …({len(contacts)})" if len(contacts) > 20 else names or "–"


def _reportable(person: Person | None, by: User, at: datetime) -> Any:
    """Return the cases whose end the user's role reports: a discharge the hospital, all else CDC."""
    mine = {exit.value for exit, role in exits.REPORTERS.items() if role == by.role}
    return open_where(person, at, lambda ground: ground.clinical and not mine.isdisjoint(ground.exits))


def _releasable(person: Person | None, at: datetime) -> Any:
    return open_where(person, at, lambda ground: ground.discretionary and ground.ends_by_release)


def _exit_reports(by: User, person: Person | None) -> Any:
    assert person is not None
    pending = undecided.waiting(ExitReport).filter(addressed_to=by.office_id)
    return (
        pending.filter(_case_of(person)).select_related("case__person", "proposed_by__office").order_by("pk")
    )


def _voidable(by: User, person: Person | None) -> Any:
    assert person is not None
    reached = voids.voidable().filter(person__among=person.group)
    reached = reached.select_related("person", "source_office").order_by("-state", "pk")
    if by.role == "bureau":
        return reached
    return reached.filter(Q(source_office=by.office_id) | Q(addressed_to=by.office_id))


def _unchecked(person: Person | None) -> Any:
    """Return the cases about which the bureau has recorded no finding, or one that was sent back."""
    assert person is not None
    found = SelfCheck.objects.exclude(decision=Decision.REFUSED).values(
        first=Coalesce("case__origin", "case")
    )
    cases = voids.voidable().filter(person__among=person.group).annotate(first=Coalesce("origin", "pk"))
    cases = cases.exclude(first__in=found)
    return cases.select_related("person", "source_office").order_by("-state", "pk")


def _pending(model: Any, by: User, person: Person | None) -> Any:
    assert person is not None
    pending = undecided.waiting(model).filter(_case_of(person)).exclude(proposed_by__office=by.office_id)
    return pending.select_related("case__person", "proposed_by__office").order_by("pk")


def _voids(by: User, person: Person | None, at: datetime) -> Any:
    assert person is not None
    return (
        voids_for(by, at)
        .filter(_case_of(person))
        .select_related("case__person", "proposed_by__office")
        .order_by("pk")
    )


def _case_of(person: Person) -> Q:
    return Q(case__person__among=person.group)
