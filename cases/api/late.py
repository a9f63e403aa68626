"""Checks that a door took without a network: sent later, up to a hundred at once, each answered for itself."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import GateCheck
from cases.operations.gate import SendCheck
from cases.passes import keys
from cases.policy.colours import Colour
from cases.services.gates.late import MOST
from healthcode.core.acts import json_forms
from healthcode.core.acts.base import run
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import FieldFault, Problem
from healthcode.core.offices.api.schema import FaultSerializer, OwnNumberSchema

TAKEN, AGAIN, REFUSED = "RECORDED", "AGAIN", "REFUSED"


class LateChecksSerializer(serializers.Serializer[Any]):
    """Up to a hundred checks, in the order in which they were taken."""

    checks = json_forms.serializer_of(SendCheck)(many=True, max_length=MOST)  # type: ignore[call-arg]


class LateAnswerSerializer(serializers.Serializer[Any]):
    """What became of one check. What is REFUSED stays so: it is not sent again."""

    device_id = serializers.CharField()
    taken = serializers.ChoiceField(choices=(TAKEN, AGAIN, REFUSED))
    errors = FaultSerializer(many=True)  # type: ignore[assignment]
    colour_then = serializers.CharField(
        help_text="What the code was at that moment where it was not what the door told; else empty."
    )


class LateAnswersSerializer(serializers.Serializer[Any]):
    """The answers, in the order of the checks."""

    answers = LateAnswerSerializer(many=True)


class LateChecksView(PortalView):
    """POST records what a door took without a network."""

    act = "gate.check"
    http_method_names = ["post"]  # noqa: RUF012
    schema = OwnNumberSchema()

    @extend_schema(
        operation_id="gate-checks-late",
        request=LateChecksSerializer,
        responses=LateAnswersSerializer,
        tags=["gate"],
    )
    def post(self, request: Request) -> Response:
        """Record each check once, as the door answered it (clause 4.1)."""
        rows = body_of(request).get("checks")
        if not isinstance(rows, list) or len(rows) > MOST or not all(isinstance(row, dict) for row in rows):
            raise Problem("invalid", faults=[FieldFault("checks", "invalid", f"0 to {MOST} objects.")])
        return Response({"answers": [self._answer(row) for row in rows]})

    def _answer(self, row: dict[str, Any]) -> dict[str, Any]:
        answer = {
            "device_id": str(row.get("device_id", "")),
            "taken": REFUSED,
            "errors": [],
            "colour_then": "",
        }
        try:
            form, _seen = json_forms.filled(SendCheck, row, subject=None, by=self.by, at=self.at)
        except Problem as problem:
            return {**answer, "errors": [asdict(fault) for fault in problem.faults]}
        assert isinstance(form, SendCheck)
        if run(form) is None:
            return {**answer, "errors": [asdict(fault) for fault in json_forms.faults_of(form)]}
        assert form.made is not None
        return {**answer, "taken": TAKEN if form.is_new else AGAIN, "colour_then": turned(form.made)}


def turned(made: GateCheck) -> str:
    """Return what the code was where it was not what the door told."""
    told_nothing = made.colour == Colour.NONE
    return "" if told_nothing or made.colour == made.colour_then else made.colour_then


class PassKeySerializer(serializers.Serializer[Any]):
    """The public half of a key that signs passes: Ed25519, 32 bytes in URL-safe base64."""

    number = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=("phone", "paper")))
    public = serializers.CharField()


class PassKeysSerializer(serializers.Serializer[Any]):
    """Every key by which a pass of this city counts."""

    keys = PassKeySerializer(many=True)


class PassKeysView(PortalView):
    """GET returns the public keys of passes, for devices that read without a network."""

    act = "gate.check"

    @extend_schema(operation_id="gate-pass-keys", responses=PassKeysSerializer, tags=["gate"])
    def get(self, request: Request) -> Response:
        """Return by which keys a device tells a pass of this city (`docs/passes.md`)."""
        return Response({"keys": keys.published()})
