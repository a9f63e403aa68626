"""Letters of the hotline over the API: posted once each, by their own number, and read back with their answer."""

from datetime import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models.people import DocumentType
from cases.policy import spellings
from complaints.models import Ticket
from complaints.models.choices import Category, TicketKind
from complaints.services import letters
from healthcode.core.acts.base import TimeMissing
from healthcode.core.instants import is_day_alone
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import FieldFault, Problem, Refused
from healthcode.core.offices.api.schema import OwnNumberSchema
from healthcode.core.offices.refusals import Refusal


class InstantField(serializers.DateTimeField):
    """An instant; a day alone is refused, or the clock of a letter would begin at midnight."""

    def to_internal_value(self, value: Any) -> datetime:
        at: datetime = super().to_internal_value(value)
        if is_day_alone(value, at):
            raise serializers.ValidationError(str(TimeMissing.message), code=TimeMissing.code)
        return at


class LetterSerializer(serializers.Serializer[Any]):
    """One letter."""

    external_no = serializers.CharField(
        max_length=40, help_text="The letter's number: the same again acts once."
    )
    received_at = InstantField(help_text="With its offset from UTC.")
    description = serializers.CharField(max_length=2000)
    kind = serializers.ChoiceField(choices=TicketKind.values, default=TicketKind.CORRECTION.value)
    category = serializers.ChoiceField(choices=Category.values, required=False, default="", allow_blank=True)
    document_type = serializers.ChoiceField(
        choices=[kind for kind in DocumentType.values if kind != "NONE"],
        default=DocumentType.RESIDENT_ID.value,
    )
    document_number = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    document_country = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    contact_name = serializers.CharField(max_length=50, required=False, default="", allow_blank=True)
    contact_phone = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class ReceivedSerializer(serializers.ModelSerializer[Ticket]):
    """What became of a letter."""

    handled_as = serializers.SerializerMethodField(help_text="The ticket it was merged into, or its own.")
    answer = serializers.SerializerMethodField(help_text="What the citizen was told last; empty until then.")

    class Meta:
        model = Ticket
        fields = ("external_no", "number", "state", "decide_due", "handled_as", "answer")

    def get_handled_as(self, ticket: Ticket) -> str:
        return (ticket.merged_into or ticket).number

    def get_answer(self, ticket: Ticket) -> str:
        notice = (ticket.merged_into or ticket).notices.order_by("-pk").first()
        return notice.text if notice else ""


class LettersView(PortalView):
    """POST registers a letter at the bureau; it joins an open ticket on the same person and ground."""

    act = "ticket.deliver"
    http_method_names = ["post"]  # noqa: RUF012
    schema = OwnNumberSchema()

    @extend_schema(
        request=LetterSerializer,
        responses=ReceivedSerializer,
        operation_id="letter-receive",
        tags=["letters"],
    )
    def post(self, request: Request) -> Response:
        body = body_of(request)
        given = LetterSerializer(data=body)
        unknown = [FieldFault(name, "unknown", "Unknown field.") for name in body if name not in given.fields]
        if unknown:
            raise Problem("invalid", faults=unknown)
        given.is_valid(raise_exception=True)
        try:
            received = letters.receive(letters.Letter(**given.validated_data), by=self.by, at=self.at)
        except Refusal as refusal:
            raise Refused(FieldFault(refusal.field, refusal.code, str(refusal))) from refusal
        return Response(ReceivedSerializer(received.ticket).data, status=201 if received.is_new else 200)


class LetterView(PortalView):
    """GET shows what became of a letter."""

    act = "ticket.deliver"

    @extend_schema(responses=ReceivedSerializer, operation_id="letter", tags=["letters"])
    def get(self, request: Request, external_no: str) -> Response:
        number = spellings.one_spelling(external_no)
        found = Ticket.objects.select_related("merged_into").filter(external_no=number).first()
        if found is None:
            raise Http404
        return Response(ReceivedSerializer(found).data)
