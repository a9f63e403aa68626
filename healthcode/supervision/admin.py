"""The audit trail for supervision: every event, newest first, page by key."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.admin import history
from cases.admin.columns import minute
from healthcode.audit import trail
from healthcode.audit.actions import ACTIONS
from healthcode.audit.models import Event
from healthcode.offices.models import Office, User
from healthcode.offices.pages import KeysetChangeList
from healthcode.offices.scoped_admin import ScopedModelAdmin

Choices = Iterable[tuple[str, Any]]


class ActionFilter(admin.SimpleListFilter):
    """Events by what was done."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return ACTIONS.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class EventOfficeFilter(admin.SimpleListFilter):
    """Events by the office that acted."""

    title = _("office")
    parameter_name = "office"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(office.code, office) for office in Office.objects.order_by("division", "kind", "pk")[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(office=self.value()) if self.value() else queryset


class ActorFilter(admin.SimpleListFilter):
    """Events by who acted: the accounts of the chosen office, or one named by a link."""

    title = _("actor")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        office = request.GET.get(EventOfficeFilter.parameter_name)
        if office:
            names = User.objects.filter(office__code=office).order_by("username")[:100]
            return [(user.username, user.username) for user in names]
        return [(self.value() or "", self.value())] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(actor=self.value()) if self.value() else queryset


class AboutPersonFilter(admin.SimpleListFilter):
    """Events about one person, named by a link with the opaque number."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(self.value() or "", (self.value() or "")[:8])] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(person=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ScopedModelAdmin):
    """Who did what, when, for which office: read by supervision, changed by nobody."""

    view_act = "audit.read"
    read_event = "audit.listed"
    list_display = ("instant", "words", "actor_name", "office_name", "about", "told")
    list_display_links = ("instant",)
    list_filter = (ActionFilter, EventOfficeFilter, ActorFilter, AboutPersonFilter)
    fields = (
        "instant",
        "words",
        "action",
        "actor",
        "role",
        "office",
        "about",
        "target",
        "told",
        "body",
        "leaf",
    )
    readonly_fields = fields
    change_list_template = "lists/keyset.html"

    def scope(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.all()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def dress(self, request: HttpRequest, rows: list[Event]) -> None:
        said = history.sentences(trail.lines(rows, notes=True), at=timezone.now())
        for row, sentence in zip(rows, said, strict=True):
            row.said = sentence  # type: ignore[attr-defined]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event = super().get_object(request, object_id, from_field)
        if event is not None:
            self.dress(request, [event])
        return event

    def history_target(self, obj: Event) -> dict[str, str]:
        return {"target": obj.target}

    @admin.display(description=_("at"))
    def instant(self, event: Any) -> str:
        return minute(event.said.at)

    @admin.display(description=_("what"))
    def words(self, event: Any) -> str:
        return event.said.words  # type: ignore[no-any-return]

    @admin.display(description=_("actor"))
    def actor_name(self, event: Any) -> str:
        return event.said.actor  # type: ignore[no-any-return]

    @admin.display(description=_("office"))
    def office_name(self, event: Any) -> str:
        return event.said.office  # type: ignore[no-any-return]

    @admin.display(description=_("about"))
    def about(self, event: Event) -> SafeString | str:
        target = history.target_said(event.target)
        if not event.person:
            return target
        trail_of = reverse("admin:audit_event_changelist") + f"?person={event.person}"
        return format_html('<a href="{}">{}</a> · {}', trail_of, event.person[:8], target)

    @admin.display(description=_("details"))
    def told(self, event: Any) -> SafeString:
        return format_html_join(
            " ", '<span class="detail"><span class="quiet">{}</span> {}</span>', event.said.details
        )
