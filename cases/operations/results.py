"""Operations on test results: enter, verify, apply, correct."""

from collections.abc import Iterator
from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import LabResult, Opinion, Person
from cases.models.people import DocumentType
from cases.models.results import Origin, Outcome
from cases.operations import fields
from cases.operations.base import AnswersFacts, PersonOperation
from cases.operations.endings import open_where
from cases.selectors.positives import opinions_of
from cases.services.persons import lookups
from cases.services.samples import corrections, opinions, results, tubes
from healthcode.core import languages
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User


class EnterResult(fields.SampleFields, PersonOperation):
    """Enter a test result (3.3, 3.4b)."""

    place = 20
    name = "enter-result"
    label = _("Enter test result")
    act = "result.enter"
    remembers, remembers_day = ("laboratory",), ("sampled_at",)
    weight = "primary"
    bulk = True

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        results.enter(self.person, self.sample(), by=self.by, at=self.at, seen=seen)
        return _("Result entered.")


class VerifyReport(fields.SampleFields, PersonOperation):
    """Verify a report from another region and enter it (3.4b)."""

    place = 20
    name = "verify-report"
    label = _("Verify a report from elsewhere")
    act = "result.verify"
    remembers, remembers_day = ("laboratory",), ("sampled_at",)

    seen_original = forms.BooleanField(
        label=_("I have checked the report with the laboratory or its platform")
    )

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        results.enter(
            self.person, self.sample(origin=Origin.VERIFIED.value), by=self.by, at=self.at, seen=seen
        )
        return _("Verified report entered.")


class ApplyResult(PersonOperation):
    """Apply a stored negative result: verify and update (3.4b)."""

    place = 20
    name = "apply-result"
    label = _("Apply stored result")
    act = "result.apply"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        ends_by_test = open_where(person, at, lambda ground: ground.ends_by_test)
        return ends_by_test.exists() and LabResult.objects.of(person).uncorrected().exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        results.apply(self.person, by=self.by, at=self.at, seen=seen)
        return _("Applied: the test information was updated.")


class ResultField(forms.ModelChoiceField):
    """A test result, told apart from the person's others by when, where and under which number it was taken."""

    def label_from_instance(self, result: LabResult) -> str:
        sampled = f"{timezone.localtime(result.sampled_at):%Y-%m-%d %H:%M}"
        parts = (sampled, result.get_outcome_display(), result.laboratory, result.report_number)
        return " · ".join(str(part) for part in parts if part)


class CorrectResult(AnswersFacts, fields.SampleFields, PersonOperation):
    """Replace a wrong result by a new row; both stay."""

    name = "correct-result"
    label = _("Correct a test result")
    act = "result.correct"

    result = ResultField(label=_("result to correct"), queryset=LabResult.objects.none())
    reason = reason_field(limit=200)
    field_order = ("result",)

    def limit(self) -> None:
        rows = correctable(self.person, self.by)
        self.fields["result"].queryset = rows  # type: ignore[attr-defined]
        asked = str(self.initial.get("result", ""))
        row = (rows.filter(pk=asked) if asked.isdecimal() and len(asked) < 18 else rows).first()
        if row is not None:  # it begins with what was typed, so that what was right stays
            was = {name: getattr(row, name) for name in fields.SampleFields.base_fields}
            self.initial = {**was, **self.initial, "result": row.pk}

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return correctable(person, by).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        result = corrections.correct(
            data["result"], self.sample(), reason=data["reason"], by=self.by, at=self.at, seen=seen
        )
        message = _("Corrected; the old row stays in the history.")
        return languages.sentences((message, *self._others_corrected(result)))

    def _others_corrected(self, result: LabResult) -> Iterator[str]:
        """Say whose results of the tube were corrected with it: by name who is within reach, the others counted."""
        roots = {row.person.root_id for row in tubes.others_in(result) if row.entered_at == result.entered_at}
        reached = Person.objects.reachable_by(self.by, self.act, self.at).filter(pk__in=roots).order_by("pk")
        names = [person.name for person in reached]
        if names:
            yield gettext("In the same tube, and corrected with it: %(names)s.") % {
                "names": languages.listed(names)
            }
        if others := len(roots) - len(names):
            yield gettext("Of people whom you may not see, %(number)s results of the tube are corrected.") % {
                "number": others
            }


class MoveResult(AnswersFacts, PersonOperation):
    """Give a result that was entered for the wrong person to the right one."""

    name = "move-result"
    label = _("Result of another person")
    act = "result.correct"

    result = ResultField(label=_("result entered for the wrong person"), queryset=LabResult.objects.none())
    document_type = forms.ChoiceField(
        label=_("document type"), choices=[choice for choice in DocumentType.choices if choice[0] != "NONE"]
    )
    document_number = forms.CharField(label=_("document number of the right person"), max_length=30)
    document_country = fields.document_country()
    reason = reason_field(limit=200)

    def limit(self) -> None:
        self.fields["result"].queryset = correctable(self.person, self.by)  # type: ignore[attr-defined]

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return correctable(person, by).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = self.cleaned_data
        to = lookups.within_reach(
            data["document_type"],
            data["document_number"],
            country=data["document_country"],
            act=self.act,
            by=self.by,
            at=self.at,
        )
        corrections.move(data["result"], to=to, reason=data["reason"], by=self.by, at=self.at, seen=seen)
        return _("The result now belongs to %(name)s; here it counts no more.") % {"name": to.name}


def correctable(person: Person | None, by: User) -> QuerySet[LabResult]:
    """Return a person's results that this user's office may correct, the latest first."""
    assert person is not None
    mine = corrections.correctable(by).filter(person__among=person.group)
    return mine.select_related("person").order_by("-sampled_at", "-pk")


class GiveOpinion(PersonOperation):
    """Say for CDC that a positive is no new case: with reason and document."""

    name = "give-opinion"
    label = _("Give CDC's opinion on a positive: no new case")
    act = "result.give_opinion"

    result = ResultField(label=_("positive"), queryset=LabResult.objects.none())
    document = forms.CharField(label=_("document number of the opinion"), max_length=120)
    reason = reason_field()

    def limit(self) -> None:
        positives = _unanswered(self.subject)
        self.fields["result"].queryset = positives  # type: ignore[attr-defined]
        self.fields["result"].initial = positives.first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _unanswered(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        opinions.give(data.pop("result"), **data, by=self.by, at=self.at, seen=seen)
        return _("Recorded: the positive stands in the way of no ending any more.")


class WithdrawOpinion(AnswersFacts, PersonOperation):
    """Take CDC's latest opinion on a positive back."""

    name = "withdraw-opinion"
    label = _("Take CDC's opinion on a positive back")
    act = "result.give_opinion"
    weight = "danger"

    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _opinions(person).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        opinion = _opinions(self.subject).first()
        if opinion is None:
            raise opinions.NoOpinion()
        opinions.withdraw(opinion, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Taken back: what had ended on it stands again.")


def _unanswered(person: Person) -> QuerySet[LabResult]:
    """Return a person's standing positives without an opinion, the latest first."""
    positives = LabResult.objects.of(person).uncorrected().filter(outcome=Outcome.POSITIVE)
    positives = positives.exclude(pk__in=opinions_of(person))
    return positives.select_related("person").order_by("-sampled_at", "-pk")


def _opinions(person: Person) -> QuerySet[Opinion]:
    standing = Opinion.objects.filter(person__among=person.group, withdrawn_at=None)
    return standing.select_related("person").order_by("-pk")
