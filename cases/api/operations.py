"""Acts over the API: every operation at its own address, through the very form and service of its page."""

import json
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import forms
from cases.api.explanations import ExplanationSerializer, explained
from cases.api.persons import PersonSummary
from cases.models import Batch, Person, RuleBook
from cases.operations import PERSON_OPERATIONS
from cases.operations.base import Operation, Outcome, may, run
from cases.services.persons import reads
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import Problem, Refused
from healthcode.core.offices.api.schema import PortalSchema
from healthcode.core.offices.models import User

REHEARSE = "rehearse"
# What only discloses is disclosed, and recorded, each time anew: its answer is not kept for a replay.
READING = frozenset({"person.look_up", "person.unmask"})


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


class OperationSchema(PortalSchema):
    """Describe an operation by its form."""

    view: "OperationView"

    def get_request_serializer(self) -> Any:
        return forms.serializer_of(self.view.operation)

    def get_response_serializers(self) -> Any:
        return AnswerSerializer

    def get_operation_id(self) -> str:
        return self.view.operation.name

    def get_summary(self) -> str:
        return str(self.view.operation.label)

    def get_description(self) -> str:
        return self.view.operation.__doc__ or ""

    def get_tags(self) -> list[str]:
        return ["operations on a person" if self.view.operation in PERSON_OPERATIONS else "operations"]

    def get_override_parameters(self) -> list[Any]:
        rehearse = OpenApiParameter(
            name=REHEARSE,
            type=OpenApiTypes.INT,
            enum=(0, 1),
            description="1: only tell the effect. The act is done and rolled back; nothing is stored.",
        )
        return [*super().get_override_parameters(), rehearse]


class OperationView(PortalView):
    """POST does one operation; `?rehearse=1` only tells its effect."""

    operation: ClassVar[type[Operation]] = Operation
    http_method_names = ["post"]  # noqa: RUF012
    schema = OperationSchema()

    @property
    def act(self) -> str:  # type: ignore[override]
        return self.operation.act

    def post(self, request: Request, public_id: UUID | None = None) -> Response:
        idempotency.key_of(request)
        body, rehearse = body_of(request), _asks_rehearsal(request)
        if rehearse and not self.operation.confirms:
            raise Problem("not_rehearsable")
        if rehearse:
            answer = self._answer(body, public_id, rehearse=True)
            self._record_rehearsal(public_id)
            return Response(answer)
        if self.operation.act in READING:
            return Response(self._answer(body, public_id))
        return idempotency.once(request, self.by, lambda: self._answer(body, public_id))

    def _answer(
        self, body: dict[str, Any], public_id: UUID | None, *, rehearse: bool = False
    ) -> dict[str, Any]:
        at = timezone.now()  # here, because a twin or another writer may have kept this request waiting
        person = _person(public_id, self.operation, by=self.by, at=at) if public_id else None
        version = _version(person)
        form, seen = self._form(body, person, at)
        outcome = run(form, seen=seen, rehearse=rehearse)
        if outcome is None:
            raise Refused(*forms.faults_of(form))
        found = getattr(form, "found", None) or ([outcome.person] if outcome.person else [])
        answer = {
            "message": outcome.message,
            "rehearsed": rehearse,
            "persons": [_summary(one, self.by, at, version if rehearse else _version(one)) for one in found],
            "explanation": _explanation(outcome, self.by, at) if len(found) == 1 else None,
            "made": _address(form.made) if form.made and not rehearse else None,
        }
        plain: dict[str, Any] = json.loads(JSONRenderer().render(answer))
        return plain

    def _form(
        self, body: dict[str, Any], person: Person | None, at: datetime
    ) -> tuple[Operation, int | None]:
        form = self.operation(person=person, by=self.by, at=at)
        form.data, form.files, seen, faults = forms.given(body, form)
        form.is_bound = True
        wrong = {fault.field for fault in faults}
        faults += [fault for fault in forms.faults_of(form) if fault.field not in wrong]
        if faults:
            raise Problem("invalid", faults=faults)
        return form, seen

    def _record_rehearsal(self, public_id: UUID | None) -> None:
        """Write that the person's code was shown: a rehearsal left no event of its own."""
        person = Person.objects.filter(public_id=public_id).first()
        if person is not None:
            reads.record(person, by=self.by, at=self.at, page=f"rehearse:{self.operation.name}")


def _asks_rehearsal(request: Request) -> bool:
    given = request.query_params.get(REHEARSE, "0")
    unknown = set(request.query_params) - {REHEARSE}
    if unknown or given not in ("0", "1"):
        raise Problem("invalid", _("The only parameter is rehearse, 0 or 1."))
    return given == "1"


def _person(public_id: UUID, operation: type[Operation], *, by: User, at: datetime) -> Person:
    """Return the person if the operation may be done to them now; whom the user cannot see does not exist."""
    person = Person.objects.select_related("present", "merged_into").filter(public_id=public_id).first()
    if person is None:
        raise Http404
    if may(operation, person, by=by, at=at):
        return person
    if not reads.may_view(by, person, at=at):
        raise Http404
    if not Person.objects.reachable_by(by, operation.act, at).filter(pk=person.pk).exists():
        raise PermissionDenied(_("This act of yours does not reach this person."))
    raise Problem("not_offered")


def _version(person: Person | None) -> int | None:
    """Return the version that `seen` is compared with: the surviving record's."""
    if person is None:
        return None
    return Person.objects.values_list("version", flat=True).get(pk=person.root_id)


def _summary(person: Person, by: User, at: datetime, version: int | None) -> dict[str, Any]:
    shown = {"public_id": str(person.public_id), "version": version}
    if reads.may_view(by, person, at=at):
        shown |= {
            "name": person.name,
            "document_number": person.masked_document,
            "present": str(person.present),
        }
    return shown


def _address(made: Model) -> str | None:
    names = {Batch: "api:delivery", RuleBook: "api:rule-book-version"}
    return reverse(names[type(made)], args=(made.pk,)) if type(made) in names else None


def _explanation(outcome: Outcome, by: User, at: datetime) -> dict[str, Any] | None:
    if outcome.explanation is None or outcome.person is None:
        return None
    return explained(outcome.explanation, inside=reads.may_view(by, outcome.person, at=at))
