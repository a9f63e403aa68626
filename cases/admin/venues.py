"""Venues as acts of the administrators, and the list of what was checked at their doors, without whom it concerns."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.admin.badges import badge
from cases.admin.base import ListOfPersons
from cases.admin.columns import minute, policy_in_force
from cases.models import GateCheck, Venue
from cases.services.gates import venues
from healthcode.core.acts.pages import Act, ActAdmin, Done
from healthcode.core.offices import languages, roles
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.pages import KeysetChangeList
from healthcode.core.offices.roles import Kind
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of the rule book in force, in its order and words."""
    language = languages.current()
    return [(key, venue.words.text(language)) for key, venue in policy_in_force().venues.items()]


def own_rows(user: User, act: str, rows: QuerySet[Any], office: str) -> QuerySet[Any]:
    """Keep all rows for those whose act reaches all, for others those of their own office."""
    reaches_all = roles.reach(user.role, act) == roles.Reach.ALL
    return rows if reaches_all else rows.filter(**{office: user.office_id})


class OpenVenue(Act):
    """Open a venue."""

    name, label, alone, weight = "open", _("Open a venue"), True, "primary"
    right = "venue.manage"
    venue_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=kinds)
    office = forms.ModelChoiceField(
        Office.objects.none(), label=pgettext_lazy("venue", "guarded by"), empty_label=""
    )
    division = forms.CharField(
        label=_("division"), max_length=12, help_text=_("Code of the division, for example 330624.")
    )

    def prepare(self) -> None:
        gates = Office.objects.filter(kind=Kind.VENUE).order_by("division", "pk")
        self.fields["office"].queryset = gates

    def clean_division(self) -> Division:
        division = Division.objects.filter(pk=self.cleaned_data["division"]).first()
        if division is None:
            raise forms.ValidationError(_("There is no division with this code."))
        return division

    def perform(self) -> Done:
        said = dict(self.cleaned_data)
        venue = venues.open_venue(name=said.pop("venue_name"), **said, by=self.by, at=self.at)
        return Done(gettext("%(venue)s is open.") % {"venue": venue}, venue)


class CorrectVenue(Act):
    """Correct a venue's names."""

    name, label, right = "correct", _("Correct the names"), "venue.manage"
    venue_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)

    def prepare(self) -> None:
        self.initial = {"venue_name": self.subject.name, "name_en": self.subject.name_en}

    def perform(self) -> Done:
        said = self.cleaned_data
        venue = venues.correct(
            self.subject, name=said["venue_name"], name_en=said["name_en"], by=self.by, at=self.at
        )
        return Done(gettext("The names of %(venue)s are corrected.") % {"venue": venue}, venue)


class CloseVenue(Act):
    """Close a venue."""

    name, label, right, weight = "close", _("Close this venue"), "venue.manage", "danger"

    @classmethod
    def offered(cls, subject: Venue, by: User) -> bool:
        return subject.closed_at is None

    def perform(self) -> Done:
        venue = venues.close(self.subject, by=self.by, at=self.at)
        return Done(gettext("%(venue)s is closed.") % {"venue": venue}, venue)


class Guarded(admin.SimpleListFilter):
    """Venues by whether they are open."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("open", pgettext_lazy("venue", "open")), ("closed", pgettext_lazy("venue", "closed")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Venue]) -> QuerySet[Venue]:
        return queryset.filter(closed_at__isnull=self.value() == "open") if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    """Venues by kind."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return kinds()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Venue]) -> QuerySet[Venue]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Venue)
class VenueAdmin(ActAdmin):
    """Venues: what each is, and whose gate keepers stand at its door."""

    view_act = "venue.view"
    ordering = ("division", "office", "pk")
    select_related = ("division", "office", "opened_by", "closed_by")
    list_display = ("shown_name", "kind_words", "division", "office", "opened_at", "closed_at")
    list_display_links = ("shown_name",)
    list_filter = (Guarded, KindFilter)
    fields = readonly_fields = (
        *("name", "name_en", "kind_words", "division", "office"),
        *("opened_by", "opened_at", "closed_by", "closed_at"),
    )
    acts = (OpenVenue, CorrectVenue, CloseVenue)

    def scope(self, request: HttpRequest) -> QuerySet[Venue]:
        return own_rows(reader(request), self.view_act, Venue.objects.all(), "office")

    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        words = dict(kinds())
        for row in rows:
            row.kind_said = words.get(row.kind, row.kind)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        venue = super().get_object(request, object_id, from_field)
        if venue is not None:
            self.dress(request, [venue])
        return venue

    @admin.display(description=pgettext_lazy("office", "name"))
    def shown_name(self, venue: Venue) -> str:
        return str(venue)

    @admin.display(description=_("kind"))
    def kind_words(self, venue: Any) -> str:
        return venue.kind_said  # type: ignore[no-any-return]


class VenueFilter(admin.SimpleListFilter):
    """Checks by venue: of the reader's own office, or of all."""

    title = _("venue")
    parameter_name = "venue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        found = own_rows(reader(request), "gate.view", Venue.objects.order_by("division", "pk"), "office")[
            :100
        ]
        return [(str(venue.pk), venue) for venue in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[GateCheck]) -> QuerySet[GateCheck]:
        value = self.value() or ""
        return queryset.filter(venue=int(value)) if value.isdecimal() and len(value) < 18 else queryset


@admin.register(GateCheck)
class GateCheckAdmin(ListOfPersons, ScopedModelAdmin):
    """Checks at the doors: supervision reads all, an office its own; nobody reads here whom they concern."""

    view_act = "gate.view"
    change_list_template = "lists/keyset.html"
    select_related = ("venue", "issuer", "by")
    list_display = ("instant", "venue", "code", "temperature", "passed", "why", "issuer", "by")
    list_display_links = ("instant",)
    list_filter = (
        VenueFilter,
        ("passed", admin.BooleanFieldListFilter),
        ("why", admin.ChoicesFieldListFilter),
    )
    fields = readonly_fields = (
        *("instant", "venue", "code", "issuer", "temperature", "mask", "passed", "why", "reason"),
        *("follows", "rule_book", "by"),
    )

    def scope(self, request: HttpRequest) -> QuerySet[GateCheck]:
        return own_rows(reader(request), self.view_act, GateCheck.objects.all(), "venue__office")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    @admin.display(description=_("at"))
    def instant(self, check: GateCheck) -> SafeString | str:
        return minute(check.at)

    @admin.display(description=_("code shown"))
    def code(self, check: GateCheck) -> SafeString:
        return badge(check.colour)
