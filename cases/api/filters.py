"""What lists can be narrowed by."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, ControlOrder, Document, LabResult, Person, RiskArea, Shift, Transition
from cases.models.cases import Channel, State
from cases.models.control import OrderKind
from cases.models.results import Outcome
from cases.models.transitions import StoredColour
from cases.policy import keys
from cases.policy.colours import Colour
from cases.selectors import due
from cases.selectors.colours import with_gravity
from cases.selectors.reach import persons_with
from healthcode.core.offices.scope import within

DIVISION = RegexValidator(
    r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$", _("A division code has 2, 4, 6, 9 or 12 digits.")
)
GROUNDS = tuple((key, key) for key in keys.GROUNDS)


class DivisionFilter(filters.CharFilter):
    """Rows whose division is this one or lies in it."""

    def __init__(self, field_name: str) -> None:
        label = _("division code of the present residence: a township, or whatever it is part of")
        super().__init__(field_name=field_name, label=label, validators=[DIVISION])

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(within(value, self.field_name)) if value else qs


class AboutFilter(filters.UUIDFilter):
    """Rows of one person, with those of the records merged into it."""

    def __init__(self) -> None:
        super().__init__(field_name="person", label=_("opaque number of the person"))

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return qs
        # Found by its number first: an OR across the join would join every row with its person.
        named = Person.objects.filter(public_id=value).values_list("pk", flat=True)
        return qs.filter(person__among=Person.objects.group_of(*named))


class PersonFilters(filters.FilterSet):
    """Persons by the code they have now, by ground, by residence, by how they stand to the end of control."""

    colour = filters.ChoiceFilter(label=_("colour"), choices=StoredColour.choices, method="by_colour")
    ground = filters.ChoiceFilter(label=_("ground"), choices=GROUNDS, method="by_ground")
    township = DivisionFilter("present")
    due = filters.ChoiceFilter(label=_("due state"), choices=due.Due.choices, method="by_due")

    class Meta:
        model = Person
        fields = ()

    def by_colour(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return with_gravity(rows, at=timezone.now()).filter(gravity=Colour(value).gravity)

    def by_ground(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return rows.filter(persons_with(Case.objects.open().filter(ground=value)))

    def by_due(self, rows: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        standing = ControlOrder.objects.standing()
        if value == due.Due.NONE:
            return rows.exclude(persons_with(standing))
        return rows.filter(persons_with(standing.filter(due.where(value, timezone.now()))))


class CaseFilters(filters.FilterSet):
    """Cases by person, ground, state, channel and residence."""

    person = AboutFilter()
    ground = filters.ChoiceFilter(label=_("ground"), choices=GROUNDS)
    state = filters.ChoiceFilter(label=_("state"), choices=State.choices)
    channel = filters.ChoiceFilter(label=_("channel"), choices=Channel.choices)
    township = DivisionFilter("person__present")

    class Meta:
        model = Case
        fields = ()


class OrderFilters(filters.FilterSet):
    """Orders by person, measure, whether they stand, due state, officer and residence."""

    person = AboutFilter()
    kind = filters.ChoiceFilter(label=_("measure"), choices=OrderKind.choices)
    standing = filters.BooleanFilter(label=_("standing"), field_name="ended_at", lookup_expr="isnull")
    due = filters.ChoiceFilter(label=_("due state"), choices=due.Due.choices[:-1], method="by_due")
    officer = filters.CharFilter(label=_("officer's username"), field_name="officer__username")
    township = DivisionFilter("person__present")

    class Meta:
        model = ControlOrder
        fields = ()

    def by_due(self, rows: QuerySet[ControlOrder], name: str, value: str) -> QuerySet[ControlOrder]:
        return rows.filter(due.where(value, timezone.now()), ended_at=None)


class ResultFilters(filters.FilterSet):
    """Results by person, outcome, sampling time and residence."""

    person = AboutFilter()
    outcome = filters.ChoiceFilter(label=_("outcome"), choices=Outcome.choices)
    sampled_from = filters.IsoDateTimeFilter(
        label=_("sampled from"), field_name="sampled_at", lookup_expr="gte"
    )
    sampled_before = filters.IsoDateTimeFilter(
        label=_("sampled before"), field_name="sampled_at", lookup_expr="lt"
    )
    township = DivisionFilter("person__present")

    class Meta:
        model = LabResult
        fields = ()


class TransitionFilters(filters.FilterSet):
    """Conversions by person, colour, time and residence."""

    person = AboutFilter()
    to_colour = filters.ChoiceFilter(label=_("to"), choices=StoredColour.choices)
    since = filters.IsoDateTimeFilter(label=pgettext_lazy("time", "from"), field_name="at", lookup_expr="gte")
    before = filters.IsoDateTimeFilter(label=_("before"), field_name="at", lookup_expr="lt")
    township = DivisionFilter("person__present")

    class Meta:
        model = Transition
        fields = ()


class AreaFilters(filters.FilterSet):
    """Risk areas by whether they are listed now, level and severity."""

    listed = filters.BooleanFilter(label=_("listed now"), method="by_listed")
    severe = filters.BooleanFilter(label=_("severe situation"))

    class Meta:
        model = RiskArea
        fields = ()

    def by_listed(self, rows: QuerySet[RiskArea], name: str, value: bool) -> QuerySet[RiskArea]:
        listed = RiskArea.objects.listed(timezone.now()).values("pk")
        return rows.filter(pk__in=listed) if value else rows.exclude(pk__in=listed)


class DocumentFilters(filters.FilterSet):
    """Documents by whether they stand in the register."""

    standing = filters.BooleanFilter(field_name="struck_at", lookup_expr="isnull", label=_("in the register"))

    class Meta:
        model = Document
        fields = ()


class ShiftFilters(filters.FilterSet):
    """Shifts of an office, and those that run now."""

    office = filters.CharFilter(field_name="office__code", label=_("code of the office"))
    now = filters.BooleanFilter(label=_("on duty now"), method="by_now")

    class Meta:
        model = Shift
        fields = ()

    def by_now(self, rows: QuerySet[Shift], name: str, value: bool) -> QuerySet[Shift]:
        running = Shift.objects.at(timezone.now()).values("pk")
        return rows.filter(pk__in=running) if value else rows.exclude(pk__in=running)


class Moment(forms.Form):
    """An instant in the past."""

    at = filters.fields.IsoDateTimeField()

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError(_("This instant lies in the future."), code="in_future")
        return at
