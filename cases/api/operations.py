"""Operations on persons, and those that begin without one, over the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers

from cases.api.explanations import ExplanationSerializer, explained
from cases.api.persons import PersonSummary
from cases.models import Batch, Person, RuleBook
from cases.operations.base import may
from cases.selectors.awaited import has_lapsed
from cases.services.engine.second_person import Lapsed
from cases.services.persons import reads
from healthcode.core.acts.api import OperationView
from healthcode.core.acts.base import ActOutcome, Operation
from healthcode.core.offices.api.problems import Problem
from healthcode.core.offices.models import User


class AnswerSerializer(serializers.Serializer[Any]):
    """What an act did, or in a rehearsal would do."""

    message = serializers.CharField(help_text="What happened, for people.")
    rehearsed = serializers.BooleanField(help_text="True when nothing was written.")
    persons = PersonSummary(
        many=True, help_text="Whom the act concerned; what is shown depends on the reach."
    )
    explanation = ExplanationSerializer(allow_null=True, help_text="The person's code after the act.")
    made = serializers.CharField(
        allow_null=True, help_text="What the act made that has an address of its own."
    )


class DeskOperationView(OperationView):
    """POST does one operation that begins without a person."""

    answer_serializer = AnswerSerializer

    def page(self) -> str:
        return reverse("admin:do", args=(self.operation.name,))

    def version(self, subject: Any) -> int | None:
        return _version(subject)

    def answer(self, form: Operation, outcome: ActOutcome, **asked: Any) -> dict[str, Any]:
        rehearsed, at = asked["rehearsed"], form.at
        person = outcome.subject if isinstance(outcome.subject, Person) else None
        found: Sequence[Any] = form.found or ([person] if person else [])
        versions = {one.pk: asked["version"] if rehearsed else _version(one) for one in found}
        return {
            "message": outcome.message,
            "rehearsed": rehearsed,
            "persons": [_summary(one, self.by, at, versions[one.pk]) for one in found],
            "explanation": _explanation(outcome, person, self.by, at) if len(found) == 1 else None,
            "made": form.address or (_address(form.made) if form.made and not rehearsed else None),
        }


class PersonOperationView(DeskOperationView):
    """POST does one operation on a person."""

    tag = "operations on a person"

    def page(self) -> str:
        return ""  # one person is not many

    def subject(self, at: datetime, **key: Any) -> Person:
        """Return the person if the operation may be done to them now; whom the user cannot see does not exist."""
        persons = Person.objects.select_related("present", "merged_into")
        person = persons.filter(public_id=key["public_id"]).first()
        if person is None:
            raise Http404
        if may(self.operation, person, by=self.by, at=at):
            return person
        if not reads.may_view(self.by, person, at=at):
            raise Http404
        if not Person.objects.reachable_by(self.by, self.act, at).filter(pk=person.pk).exists():
            raise PermissionDenied(_("This act of yours does not reach this person."))
        lapsed = has_lapsed(person, self.act)
        raise Problem("not_offered", Lapsed.message if lapsed else "")

    def record_rehearsal(self, **key: UUID) -> None:
        person = Person.objects.filter(public_id=key["public_id"]).first()
        if person is not None:
            reads.record(person, by=self.by, at=self.at, page=f"rehearse:{self.operation.name}")


def _version(person: Person | None) -> int | None:
    """Return the version that `seen` is compared with: the surviving record's."""
    if person is None:
        return None
    return Person.objects.values_list("version", flat=True).get(pk=person.root_id)


def _summary(person: Any, by: User, at: datetime, version: int | None) -> dict[str, Any]:
    summary = {"public_id": str(person.public_id), "version": version}
    if reads.may_view(by, person, at=at):
        summary |= {
            "name": person.name,
            "document_number": person.masked_document,
            "present": str(person.present),
        }
    return summary


def _address(made: Model) -> str | None:
    names = {Batch: "api:delivery", RuleBook: "api:rule-book-version"}
    return reverse(names[type(made)], args=(made.pk,)) if type(made) in names else None


def _explanation(outcome: ActOutcome, person: Person | None, by: User, at: datetime) -> dict[str, Any] | None:
    if outcome.effect is None or person is None:
        return None
    return explained(outcome.effect, inside=reads.may_view(by, person, at=at))
