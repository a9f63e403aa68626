"""Persons over the API: the list, one person masked, why the code has its colour, and what it showed at an instant."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.base import PersonReach, PersonRows
from cases.api.explanations import ExplanationSerializer, WordsField, colour_words, explained
from cases.api.filters import Moment, PersonFilters
from cases.api.waiting import WaitSerializer
from cases.models import Case, ControlOrder, Person
from cases.operations import PERSON_OPERATIONS, open_to
from cases.selectors import awaited, deaths, due, reach
from cases.selectors.colours import colours_of
from cases.selectors.explanation import explain, explain_then
from cases.services.engine.uncoded import with_uncoded
from cases.services.persons import reads
from healthcode.core.offices.api.problems import FieldFault, Problem
from healthcode.core.offices.models import Division


class DivisionSerializer(serializers.ModelSerializer[Division]):
    """A division by code and name."""

    name = serializers.CharField(source="__str__")

    class Meta:
        model = Division
        fields = ("code", "name")


class PersonSummary(serializers.Serializer[Any]):
    """Whom an act concerned; name and masked number only for those who may read the person's page."""

    public_id = serializers.UUIDField()
    version = serializers.IntegerField(allow_null=True, help_text="Send it back as `seen`.")
    name = serializers.CharField(required=False)
    document_number = serializers.CharField(required=False, help_text="Masked.")
    present = serializers.CharField(required=False)


class PersonRow(serializers.ModelSerializer[Person]):
    """A person in a list: the number masked."""

    document_number = serializers.CharField(source="masked_document", help_text="Masked.")
    present = DivisionSerializer()
    colour = serializers.CharField()
    being_checked = serializers.BooleanField(help_text="A death waits to be confirmed: no gate answers.")
    grounds = serializers.ListField(child=serializers.CharField())
    due = serializers.CharField()

    class Meta:
        model = Person
        fields = (
            "public_id",
            "name",
            "document_type",
            "document_number",
            "present",
            "colour",
            "being_checked",
            "grounds",
            "due",
        )


class NoticeSerializer(serializers.Serializer[Any]):
    """One thing that waits about somebody, and how it stands to its hours."""

    act = serializers.CharField(help_text="The act of the role table that settles it.")
    words = serializers.CharField()
    since = serializers.DateTimeField(source="wait.since")
    wait = WaitSerializer()


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person: numbers masked; whoever needs them in full asks with a reason (operation `unmask`)."""

    document_number = serializers.CharField(source="masked_document", help_text="Masked.")
    phone = serializers.CharField(source="masked_phone", help_text="Masked.")
    registered = DivisionSerializer(allow_null=True)
    present = DivisionSerializer()
    code_city = DivisionSerializer(allow_null=True)
    guardian = serializers.UUIDField(source="guardian.public_id", default=None, allow_null=True)
    merged_into = serializers.UUIDField(source="merged_into.public_id", default=None, allow_null=True)
    version = serializers.SerializerMethodField(help_text="Send it back as `seen`.")
    explanation = ExplanationSerializer()
    waiting = NoticeSerializer(many=True, help_text="What about this person waits for a decision or an act.")

    class Meta:
        model = Person
        fields = (
            *("public_id", "version", "name", "document_type", "document_country", "document_number", "sex"),
            *("birth_date", "phone", "registered", "present", "address", "guardian", "guardian_relation"),
            *("code_city", "deceased_on", "merged_into", "registered_at", "explanation", "waiting"),
        )

    def get_version(self, person: Person) -> int:
        return person.merged_into.version if person.merged_into else person.version


class ThenGroundSerializer(serializers.Serializer[Any]):
    """A ground that stood at that instant."""

    ground = serializers.CharField(source="key")
    words = WordsField()
    clause = serializers.CharField()
    colour = serializers.CharField()


class CodeSerializer(serializers.Serializer[Any]):
    """What a person's code showed at an instant."""

    person = serializers.UUIDField()
    at = serializers.DateTimeField()
    colour = serializers.CharField()
    colour_words = serializers.CharField()
    rule_book = serializers.CharField(help_text="The document in force at that instant.")
    being_checked = serializers.BooleanField(help_text="A death waited to be confirmed: no gate answered.")
    grounds = ThenGroundSerializer(many=True, help_text="As that rule book has them, gravest first.")


class OfferedSerializer(serializers.Serializer[Any]):
    """An operation that the reader may do to this person now."""

    name = serializers.CharField()
    label = serializers.CharField()


class PersonsView(PersonRows):
    """List the persons within reach, newest first."""

    queryset = Person.objects.all()
    serializer_class = PersonRow
    filterset_class = PersonFilters
    related = ("present",)

    def within(self) -> Q:
        return reach.of_rows(self.by, self.act, at=self.at) & Q(merged_into=None)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self._annotate_rows(list(page or ()))
        return page

    def _annotate_rows(self, rows: list[Any]) -> None:
        """Give each person of a page its colour, grounds and due state: a query each for the whole page."""
        group = Q(person__among=Person.objects.group_of(*(row.pk for row in rows)))
        colours = colours_of([row.pk for row in rows], at=self.at)
        grounds: dict[int, list[str]] = {}
        for case in Case.objects.open().filter(group).select_related("person").order_by("opened_at", "pk"):
            grounds.setdefault(case.person.root_id, []).append(case.ground)
        standing = ControlOrder.objects.standing().filter(group).select_related("person")
        orders = {order.person.root_id: order for order in standing}
        checked = deaths.checked_among(row.pk for row in rows)
        for row in rows:
            row.being_checked = row.pk in checked
            row.colour = colours[row.pk].value
            row.grounds = list(dict.fromkeys(grounds.get(row.pk, ())))
            row.due = due.state_of(orders.get(row.pk), self.at).value


class OnePersonView(PersonReach):
    """Base of what is answered about one person; each reading is written into the ledger."""

    def person(self, public_id: UUID, page: str) -> Person:
        """Return a person within reach, and write that its record was read."""
        related = ("present", "registered", "code_city", "guardian", "merged_into")
        person: Person = get_object_or_404(self.reachable().select_related(*related), public_id=public_id)
        reads.record(person, by=self.by, at=self.at, page=f"api:{page}")
        return person


class PersonView(OnePersonView):
    """Show one person, the numbers masked, with the explanation of the code."""

    @extend_schema(operation_id="person", responses=PersonSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        person: Any = self.person(public_id, "person")
        person.explanation = with_uncoded(explain(person, at=self.at))
        person.waiting = awaited.about(person, self.at)
        return Response(PersonSerializer(person, context={"inside": True}).data)


class ExplanationView(OnePersonView):
    """Explain a person's code: every standing case, who entered it, what ends it, whose act is missing."""

    @extend_schema(operation_id="explanation", responses=ExplanationSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        person = self.person(public_id, "explanation")
        return Response(explained(with_uncoded(explain(person, at=self.at)), inside=True))


class CodeView(OnePersonView):
    """Say what a person's code showed at an instant; without one, what it shows now."""

    @extend_schema(
        operation_id="code",
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME, description="Any past instant.")],
        responses=CodeSerializer,
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        moment = Moment({"at": request.query_params.get("at") or self.at.isoformat()})
        if not moment.is_valid():
            errors = moment.errors.as_data()["at"]
            raise Problem(
                "invalid", faults=[FieldFault("at", one.code or "invalid", one.messages[0]) for one in errors]
            )
        person, at = self.person(public_id, "code"), moment.cleaned_data["at"]
        if at < person.registered_at:
            raise Problem(
                "invalid",
                faults=[FieldFault("at", "not_registered", _("The person was not registered yet."))],
            )
        then = explain_then(person, at=at)
        answer = {
            "person": public_id,
            "at": at,
            "colour": then.colour.value,
            "colour_words": colour_words(then.colour),
            "rule_book": then.book.document_number,
            "being_checked": then.being_checked,
            "grounds": then.grounds,
        }
        return Response(CodeSerializer(answer).data)


class OfferedView(OnePersonView):
    """List the operations that the reader may do to this person now."""

    @extend_schema(operation_id="offered", responses=OfferedSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        person = self.person(public_id, "operations")
        offered = open_to(PERSON_OPERATIONS, person, by=self.by, at=self.at)
        return Response([{"name": one.name, "label": str(one.label)} for one in offered])
