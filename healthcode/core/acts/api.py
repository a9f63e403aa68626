"""Operations over the API: each at its own address, through the very form and service of its page."""

import json
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from healthcode.core.acts import attempts, background, json_forms
from healthcode.core.acts.attempts import WORKING, Typed
from healthcode.core.acts.base import ActOutcome, Operation, prepare, run
from healthcode.core.acts.models import BackgroundAct
from healthcode.core.offices import sessions
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import WHOLE, FieldFault, Problem, Refused
from healthcode.core.offices.api.schema import FaultSerializer, PortalSchema

REHEARSE = "rehearse"
HANDED_OVER = "act"  # in an answer: the address at which a worker's act is asked for


class HandedOverSerializer(serializers.Serializer[Any]):
    """An act on many people, or its effect, which a worker does: where to ask how far it is."""

    act = serializers.CharField(help_text="The address that tells how far it is and what came of it.")
    people = serializers.IntegerField(help_text="About how many it reaches.")
    rehearsed = serializers.BooleanField(help_text="True when only the effect is worked out.")


class BackgroundActSerializer(serializers.Serializer[Any]):
    """How far a worker has come with an act on many people, or what came of it."""

    state = serializers.ChoiceField(choices=BackgroundAct.State.choices)
    rehearsed = serializers.BooleanField(help_text="True when only the effect is worked out.")
    people = serializers.IntegerField(help_text="About how many it reaches.")
    done = serializers.IntegerField()
    minutes_left = serializers.IntegerField(allow_null=True)
    message = serializers.CharField(allow_blank=True, help_text="What happened, or would, for people.")
    errors = FaultSerializer(many=True, help_text="Why it was not done.")  # type: ignore[assignment]


class OperationSchema(PortalSchema):
    """Describe an operation by its form."""

    view: "OperationView"

    def get_request_serializer(self) -> Any:
        return json_forms.serializer_of(self.view.operation, self.view.prefix)

    def get_response_serializers(self) -> Any:
        if self.view.operation.people is Operation.people:
            return self.view.answer_serializer
        return {200: self.view.answer_serializer, 202: HandedOverSerializer}

    def get_operation_id(self) -> str:
        prefix = f"{self.view.prefix.lower()}-" if self.view.prefix else ""
        return f"{prefix}{self.view.operation.name}"

    def get_summary(self) -> str:
        return str(self.view.operation.label)

    def get_description(self) -> str:
        return self.view.operation.__doc__ or ""

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_override_parameters(self) -> list[Any]:
        rehearse = OpenApiParameter(
            name=REHEARSE,
            type=OpenApiTypes.INT,
            enum=(0, 1),
            description="1: only tell the effect. The act is done and rolled back; nothing is stored.",
        )
        return [*super().get_override_parameters(), *([rehearse] if self.view.rehearses else [])]


class OperationView(PortalView):
    """POST does one operation; where it can be rehearsed, `?rehearse=1` only tells its effect."""

    # Each route names its own; `as_view` takes only what the class has.
    operation: ClassVar[type[Operation]] = Operation  # type: ignore[type-abstract]
    prefix: ClassVar[str] = ""  # of the names in the schema
    tag: ClassVar[str] = "operations"
    rehearses: ClassVar[bool] = True
    answer_serializer: ClassVar[Any] = None
    http_method_names = ["post"]  # noqa: RUF012
    schema = OperationSchema()

    @property
    def act(self) -> str:  # type: ignore[override]
        return self.operation.act

    # --- what differs from kind to kind ------------------------------------------------------------------
    def subject(self, at: datetime, **key: Any) -> Any:
        """Return the subject if the operation may be done to it now. Raises Http404, PermissionDenied, Problem."""
        return None

    def arrive(self, subject: Any, at: datetime) -> None:
        """Do what opening the page of the operation would have done."""

    def version(self, subject: Any) -> int | None:
        """Return the version of the subject as it is stored now."""
        return None

    def answer(self, form: Operation, outcome: ActOutcome, **asked: Any) -> dict[str, Any]:
        """Return what is answered; `rehearsed` and the `version` before the act are named."""
        raise AssertionError  # pragma: no cover

    def page(self) -> str:
        """Return the page of the operation, where a worker does what reaches many; nothing where none does."""
        return ""

    def record_rehearsal(self, **key: Any) -> None:
        """Write that the subject was shown: a rehearsal left no event of its own."""

    # --- one request -----------------------------------------------------------------------------------------
    def post(self, request: Request, **key: Any) -> Response:
        idempotency.key_of(request)
        body, rehearse = body_of(request), self._asks_rehearsal(request)
        if self.operation.proven and request.auth is None and not sessions.is_proven(request._request):
            raise Problem(
                "forbidden", _("Type your password again on a page first: you logged in too long ago.")
            )
        if rehearse and not self.operation.confirms:
            raise Problem("not_rehearsable")
        if rehearse:
            answer = self._perform(body, key, rehearse=True)
            self.record_rehearsal(**key)
            return _answered(Response(answer))
        if self.operation.reads:
            return Response(self._perform(body, key))
        return _answered(idempotency.once(request, self.by, lambda: self._perform(body, key)))

    def _perform(
        self, body: dict[str, Any], key: dict[str, Any], *, rehearse: bool = False
    ) -> dict[str, Any]:
        at = timezone.now()  # here, because a twin or another writer may have kept this request waiting
        subject = self.subject(at, **key)
        version = self.version(subject)
        self.arrive(subject, at)
        form, seen = json_forms.filled(self.operation, body, subject=subject, by=self.by, at=at)
        if self.page() and (people := form.people()) >= background.MANY:
            return self._hand_over(form, people, rehearse=rehearse)
        outcome = run(form, seen=seen, rehearse=rehearse) if prepare(form) else None
        if outcome is None:
            retry_after = form.refused.retry_after if form.refused else None
            raise Refused(*json_forms.faults_of(form), retry_after=retry_after)
        answer = self.answer(form, outcome, rehearsed=rehearse, version=version)
        plain: dict[str, Any] = json.loads(JSONRenderer().render(answer))
        return plain

    @transaction.atomic
    def _hand_over(self, form: Operation, people: int, *, rehearse: bool) -> dict[str, Any]:
        """Let a worker do it, as it does for the page: a request may not last as long."""
        typed = Typed(data={name: [str(value)] for name, value in form.data.items()}, step=WORKING)
        mark = attempts.keep(typed, page=self.page(), by=self.by, at=form.at)
        background.begin(mark, form, people=people, rehearse=rehearse, at=form.at)
        return {
            HANDED_OVER: reverse("api:act", args=(mark,)),
            "people": people,
            "rehearsed": rehearse,
        }

    def _asks_rehearsal(self, request: Request) -> bool:
        if not self.rehearses:
            return False
        given = request.query_params.get(REHEARSE, "0")
        unknown = set(request.query_params) - {REHEARSE}
        if unknown or given not in ("0", "1"):
            raise Problem("invalid", _("The only parameter is rehearse, 0 or 1."))
        return given == "1"


def _answered(response: Response) -> Response:
    """Answer 202 where a worker does it, and the first answer again where a request is sent again."""
    if HANDED_OVER in response.data:
        response.status_code = 202
        response.headers["Location"] = response.data[HANDED_OVER]
    return response


class BackgroundActView(PortalView):
    """Tell how far a worker has come with an act of one's own on many people, or what came of it; for a day."""

    @extend_schema(operation_id="act", responses=BackgroundActSerializer)
    def get(self, request: Request, mark: str) -> Response:
        row = background.of(mark, by=self.by)
        if row is None:
            raise Http404
        typed = attempts.recall(mark, page=row.attempt.page, by=self.by, at=self.at)
        if typed is None:
            raise Http404
        progress = background.progress_of(row, at=self.at)
        is_waiting = row.state == BackgroundAct.State.WAITING
        answer = {
            "state": row.state,
            "rehearsed": row.rehearses,
            "people": row.people,
            "done": progress.done,
            "minutes_left": progress.minutes_left if is_waiting else None,
            "message": typed.message,
            "errors": [
                FieldFault(WHOLE if name == "__all__" else name, code or "invalid", message)
                for name, faults in typed.errors.items()
                for message, code in faults
            ],
        }
        return Response(BackgroundActSerializer(answer).data)
