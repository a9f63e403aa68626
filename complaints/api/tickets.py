"""Tickets over the API: read, and worked on through the very form and service of their page."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.models import Ticket
from complaints.operations import TicketOperation, open_to
from complaints.services import following, handling, reads
from healthcode.core.acts.api import OperationView
from healthcode.core.acts.base import ActOutcome, Operation
from healthcode.core.offices import accounts
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.filtering import OF_PAGES
from healthcode.core.offices.api.problems import Problem
from healthcode.core.offices.models import User

RELATED = ("person", "office", "owner", "first_office", "first_responder", "merged_into")


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    """One ticket, without the citizen's words and number."""

    person = serializers.UUIDField(source="person.public_id", default=None, allow_null=True)
    office = serializers.CharField(source="office.code")
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    first_office = serializers.CharField(source="first_office.code")
    disputed_case = serializers.IntegerField(source="disputed_case_id", allow_null=True)

    class Meta:
        model = Ticket
        fields = (
            *("number", "version", "state", "kind", "category", "channel", "priority"),
            *("person", "disputed_case", "office", "owner", "first_office"),
            *("finding", "decided_colour", "told_colour", "received_at"),
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
        fields = ("state", "category", "channel", "priority", "external_no")


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
        ticket = visible(number, by=self.by, at=self.at)
        reads.record(ticket, page="api", by=self.by, at=self.at)
        return Response(TicketPageSerializer(ticket, context={"by": self.by, "at": self.at}).data)


class TicketOperationView(OperationView):
    """POST does one operation on a ticket."""

    prefix = "Ticket"
    tag = "operations on a ticket"
    rehearses = False
    answer_serializer = TicketSerializer

    def subject(self, at: datetime, **key: Any) -> Ticket:
        ticket = visible(key["number"], by=self.by, at=at)
        if not self.operation.offered(ticket, by=self.by, at=at):
            raise Problem("not_offered")
        return ticket

    def arrive(self, subject: Any, at: datetime) -> None:
        looks = issubclass(self.operation, TicketOperation) and self.operation.looks
        if looks and subject.review_by_id != self.by.pk:
            handling.look(subject, by=self.by, at=at)

    def answer(self, form: Operation, outcome: ActOutcome, **asked: Any) -> dict[str, Any]:
        return dict(TicketSerializer(visible(outcome.subject.number, by=self.by, at=form.at)).data)


def visible(number: str, *, by: User, at: datetime) -> Ticket:
    """Return a ticket the reader may see, brought up to its cases; any other does not exist."""
    found = Ticket.objects.visible_to(by).select_related(*RELATED).filter(number=number).first()
    if found is None:
        raise Http404
    following.follow(found, by=accounts.system(at=at), at=at)
    return found
