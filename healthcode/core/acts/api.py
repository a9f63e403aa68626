"""Operations over the API: each at its own address, through the very form and service of its page."""

import json
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from healthcode.core.acts import json_forms
from healthcode.core.acts.base import ActOutcome, Operation, prepare, run
from healthcode.core.offices import sessions
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import Problem, Refused
from healthcode.core.offices.api.schema import PortalSchema

REHEARSE = "rehearse"


class OperationSchema(PortalSchema):
    """Describe an operation by its form."""

    view: "OperationView"

    def get_request_serializer(self) -> Any:
        return json_forms.serializer_of(self.view.operation, self.view.prefix)

    def get_response_serializers(self) -> Any:
        return self.view.answer_serializer

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
            return Response(answer)
        if self.operation.reads:
            return Response(self._perform(body, key))
        return idempotency.once(request, self.by, lambda: self._perform(body, key))

    def _perform(
        self, body: dict[str, Any], key: dict[str, Any], *, rehearse: bool = False
    ) -> dict[str, Any]:
        at = timezone.now()  # here, because a twin or another writer may have kept this request waiting
        subject = self.subject(at, **key)
        version = self.version(subject)
        self.arrive(subject, at)
        form, seen = json_forms.filled(self.operation, body, subject=subject, by=self.by, at=at)
        outcome = run(form, seen=seen, rehearse=rehearse) if prepare(form) else None
        if outcome is None:
            retry_after = form.refused.retry_after if form.refused else None
            raise Refused(*json_forms.faults_of(form), retry_after=retry_after)
        answer = self.answer(form, outcome, rehearsed=rehearse, version=version)
        plain: dict[str, Any] = json.loads(JSONRenderer().render(answer))
        return plain

    def _asks_rehearsal(self, request: Request) -> bool:
        if not self.rehearses:
            return False
        given = request.query_params.get(REHEARSE, "0")
        unknown = set(request.query_params) - {REHEARSE}
        if unknown or given not in ("0", "1"):
            raise Problem("invalid", _("The only parameter is rehearse, 0 or 1."))
        return given == "1"
