"""Deliveries of the reader's own office, and the rows that were returned; supervision and duty leads see the area's."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django_filters import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.feeds import rehearsed
from cases.feeds.kinds import FORMATS
from cases.models import Batch, RejectedRow
from cases.selectors import decidable
from cases.selectors.deliveries import progress
from healthcode.core.offices import stored_refusals
from healthcode.core.offices.api.base import PortalView


class RowFaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong: its code, the word of its column, and the sentence."""

    code = serializers.CharField()
    column = serializers.CharField()
    detail = serializers.CharField()


def _faults(stored: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"code": one["code"], "column": one.get("column", ""), "detail": str(stored_refusals.from_json(one))}
        for one in stored
    ]


class ReturnedRowSerializer(serializers.ModelSerializer[RejectedRow]):
    """One row that was returned: which field, and why. What the row held stays sealed."""

    reason = serializers.CharField(help_text="In the language asked for.")
    faults = serializers.SerializerMethodField()

    class Meta:
        model = RejectedRow
        fields = ("row", "field", "reason", "faults", "state")

    @extend_schema_field(RowFaultSerializer(many=True))
    def get_faults(self, row: RejectedRow) -> list[dict[str, str]]:
        return _faults(row.faults)


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """One delivery: who sent what, and what became of it."""

    office = serializers.CharField()
    fault = serializers.CharField(help_text="Why it came back as a whole, in the language asked for.")
    delivered_by = serializers.CharField(source="delivered_by.name")

    class Meta:
        model = Batch
        fields = (
            *("id", "kind", "state", "file_name", "sha256", "office", "delivered_by", "delivered_at"),
            *("row_count", "checked", "applied", "accepted", "unchanged", "held", "rejected", "fault"),
        )


class DeliverySerializer(BatchSerializer):
    """One delivery with its returned rows, in the file's order."""

    returned_rows = serializers.SerializerMethodField()
    minutes_left = serializers.SerializerMethodField(
        help_text="Of the check or the applying, at the pace so far; null where nothing goes on."
    )
    preview = serializers.SerializerMethodField(
        help_text="What applying would do; empty before the file is checked."
    )

    class Meta(BatchSerializer.Meta):
        fields = (*BatchSerializer.Meta.fields, "minutes_left", "preview", "returned_rows")

    def get_minutes_left(self, batch: Batch) -> int | None:
        found = progress(batch, at=timezone.now())
        return found.minutes_left if found else None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_preview(self, batch: Batch) -> dict[str, Any]:
        if not batch.preview:
            return {}
        returned = [
            {"row": one.row, "field": one.column, "asks": one.asks, "reason": one.reason}
            | {"faults": _faults(one.stored)}
            for one in rehearsed.faults_of(batch)
        ]
        return {**batch.preview, "returned": returned}

    def get_returned_rows(self, batch: Batch) -> list[dict[str, Any]]:
        rows = batch.rejected_rows.order_by("row", "pk")
        return [dict(row) for row in ReturnedRowSerializer(rows, many=True).data]


class DeliveryFilters(FilterSet):
    class Meta:
        model = Batch
        fields = ("kind", "state")


class ColumnSerializer(serializers.Serializer[Any]):
    """What to write in one column."""

    word = serializers.CharField(help_text="The column's heading.")
    needed = serializers.BooleanField()
    hint = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField(), help_text="Others are taken too.")
    example = serializers.CharField()


class ColumnsView(PortalView):
    """GET says what the columns of a kind of file take."""

    act = "batch.deliver"

    @extend_schema(responses=ColumnSerializer(many=True), operation_id="delivery-columns")
    def get(self, request: Request, kind: str) -> Response:
        known = FORMATS.get(kind)
        if known is None or not self.by.may(known.act):
            raise Http404
        return Response(ColumnSerializer(known.helps, many=True).data)


class OwnDeliveries(PortalView):
    """A view on the deliveries that the reader's pages list, too."""

    act = "batch.deliver"
    queryset = Batch.objects.select_related("office", "delivered_by")

    def may(self) -> bool:
        return decidable.reads_deliveries(self.by)

    def get_queryset(self) -> QuerySet[Batch]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return decidable.readable_deliveries(self.by).select_related("office", "delivered_by")


class DeliveriesView(OwnDeliveries, ListAPIView[Batch]):
    """List deliveries, newest first."""

    serializer_class = BatchSerializer
    filterset_class = DeliveryFilters


class DeliveryView(OwnDeliveries, RetrieveAPIView[Batch]):
    """Show one delivery with its returned rows."""

    serializer_class = DeliverySerializer
    filter_backends = ()
