"""Filters of the lists: each shows only choices within the reader's own jurisdiction."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.admin.columns import ground_words
from cases.models import Case, ControlOrder, Person, RuleBook
from cases.models.transitions import StoredColour
from cases.policy.colours import Colour
from cases.selectors import due
from cases.selectors.reach import persons_with
from healthcode.core.offices import scope, staff
from healthcode.core.offices.models import Division, Office
from healthcode.core.offices.scoped_admin import reader

Choices = Iterable[tuple[str, Any]]


class ColourFilter(admin.SimpleListFilter):
    """Persons by the colour their code has now."""

    title = _("health code")
    parameter_name = "colour"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(colour.value, StoredColour(colour.value).label) for colour in reversed(Colour)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        wanted = self.value()
        if wanted is None:
            return queryset
        if wanted == Colour.NONE:
            return queryset.exclude(deceased_on=None)
        grounds = RuleBook.objects.in_force(timezone.now()).policy.grounds
        living = queryset.filter(deceased_on=None)
        red, yellow = (
            [key for key, ground in grounds.items() if ground.colour == colour]
            for colour in (Colour.RED, Colour.YELLOW)
        )
        if wanted == Colour.RED:
            return living.filter(self._open(*red))
        if wanted == Colour.YELLOW:
            return living.filter(self._open(*yellow)).exclude(self._open(*red))
        return living.exclude(self._open(*red, *yellow)) if wanted == Colour.GREEN else queryset.none()

    def _open(self, *grounds: str) -> Q:
        return persons_with(Case.objects.open().filter(ground__in=grounds))


class GroundFilter(admin.SimpleListFilter):
    """Rows by ground, in the words of the book in force."""

    title = _("ground")
    parameter_name = "ground"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        policy = RuleBook.objects.in_force(timezone.now()).policy
        return [(key, ground_words(policy, key)) for key in policy.grounds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if queryset.model is Person:
            return queryset.filter(persons_with(Case.objects.open().filter(ground=self.value())))
        return queryset.filter(ground=self.value())


class DueFilter(admin.SimpleListFilter):
    """Rows by how they stand to the end of control today."""

    title = _("due state")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return due.Due.choices if model_admin.model is Person else due.Due.choices[:-1]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted is None:
            return queryset
        standing = ControlOrder.objects.standing()
        if queryset.model is ControlOrder:
            return queryset.filter(ended_at=None).filter(due.where(wanted, timezone.now()))
        if wanted == due.Due.NONE:
            return queryset.exclude(persons_with(standing))
        return queryset.filter(persons_with(standing.filter(due.where(wanted, timezone.now()))))


class LimitedFilter(admin.SimpleListFilter):
    """A filter whose choices depend on the reader; a value without any choice still filters."""

    def has_output(self) -> bool:
        return self.value() is not None or super().has_output()


class AreaFilter(LimitedFilter):
    """Persons by present residence: one level below the chosen area, never above the reader's own."""

    title = _("present residence")
    parameter_name = "area"
    division_path: ClassVar[str] = "present"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        own, chosen = reader(request).jurisdiction, self.value() or ""
        top = chosen if scope.covers(own, chosen) else own
        level = Division.objects.filter(Q(parent=top) | Q(pk=top)).order_by("pk")
        return [(division.pk, division) for division in level if division.pk != own]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen is None:
            return queryset
        if not scope.covers(reader(request).jurisdiction, chosen):
            return queryset.none()
        return queryset.filter(scope.within(chosen, self.division_path))


class PersonAreaFilter(AreaFilter):
    """Rows by their person's present residence."""

    division_path = "person__present"


class OfficeFilter(LimitedFilter):
    """Rows by one of their offices, out of those within the reader's jurisdiction."""

    title = _("office")
    parameter_name = "office"
    office_path: ClassVar[str] = "office"
    kinds: ClassVar[tuple[str, ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        offices = Office.objects.filter(scope.within(reader(request).jurisdiction, "division"))
        if self.kinds:
            offices = offices.filter(kind__in=self.kinds)
        return [(office.code, office) for office in offices.order_by("division", "pk")[:100]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() not in {code for code, _office in self.lookup_choices}:
            return queryset.none()
        return self.narrowed(queryset, {f"{self.office_path}__code": self.value()})

    def narrowed(self, queryset: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
        return queryset.filter(**wanted)


class SourceOfficeFilter(OfficeFilter):
    """Cases by the office they come from."""

    title = _("source office")
    office_path = "source_office"


class ResponsibleOfficeFilter(OfficeFilter):
    """Persons or orders by the office that answers for them."""

    title = _("responsible office")
    kinds = (staff.OfficeKind.COMMUNITY, staff.OfficeKind.ISOLATION_SITE, staff.OfficeKind.HOSPITAL)

    def narrowed(self, queryset: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
        if queryset.model is ControlOrder:
            return queryset.filter(**wanted)
        return queryset.filter(persons_with(ControlOrder.objects.standing().filter(**wanted)))
