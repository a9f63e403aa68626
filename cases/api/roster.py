"""Who is on duty, and for when nobody has been entered."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.filters import ShiftFilters
from cases.models import Shift
from cases.selectors.roster import gaps, offices_of
from healthcode.core.offices.api.base import PortalView


class RosterSerializer(serializers.ModelSerializer[Shift]):
    """One shift: who can be called for an office, from when until when."""

    office = serializers.CharField(source="office.code")
    user = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Shift
        fields = ("id", "office", "user", "name", "phone", "leads", "from_at", "until", "withdrawn_at")


class GapSerializer(serializers.Serializer[Any]):
    """A span within a day for which an office has nobody on duty, or no leader."""

    office = serializers.CharField(source="office.code")
    leads = serializers.BooleanField(help_text="The leader on duty is missing.")
    from_at = serializers.DateTimeField()
    until = serializers.DateTimeField()


class RosterView(PortalView, ListAPIView[Shift]):
    """List the shifts of the duty roster, those taken back included."""

    act = "roster.view"
    queryset = Shift.objects.select_related("office", "user").order_by("-from_at", "-pk")
    serializer_class = RosterSerializer
    filterset_class = ShiftFilters


class GapsView(PortalView):
    """List for when within a day the reader's offices have nobody on duty."""

    act = "roster.view"

    @extend_schema(operation_id="roster_gaps", responses=GapSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(GapSerializer(gaps(offices_of(self.by), at=self.at), many=True).data)
