"""Venues as acts of the administrators, and the list of what was checked at their doors, without whom it concerns."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.admin.badges import badge
from cases.admin.base import ListOfPersons
from cases.admin.columns import minute
from cases.models import GateCheck, Venue
from cases.operations.venues import CloseVenue, CorrectVenue, OpenVenue, kinds
from healthcode.core.acts.buttons import ActAdmin
from healthcode.core.offices import roles
from healthcode.core.offices.models import User
from healthcode.core.offices.pages import KeysetChangeList
from healthcode.core.offices.scoped_admin import EMPTY, ScopedModelAdmin, reader


def reads_all(user: User, act: str) -> bool:
    return roles.reach(user.role, act) == roles.Reach.ALL


def own_venues(user: User, act: str) -> QuerySet[Venue]:
    """Return all venues for those whose act reaches all, for others those of their own office."""
    return Venue.objects.all() if reads_all(user, act) else Venue.objects.filter(office=user.office_id)


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
        return kinds(timezone.now())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Venue]) -> QuerySet[Venue]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Venue)
class VenueAdmin(ActAdmin):
    """Venues: what each is, and whose gate keepers stand at its door."""

    view_act = "venue.view"
    ordering = ("division", "office", "pk")
    select_related = ("division", "office", "opened_by", "closed_by")
    list_display = ("venue_name", "kind_words", "division", "office", "opened_at", "closed_at")
    list_display_links = ("venue_name",)
    list_filter = (Guarded, KindFilter)
    fields = readonly_fields = (
        *("name", "name_en", "kind_words", "division", "office"),
        *("opened_by", "opened_at", "closed_by", "closed_at"),
    )
    operations = (OpenVenue, CorrectVenue, CloseVenue)

    def scope(self, request: HttpRequest) -> QuerySet[Venue]:
        return own_venues(reader(request), self.view_act)

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        words = dict(kinds(timezone.now()))
        for row in rows:
            row.kind_label = words.get(row.kind, row.kind)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        venue = super().get_object(request, object_id, from_field)
        if venue is not None:
            self.annotate_rows(request, [venue])
        return venue

    @admin.display(description=pgettext_lazy("office", "name"))
    def venue_name(self, venue: Venue) -> str:
        return str(venue)

    @admin.display(description=_("kind"))
    def kind_words(self, venue: Any) -> str:
        return venue.kind_label  # type: ignore[no-any-return]


class VenueFilter(admin.SimpleListFilter):
    """Checks by venue: of the reader's own office, or of all."""

    title = _("venue")
    parameter_name = "venue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        found = own_venues(reader(request), "gate.view").order_by("division", "pk")[:100]
        return [(str(venue.pk), venue) for venue in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[GateCheck]) -> QuerySet[GateCheck]:
        value = self.value() or ""
        return queryset.filter(venue=int(value)) if value.isdecimal() and len(value) < 18 else queryset


class SentLater(admin.SimpleListFilter):
    """Checks by whether the door had a network."""

    title = _("network")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("1", _("sent later: the door had no network")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[GateCheck]) -> QuerySet[GateCheck]:
        return queryset.filter(sent_at__isnull=False) if self.value() == "1" else queryset


class ChecksByInstant(KeysetChangeList):
    """Checks from the newest: of a door they stand in its index so, whatever the other ten thousand write."""

    def newest_first(self, rows: QuerySet[GateCheck]) -> QuerySet[GateCheck]:
        return rows.order_by("-at", "-pk")

    def older_than(self, rows: QuerySet[GateCheck], key: int) -> QuerySet[GateCheck]:
        at = GateCheck.objects.filter(pk=key).values_list("at", flat=True).first()
        if at is None:  # past its time meanwhile, and with it whatever is older
            return rows.none()
        return rows.filter(Q(at__lt=at) | Q(pk__lt=key), at__lte=at)


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
        SentLater,
    )
    fields = readonly_fields = (
        *("instant", "venue", "on_pass", "code", "issuer", "temperature", "mask", "passed", "why", "reason"),
        *("sent_at", "code_then", "follows", "rule_book", "by"),
    )

    def scope(self, request: HttpRequest) -> QuerySet[GateCheck]:
        """Keep those of the office's venues, by key: joined with the venues, the checks of all doors are walked."""
        user, checks = reader(request), GateCheck.objects.all()
        if reads_all(user, self.view_act):
            return checks
        return checks.filter(venue__in=list(own_venues(user, self.view_act).values_list("pk", flat=True)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return ChecksByInstant

    @admin.display(description=_("at"))
    def instant(self, check: GateCheck) -> SafeString | str:
        return minute(check.at)

    @admin.display(description=_("what the code was then"))
    def code_then(self, check: GateCheck) -> SafeString | str:
        return badge(check.colour_then) if check.colour_then else EMPTY

    @admin.display(description=_("code shown"))
    def code(self, check: GateCheck) -> SafeString:
        return badge(check.colour)
