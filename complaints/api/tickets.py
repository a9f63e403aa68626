"""Tickets over the API: read, and worked on through the very form and service of their page."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import forms
from cases.operations.base import run
from complaints.models import Ticket
from complaints.operations import TicketOperation, open_to
from complaints.services import following, handling, reads
from healthcode.core.offices import accounts
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.filtering import OF_PAGES
from healthcode.core.offices.api.parsing import body_of
from healthcode.core.offices.api.problems import Problem, Refused
from healthcode.core.offices.api.schema import PortalSchema

RELATED = ("person", "office", "owner", "first_office", "first_responder", "merged_into")


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    """One ticket, without the citizen's words and number."""

    person = serializers.UUIDField(source="person.public_id", default=None)
    office = serializers.CharField(source="office.code")
    owner = serializers.CharField(source="owner.username", default=None)
    first_office = serializers.CharField(source="first_office.code")
    disputed_case = serializers.IntegerField(source="disputed_case_id", allow_null=True)

    class Meta:
        model = Ticket
        fields = (
            *(
                "number",
                "version",
                "state",
                "kind",
                "category",
                "channel",
                "priority",
                "person",
                "disputed_case",
            ),
            *("office", "owner", "first_office", "finding", "decided_colour", "told_colour", "received_at"),
            *("sign_due", "decide_due", "inform_due", "visit_due", "closed_at", "external_no"),
        )


class TicketPageSerializer(TicketSerializer):
    """One ticket with what the reader may do about it now."""

    operations = serializers.SerializerMethodField()

    class Meta(TicketSerializer.Meta):
        fields = (*TicketSerializer.Meta.fields, "operations")

    def get_operations(self, ticket: Ticket) -> list[str]:
        by, at = self.context["by"], self.context["at"]
        return [one.name for one in open_to(ticket, by=by, at=at)]


class TicketFilters(FilterSet):
    class Meta:
        model = Ticket
        fields = ("state", "category", "channel", "priority")


class TicketsView(PortalView, ListAPIView[Ticket]):
    """List the tickets the reader may see, newest first."""

    act = "ticket.view"
    serializer_class = TicketSerializer
    filterset_class = TicketFilters
    queryset = Ticket.objects.all()

    def get_queryset(self) -> QuerySet[Ticket]:
        if getattr(self, "swagger_fake_view", False):
            return Ticket.objects.none()
        return Ticket.objects.visible_to(self.by).select_related(*RELATED)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        filters = sorted(set(request.query_params) - OF_PAGES)
        reads.record_list(filters=filters, by=self.by, at=self.at)
        return response


class TicketView(PortalView):
    """GET shows one ticket as its cases stand now."""

    act = "ticket.view"
    serializer_class = TicketPageSerializer

    def get(self, request: Request, number: str) -> Response:
        ticket = self.ticket(number)
        reads.record(ticket, page="api", by=self.by, at=self.at)
        return Response(TicketPageSerializer(ticket, context={"by": self.by, "at": self.at}).data)

    def ticket(self, number: str) -> Ticket:
        """Return a ticket the reader may see, brought up to its cases; any other does not exist."""
        found = Ticket.objects.visible_to(self.by).select_related(*RELATED).filter(number=number).first()
        if found is None:
            raise Http404
        following.follow(found, by=accounts.system(at=self.at), at=self.at)
        return found


class TicketOperationSchema(PortalSchema):
    """Describe an operation by its form."""

    view: "TicketOperationView"

    def get_request_serializer(self) -> Any:
        return forms.serializer_of(self.view.operation, of_ticket=True)

    def get_response_serializers(self) -> Any:
        return TicketSerializer

    def get_operation_id(self) -> str:
        return f"ticket-{self.view.operation.name}"

    def get_summary(self) -> str:
        return str(self.view.operation.label)

    def get_description(self) -> str:
        return self.view.operation.__doc__ or ""

    def get_tags(self) -> list[str]:
        return ["operations on a ticket"]


class TicketOperationView(TicketView):
    """POST does one operation on a ticket."""

    operation: ClassVar[type[TicketOperation]] = TicketOperation
    http_method_names = ["post"]  # noqa: RUF012
    schema = TicketOperationSchema()

    @property
    def act(self) -> str:  # type: ignore[override]
        return self.operation.act

    def post(self, request: Request, number: str) -> Response:
        idempotency.key_of(request)
        body = body_of(request)
        return idempotency.once(request, self.by, lambda: self._answer(body, number))

    def _answer(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        ticket, at = self.ticket(number), timezone.now()
        if not self.operation.offered_on(ticket, by=self.by, at=at):
            raise Problem("not_offered")
        if self.operation.looks and ticket.review_by_id != self.by.pk:
            handling.look(ticket, by=self.by, at=at)
        form = self.operation(ticket=ticket, by=self.by, at=at)
        form.data, form.files, seen, faults = forms.given(body, form)
        form.is_bound = True
        wrong = {fault.field for fault in faults}
        faults += [fault for fault in forms.faults_of(form) if fault.field not in wrong]
        if faults:
            raise Problem("invalid", faults=faults)
        if run(form, seen=seen) is None:
            raise Refused(*forms.faults_of(form))
        return dict(TicketSerializer(self.ticket(number)).data)
