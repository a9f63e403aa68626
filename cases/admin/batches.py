"""The list of deliveries, each with the rows that were returned to the sender."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cases.models import Batch, RejectedRow
from healthcode.offices.models import User
from healthcode.offices.scoped_admin import ScopedInline, ScopedModelAdmin, reader


class RejectedRows(ScopedInline):
    """Returned rows in the file's order: which field, and why. What the row held stays sealed."""

    model = RejectedRow
    fields = readonly_fields = ("row", "field", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RejectedRow]:
        return super().get_queryset(request).order_by("row", "pk")


@admin.register(Batch)
class BatchAdmin(ScopedModelAdmin):
    """Deliveries of the reader's own office; supervision sees all."""

    view_act = "batch.deliver"
    select_related = ("office", "delivered_by")
    list_display = (
        "pk",
        "kind",
        "file_name",
        "office",
        "delivered_by",
        "delivered_at",
        *("accepted", "rejected"),
    )
    list_filter = (("kind", admin.ChoicesFieldListFilter),)
    fields = (
        *("kind", "file_name", "sha256", "office", "delivered_by", "delivered_at"),
        *("row_count", "accepted", "rejected"),
    )
    readonly_fields = fields
    inlines = (RejectedRows,)

    def may_read(self, user: User) -> bool:
        return user.may(self.view_act) or user.may("audit.read")

    def scope(self, request: HttpRequest) -> QuerySet[Batch]:
        user = reader(request)
        return Batch.objects.all() if user.may("audit.read") else Batch.objects.filter(office=user.office_id)
