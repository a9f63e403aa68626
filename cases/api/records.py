"""Lists of what stands in the records: cases, orders, results, conversions."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from cases.api import filters
from cases.api.base import PersonRows
from cases.models import Basis, Call, Case, ControlOrder, LabResult, Transition
from cases.models.rulebooks import TEXT
from cases.selectors.bases import in_words


class AboutPerson(serializers.Serializer[Any]):
    """The person of a row: opaque number and name."""

    public_id = serializers.UUIDField()
    name = serializers.CharField()


class BasisSerializer(serializers.ModelSerializer[Basis]):
    """One fact that an ending rests on: its kind, the row of that kind, and what it says."""

    words = serializers.CharField(help_text="The fact as the person's page names it.")

    class Meta:
        model = Basis
        fields = ("fact", "key", "words")


class CallSerializer(serializers.ModelSerializer[Call]):
    """One call about a case that stands again."""

    by = serializers.CharField(source="by.name")

    class Meta:
        model = Call
        fields = ("called_at", "reached", "tries", "by", "at")


class CaseSerializer(serializers.ModelSerializer[Case]):
    """One ground on one person, with its office, actor and evidence."""

    person = AboutPerson()
    source_office = serializers.CharField()
    addressed_to = serializers.CharField(allow_null=True)
    entered_by = serializers.CharField(source="entered_by.name")
    opened_by = serializers.CharField(source="opened_by.name", default=None, allow_null=True)
    closed_by = serializers.CharField(source="closed_by.name", default=None, allow_null=True)
    risk_area = serializers.CharField(allow_null=True)
    basis = BasisSerializer(source="bases", many=True, help_text="The facts that its ending rests on.")

    calls = CallSerializer(many=True, help_text="Who telephoned about it, where it stands again.")

    class Meta:
        model = Case
        fields = (
            *("id", "person", "ground", "channel", "state", "began_on", "stayed_from"),
            *("evidence_kind", "evidence_ref", "index_case", "risk_area"),
            *("source_office", "entered_by", "entered_at", "addressed_to"),
            *("opened_at", "opened_by", "closed_at", "closed_by", "exit", "closing_reason"),
            *("resumes", "hold", "basis", "calls"),
        )


class OrderSerializer(serializers.ModelSerializer[ControlOrder]):
    """What a person must do, where, until when, and who answers for it."""

    person = AboutPerson()
    office = serializers.CharField(allow_null=True)
    officer = serializers.CharField(source="officer.username", default=None, allow_null=True)
    opened_by = serializers.CharField(source="opened_by.name")
    ended_by = serializers.CharField(source="ended_by.name", default=None, allow_null=True)

    class Meta:
        model = ControlOrder
        fields = (
            *("id", "person", "kind", "place", "at_home", "elsewhere", "day0", "until", "office", "officer"),
            *("opened_by", "opened_at", "ended_by", "ended_at", "ending", "relied_on", "letter", "follows"),
        )


class ResultSerializer(serializers.ModelSerializer[LabResult]):
    """One sample's outcome; a correction names the row it replaces."""

    person = AboutPerson()
    entered_by = serializers.CharField(source="entered_by.name")
    office = serializers.CharField()

    class Meta:
        model = LabResult
        fields = (
            *(
                "id",
                "person",
                "sampled_at",
                "reported_at",
                "outcome",
                "laboratory",
                "report_number",
                "origin",
            ),
            *("pool_size", "corrects", "reason", "entered_by", "office", "entered_at"),
        )


class TransitionSerializer(serializers.ModelSerializer[Transition]):
    """One change of one person's colour."""

    person = AboutPerson()
    rule_book = serializers.CharField(source="rule_book.document_number")
    actor = serializers.CharField(source="actor.name")
    office = serializers.CharField()

    class Meta:
        model = Transition
        fields = (
            *("id", "person", "at", "from_colour", "to_colour", "act", "case", "clause", "rule_book"),
            *("actor", "office"),
        )


class CasesView(PersonRows):
    """List cases, newest first."""

    queryset = Case.objects.prefetch_related(
        Prefetch("bases", Basis.objects.order_by("fact", "key")), "calls__by"
    )
    serializer_class = CaseSerializer
    filterset_class = filters.CaseFilters
    related = ("person", "source_office", "addressed_to", "entered_by", "opened_by", "closed_by", "risk_area")

    def paginate_queryset(self, queryset: QuerySet[Case]) -> Any:
        """Read the facts of a page's endings together: one query for each kind of fact."""
        page = super().paginate_queryset(queryset)
        rests = [rest for case in page or () for rest in case.bases.all()]
        words = in_words(rests)
        for rest in rests:
            rest.words = words[rest.pk]  # type: ignore[attr-defined]
        return page


class OrdersView(PersonRows):
    """List control orders, newest first."""

    queryset = ControlOrder.objects.all()
    serializer_class = OrderSerializer
    filterset_class = filters.OrderFilters
    related = ("person", "office", "officer", "opened_by", "ended_by")


class ResultsView(PersonRows):
    """List nucleic acid test results, newest first."""

    queryset = LabResult.objects.all()
    serializer_class = ResultSerializer
    filterset_class = filters.ResultFilters
    related = ("person", "entered_by", "office")


class TransitionsView(PersonRows):
    """List conversions, newest first."""

    queryset = Transition.objects.defer(TEXT)
    serializer_class = TransitionSerializer
    filterset_class = filters.TransitionFilters
    related = ("person", "rule_book", "actor", "office")
