"""How the API describes itself: OpenAPI, with problems and idempotency keys described once for all operations."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from healthcode.core.offices.api import idempotency, problems

READ_PROBLEMS = ("400", "401", "403", "404", "429")
WRITE_PROBLEMS = (*READ_PROBLEMS, "409", "415", "422")


class FaultSerializer(serializers.Serializer[problems.FieldFault]):
    """One thing that is wrong."""

    field = serializers.CharField(
        help_text="The field it concerns; empty for the request as a whole.", allow_blank=True
    )
    code = serializers.CharField(help_text="Stable.")
    detail = serializers.CharField(help_text="For people, in the reader's language.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error as RFC 9457 has it; `code` is stable, the words are in the reader's language."""

    type = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]


class PortalSchema(AutoSchema):
    """Add to every operation what PortalView adds to it."""

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST":
            return []
        return [
            OpenApiParameter(
                name=idempotency.HEADER,
                type=OpenApiTypes.STR,
                location=OpenApiParameter.HEADER,
                required=True,
                description="1 to 80 printable characters, new for each act. The same key with the same request is "
                "answered again without acting again (`Idempotent-Replay: true`).",
            )
        ]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status in WRITE_PROBLEMS if self.method == "POST" else READ_PROBLEMS:
            bodies[status] = self._get_response_for_code(
                ProblemSerializer, status, media_types=[problems.MEDIA_TYPE]
            )
        return bodies


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "healthcode.core.offices.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class OwnNumberSchema(PortalSchema):
    """What is sent bears a number of its own, which is its key: no header repeats it."""

    def get_override_parameters(self) -> list[Any]:
        return []
