"""Why a code has its colour, as JSON: the same account, in the same words, as on the person's page."""

from typing import Any

from rest_framework import serializers

from cases.models.transitions import StoredColour
from cases.policy.words import Bilingual
from cases.selectors.explanation import Explanation
from cases.selectors.story import progress
from healthcode.core import languages
from healthcode.core.offices.staff import Role

# Who entered a case, and on whom it rests, is for those who may read the person's page.
INSIDE = ("entered_by", "evidence_kind", "evidence_ref", "index_case", "waiting", "uncoded")


def text_of(words: Bilingual | None) -> str:
    """Return the rule book's sentence in the reader's language."""
    return words.text(languages.current()) if words else ""


def colour_words(colour: str) -> str:
    """Return how a colour is called."""
    return str(StoredColour(colour).label)


class WordsField(serializers.CharField):
    """A sentence of the rule book."""

    def to_representation(self, value: Any) -> str:
        return text_of(value)


class RoleNamesField(serializers.ListField):
    """The roles whose act is meant, by name."""

    child = serializers.CharField()

    def to_representation(self, value: Any) -> list[str]:
        return [str(Role(key).label) for key in value]


class InsideSerializer(serializers.Serializer[Any]):
    """Leaves out what is for those inside: context `inside` tells whether the reader is one of them."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        answer = super().to_representation(instance)
        if self.context.get("inside"):
            return answer
        return {name: value for name, value in answer.items() if name not in INSIDE}


class ConditionSerializer(serializers.Serializer[Any]):
    """One condition: is it met, and if not, whose act is missing and when it would count."""

    key = serializers.CharField()
    met = serializers.BooleanField()
    words = WordsField()
    roles = serializers.ListField(child=serializers.CharField())
    role_names = RoleNamesField(source="roles")
    field = serializers.CharField()
    earliest = serializers.DateTimeField(allow_null=True)


class WaySerializer(serializers.Serializer[Any]):
    """One way a case can end."""

    exit = serializers.CharField(source="exit.key")
    words = WordsField(source="exit.words")
    clause = serializers.CharField(source="exit.clause", allow_blank=True)
    roles = serializers.ListField(source="exit.roles", child=serializers.CharField())
    role_names = RoleNamesField(source="exit.roles")
    earliest = serializers.DateTimeField(allow_null=True)
    conditions = ConditionSerializer(many=True)


class StandingSerializer(InsideSerializer):
    """One standing case: under which clause, since when, who entered it, and what ends it."""

    case = serializers.IntegerField(source="case.pk")
    ground = serializers.CharField(source="ground.key")
    words = WordsField(source="ground.words")
    clause = serializers.CharField(source="ground.clause")
    colour = serializers.CharField(source="ground.colour")
    advice = WordsField(source="ground.advice")
    began_on = serializers.DateField(source="case.began_on")
    stayed_from = serializers.DateTimeField(source="case.stayed_from", allow_null=True)
    opened_at = serializers.DateTimeField(source="case.opened_at")
    channel = serializers.CharField(source="case.get_channel_display")
    source_office = serializers.CharField(source="case.source_office")
    entered_by = serializers.CharField(source="case.entered_by.name", required=False)
    evidence_kind = serializers.CharField(source="case.evidence_kind", required=False)
    evidence_ref = serializers.CharField(source="case.evidence_ref", required=False)
    index_case = serializers.IntegerField(source="case.index_case_id", allow_null=True, required=False)
    risk_area = serializers.CharField(source="case.risk_area", allow_null=True)
    resumes = serializers.IntegerField(
        source="case.resumes_id",
        allow_null=True,
        help_text="The ended case that this one stands again from: what it had ended on was taken back.",
    )
    ways = WaySerializer(many=True)


class WaitingSerializer(serializers.Serializer[Any]):
    """A case that was reported or is held: it does not count yet."""

    case = serializers.IntegerField(source="pk")
    ground = serializers.CharField()
    state = serializers.CharField()
    state_words = serializers.CharField(source="get_state_display")
    entered_at = serializers.DateTimeField()
    addressed_to = serializers.CharField(allow_null=True)
    resumes = serializers.IntegerField(
        source="resumes_id",
        allow_null=True,
        help_text="The ended case that this one would stand again from; a duty lead decides the hold it waits in.",
    )
    hold = serializers.IntegerField(source="hold_id", allow_null=True)


class UncodedStaySerializer(serializers.Serializer[Any]):
    """A stay in a listed area that tracks tell of, by which nobody was coded, and why."""

    area = serializers.IntegerField(source="area.pk")
    area_name = serializers.CharField(source="area.name")
    left_at = serializers.DateTimeField()
    why = serializers.CharField()


class GoverningOrderSerializer(serializers.Serializer[Any]):
    """The standing order."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    words = serializers.CharField(source="get_kind_display")
    place = serializers.CharField(allow_blank=True)
    at_home = serializers.BooleanField()
    day0 = serializers.DateField()
    until = serializers.DateTimeField(allow_null=True)
    office = serializers.CharField(allow_null=True)
    officer = serializers.CharField(source="officer.name", allow_null=True, default=None)


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the order is: day 3 of 14."""

    day = serializers.IntegerField()
    days = serializers.IntegerField()
    over = serializers.BooleanField()


class MeaningSerializer(serializers.Serializer[Any]):
    """What a colour means for the person's movement (section 2)."""

    words = WordsField()
    advice = WordsField()
    clauses = serializers.ListField(child=serializers.CharField())


class ExplanationSerializer(InsideSerializer):
    """A person's colour and everything it rests on."""

    person = serializers.UUIDField(source="person.public_id")
    at = serializers.DateTimeField()
    colour = serializers.CharField()
    colour_words = serializers.SerializerMethodField()
    being_checked = serializers.SerializerMethodField()
    since = serializers.DateTimeField(allow_null=True)
    meaning = MeaningSerializer(allow_null=True)
    rule_book = serializers.CharField(source="book.document_number")
    standing = StandingSerializer(many=True)
    waiting = WaitingSerializer(many=True, required=False)
    uncoded = UncodedStaySerializer(
        many=True, required=False, help_text="Stays in listed areas by which nobody is coded, each with why."
    )
    order = GoverningOrderSerializer(allow_null=True)
    progress = serializers.SerializerMethodField()

    def get_being_checked(self, explanation: Explanation) -> bool:
        """Tell whether a death waits to be confirmed: until then the code answers for nobody."""
        return explanation.being_checked is not None

    def get_colour_words(self, explanation: Explanation) -> str:
        return colour_words(explanation.colour)

    @staticmethod
    def _days(explanation: Explanation) -> Any:
        return progress(explanation.order, at=explanation.at) if explanation.order else None

    def get_progress(self, explanation: Explanation) -> dict[str, Any] | None:
        days = self._days(explanation)
        return ProgressSerializer(days).data if days else None


def explained(explanation: Explanation, *, inside: bool) -> dict[str, Any]:
    """Return an explanation as JSON; `inside` for those who may read the person's page."""
    return dict(ExplanationSerializer(explanation, context={"inside": inside}).data)
