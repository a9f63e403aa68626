"""The list of the documents that codings may cite."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cases.models import Document
from healthcode.core.offices.scoped_admin import ScopedModelAdmin


@admin.register(Document)
class DocumentAdmin(ScopedModelAdmin):
    """The whole register: what is cited is nobody's secret."""

    view_act = "document.view"
    select_related = ("entered_by",)
    list_display = ("number", "issuer", "issued_on", "entered_by", "entered_at")
    search_fields = ("number", "issuer")
    fields = ("number", "issuer", "issued_on", "entered_by", "entered_at")
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Document]:
        return Document.objects.all()
