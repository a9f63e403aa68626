"""Versions of the rule book: what each changes, whom it would turn, and past days under the book then in force."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.explanations import WordsField
from cases.models import RuleBook
from cases.models.proposals import Decision
from cases.operations.replay import ReplayForm
from cases.policy import differences
from cases.selectors.effects import effect
from cases.services.persons import reads
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.problems import FieldFault, Problem


class VersionSerializer(serializers.ModelSerializer[RuleBook]):
    """One version: who proposed and decided it, and from when it counts."""

    proposed_by = serializers.CharField(source="proposed_by.name")
    decided_by = serializers.CharField(source="decided_by.name", default=None, allow_null=True)

    class Meta:
        model = RuleBook
        fields = (
            *("id", "version", "document_number", "sha256", "effective_from", "adopted_at"),
            *("proposed_by", "proposed_at", "reason", "decision", "decided_by", "decided_at", "answer"),
        )


class ChangeSerializer(serializers.Serializer[Any]):
    """One thing that a version says otherwise than the book in force."""

    clause = serializers.CharField()
    subject = WordsField()
    aspect = WordsField()
    before = WordsField()
    after = WordsField()
    weighty = serializers.BooleanField(help_text="Whether it changes what happens to people.")


class ChapterSerializer(serializers.Serializer[Any]):
    """The changes of one kind of rule."""

    title = WordsField()
    rows = ChangeSerializer(many=True)


class WholeVersionSerializer(VersionSerializer):
    """One version with its text, and what it changes of the book in force."""

    changes = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "text", "changes")

    @extend_schema_field(ChapterSerializer(many=True))
    def get_changes(self, book: RuleBook) -> list[dict[str, Any]]:
        in_force = RuleBook.objects.in_force(self.context["at"])
        found = differences.chapters(in_force.policy, book.policy)
        return [dict(one) for one in ChapterSerializer(found, many=True).data]


class GroundSerializer(serializers.Serializer[Any]):
    """A ground as a book names it."""

    key = serializers.CharField()
    words = WordsField()
    clause = serializers.CharField()
    colour = serializers.CharField()


class EffectLineSerializer(serializers.Serializer[Any]):
    """So many persons of a township who would turn for one ground."""

    township = serializers.CharField(source="township.code")
    township_name = serializers.CharField(source="township")
    ground = GroundSerializer()
    before = serializers.CharField()
    after = serializers.CharField()
    number = serializers.IntegerField()


class EffectPersonSerializer(serializers.Serializer[Any]):
    """One who would turn; only for readers of the person's record."""

    public_id = serializers.UUIDField(source="person.public_id")
    name = serializers.CharField(source="person.name")
    ground = serializers.CharField(source="ground.key")
    before = serializers.CharField()
    after = serializers.CharField()


class EffectSerializer(serializers.Serializer[Any]):
    """Whom an adoption now would turn, within the reader's jurisdiction. Nothing of it is stored."""

    at = serializers.DateTimeField()
    total = serializers.IntegerField()
    worse = serializers.IntegerField()
    better = serializers.IntegerField()
    opening = serializers.IntegerField(help_text="Follow-on cases that would open.")
    closing = serializers.IntegerField(help_text="Follow-on cases that would close.")
    lines = EffectLineSerializer(many=True)
    people = EffectPersonSerializer(many=True, help_text="The first hundred that the reader may read.")


class ReplayRowSerializer(serializers.Serializer[Any]):
    """Persons of one colour: as shown, and without what was voided later."""

    colour = serializers.CharField(source="key")
    shown = serializers.IntegerField(source="displayed")
    corrected = serializers.IntegerField()


class ReplayGroundSerializer(serializers.Serializer[Any]):
    """Persons on whom one ground stood."""

    ground = GroundSerializer()
    shown = serializers.IntegerField(source="displayed")
    corrected = serializers.IntegerField()


class ReplaySerializer(serializers.Serializer[Any]):
    """A past day of a division, under the rule book then in force."""

    day = serializers.DateField()
    instant = serializers.DateTimeField()
    division = serializers.CharField(source="division.code")
    rule_book = serializers.CharField(source="book.version")
    colours = ReplayRowSerializer(many=True)
    grounds = ReplayGroundSerializer(many=True)


class Versions(PortalView):
    """A view on versions: drafts for those who work on them, to everybody else what was approved."""

    act = "rulebook.view"
    queryset = RuleBook.objects.select_related("proposed_by", "decided_by")

    def get_queryset(self) -> QuerySet[RuleBook]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        books = self.queryset.all()
        return books if self.by.may("rulebook.preview") else books.filter(decision=Decision.APPROVED)


class RuleBooksView(Versions, ListAPIView[RuleBook]):
    """List versions of the rule book, newest first."""

    serializer_class = VersionSerializer


class RuleBookVersionView(Versions):
    """Show one version with its text and what it changes of the book in force."""

    @extend_schema(operation_id="rule_book_version", responses=WholeVersionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        book = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(WholeVersionSerializer(book, context={"at": self.at}).data)


class RuleBookEffectView(Versions):
    """Tell who would change colour if a version were adopted now; nothing of it is stored."""

    act = "rulebook.preview"

    @extend_schema(operation_id="rule_book_effect", responses=EffectSerializer)
    def get(self, request: Request, pk: int) -> Response:
        book = get_object_or_404(self.get_queryset().filter(adopted_at=None), pk=pk)
        adoption = effect(book, reader=self.by, at=self.at)
        if adoption.people:
            reads.record_list("cases.person", filters=[f"rulebook:{book.pk}"], by=self.by, at=self.at)
        return Response(EffectSerializer(adoption).data)


class ReplayView(PortalView):
    """Replay a past day of a division: persons by colour and ground, as shown and corrected."""

    act = "rulebook.replay"

    @extend_schema(
        operation_id="replay",
        parameters=[
            OpenApiParameter("day", OpenApiTypes.DATE, required=True, description="A past day, or today."),
            OpenApiParameter("division", OpenApiTypes.STR, required=True, description="A division's code."),
        ],
        responses=ReplaySerializer,
    )
    def get(self, request: Request) -> Response:
        form = ReplayForm(request.query_params, by=self.by, at=self.at)
        if not form.is_valid():
            found = form.errors.as_data().items()
            faults = [
                FieldFault(name, one.code or "invalid", one.messages[0])
                for name, errors in found
                for one in errors
            ]
            raise Problem("invalid", faults=faults)
        return Response(ReplaySerializer(form.replay()).data)
