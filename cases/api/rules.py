"""What everybody works by: the rule book in force, the listed areas, and the register of documents."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.explanations import text_of
from cases.api.filters import AreaFilters, DocumentFilters
from cases.api.persons import DivisionSerializer
from cases.models import Document, RiskArea, RuleBook
from cases.policy.words import Bilingual
from healthcode.core.offices.api.base import PortalView

TABLES = (
    "colours",
    "grounds",
    "measures",
    "exits",
    "conditions",
    "venues",
    "vehicles",
    "rules",
    "clauses",
    "outcomes",
)


class AreaSerializer(serializers.ModelSerializer[RiskArea]):
    """A medium- or high-risk area, or one in a severe situation."""

    division = DivisionSerializer(allow_null=True)

    class Meta:
        model = RiskArea
        fields = (
            *(
                "id",
                "name",
                "division",
                "venue",
                "level",
                "severe",
                "test_required",
                "look_back_days",
                "from_at",
            ),
            *(
                "source_document",
                "assessment_document",
                "consent_document",
                "decision",
                "lifted_at",
                "test_still_due",
            ),
        )


class AreasView(PortalView, ListAPIView[RiskArea]):
    """List risk areas anywhere: a traveller's case rests on areas far away."""

    act = "area.view"
    queryset = RiskArea.objects.select_related("division")
    serializer_class = AreaSerializer
    filterset_class = AreaFilters


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document that codings may cite, or one that was struck from the register."""

    entered_by = serializers.CharField(source="entered_by.username")
    struck_by = serializers.CharField(source="struck_by.username", allow_null=True, default=None)

    class Meta:
        model = Document
        fields = (
            *("id", "number", "issuer", "issued_on", "entered_by", "entered_at"),
            *("struck_at", "struck_by", "replaced_by"),
        )


class DocumentsView(PortalView, ListAPIView[Document]):
    """List the register of documents: what a coding by the dozen may cite, and what was struck from it."""

    act = "document.view"
    queryset = Document.objects.select_related("entered_by", "struck_by")
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilters


class RuleBookSerializer(serializers.Serializer[Any]):
    """A rule book: tables by key, sentences in the reader's language; `ours` marks what the guide leaves open."""

    version = serializers.CharField()
    document_number = serializers.CharField()
    title = serializers.CharField()
    adopted_at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the document's text.")
    parameters = serializers.DictField(help_text="Each with its value, its clause and what it is for.")

    colours = serializers.DictField()
    grounds = serializers.DictField()
    measures = serializers.DictField()
    exits = serializers.DictField()
    conditions = serializers.DictField()
    venues = serializers.DictField()
    vehicles = serializers.DictField()
    rules = serializers.DictField()
    clauses = serializers.DictField()
    outcomes = serializers.DictField()


class RuleBookView(PortalView):
    """Show the rule book in force."""

    act = "rulebook.view"

    @extend_schema(operation_id="rule_book", responses=RuleBookSerializer)
    def get(self, request: Request) -> Response:
        book = RuleBook.objects.in_force(self.at)
        policy = book.policy
        answer = {
            "version": book.version,
            "document_number": book.document_number,
            "title": text_of(policy.title),
            "adopted_at": book.adopted_at,
            "sha256": book.sha256,
            "parameters": plain(policy.parameters.notes),
            **{table: plain(getattr(policy, table)) for table in TABLES},
        }
        return Response(RuleBookSerializer(answer).data)


def plain(value: Any) -> Any:
    """Return a part of the rule book as JSON has it: sentences in the reader's language, the rest as it is."""
    if isinstance(value, Bilingual):
        return text_of(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
