"""The check at a door for gate devices: colour, verdict and where to send somebody, never a ground."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.explanations import colour_words, text_of
from cases.models import GateCheck
from cases.models.gates import WhyLabel
from cases.operations.gate import CheckGate
from cases.selectors import answers
from cases.services import gates
from healthcode.core import outages
from healthcode.core.acts import json_forms
from healthcode.core.acts.base import run
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import Problem, Refused


class SendToSerializer(serializers.Serializer[Any]):
    """Who takes over: the nearest fever clinics, or for red the prevention office."""

    name = serializers.CharField(source="__str__")
    phone = serializers.CharField()
    address = serializers.CharField()


class GateAnswerSerializer(serializers.Serializer[Any]):
    """What a gate is told of a check."""

    id = serializers.IntegerField(source="check.pk")
    at = serializers.DateTimeField(source="check.at")
    venue = serializers.IntegerField(source="check.venue_id")
    colour = serializers.CharField(help_text="GREEN, YELLOW, RED, or NONE: no code under this number.")
    colour_words = serializers.SerializerMethodField()
    passed = serializers.BooleanField(source="check.passed")
    why = serializers.ChoiceField(choices=WhyLabel.values, source="check.why")
    why_words = serializers.CharField(source="check.get_why_display")
    clause = serializers.CharField(source="verdict.clause")
    rule = serializers.SerializerMethodField(help_text="The rule book's sentence about it; may be empty.")
    fever = serializers.BooleanField(source="verdict.fever")
    asks = serializers.CharField(
        source="verdict.asks", help_text="MASK or REASON: send the check anew with it. Else empty."
    )
    masked_name = serializers.CharField(help_text="To compare with the document; may be empty.")
    turned_from = serializers.CharField(
        help_text="What the phone showed, where the code has turned since; else empty."
    )
    elsewhere_ago = serializers.IntegerField(
        allow_null=True, help_text="Seconds since this phone's code was scanned at another door; else null."
    )
    send_to = SendToSerializer(many=True)

    def get_colour_words(self, answer: answers.GateAnswer) -> str:
        return colour_words(answer.colour)

    def get_rule(self, answer: answers.GateAnswer) -> str:
        return text_of(answer.verdict.words) if answer.verdict.words else ""


def plain(answer: answers.GateAnswer) -> dict[str, Any]:
    """Return an answer as JSON holds it, as the serializer describes it: which takes ten times as long."""
    check, verdict = answer.check, answer.verdict
    return {
        "id": check.pk,
        "at": timezone.localtime(check.at).isoformat(),
        "venue": check.venue_id,
        "colour": check.colour,
        "colour_words": colour_words(answer.colour),
        "passed": check.passed,
        "why": check.why,
        "why_words": str(WhyLabel(check.why).label),  # Django would put all of them into words first
        "clause": verdict.clause,
        "rule": text_of(verdict.words),
        "fever": verdict.fever,
        "asks": verdict.asks,
        "masked_name": answer.masked_name,
        "turned_from": answer.turned_from,
        "elsewhere_ago": answer.elsewhere_ago,
        "send_to": [
            {"name": str(office), "phone": office.phone, "address": office.address}
            for office in answer.send_to
        ],
    }


def content_of(check: GateCheck) -> dict[str, Any]:
    """Return what a device is told of a check."""
    return plain(answers.answer_to(check, gates.verdict(check)))


class GateChecksView(PortalView):
    """POST checks somebody at a door of the device's own office."""

    act = "gate.check"
    http_method_names = ["post"]  # noqa: RUF012

    @extend_schema(
        operation_id="gate-check",
        request=json_forms.serializer_of(CheckGate),
        responses=GateAnswerSerializer,
        tags=["gate"],
    )
    def post(self, request: Request) -> Response:
        """Check code and temperature at a door, both, always (clause 4.1)."""
        idempotency.key_of(request)
        body = body_of(request)
        return idempotency.once(request, self.by, lambda: self._answer(body))

    def handle_exception(self, exc: Exception) -> Response:
        """Say what a keeper does where no check can be recorded."""
        return super().handle_exception(Problem("unrecorded") if outages.cannot_write(exc) else exc)

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        form, _seen = json_forms.filled(CheckGate, body, subject=None, by=self.by, at=timezone.now())
        if run(form) is None:
            assert form.refused is not None
            raise Refused(*json_forms.faults_of(form), retry_after=form.refused.retry_after)
        assert isinstance(form.made, GateCheck)
        return content_of(form.made)
