"""The one ModelAdmin under everything registered: read-only, and within the reader's scope.

Every way the admin leaks past a queryset is closed here: pickers, filters, look-ups in the URL, autocomplete,
inlines, the history page, delete pages. What changes something is an operation with a page of its own.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from healthcode.core.audit import trail
from healthcode.core.audit.recorded import target_of
from healthcode.core.offices import refused_access
from healthcode.core.offices.models import User
from healthcode.core.offices.pages import CappedPaginator, ScopedChangeList

EMPTY = "–"
FILTER = gettext_noop("Filter")  # Django's word over a list's filters, in the words of staff


def reader(request: HttpRequest) -> User:
    """Return the user who reads; the admin site has already asked for a log-in."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


@dataclass(frozen=True)
class Plain:
    """A related row as plain text, where its page does not open to the reader."""

    name: str
    short_description: str

    @property
    def __name__(self) -> str:  # the admin takes it for a function
        return self.name

    def __call__(self, obj: Model) -> Any:
        related = getattr(obj, self.name)
        return EMPTY if related is None else related


def field_name(field: Any) -> str:
    """Return the name of an admin's field, also of one that stands there as plain text."""
    return field.name if isinstance(field, Plain) else str(field)


def yes_or_no(value: bool | None) -> str:
    """Put a yes or no into a word: an icon alone says nothing to whoever cannot see it."""
    return EMPTY if value is None else _("yes") if value else _("no")


class YesNo(Plain):
    """A yes or no as a word."""

    def __call__(self, obj: Model) -> str:
        return yes_or_no(getattr(obj, self.name))


class ReadOnly:
    """What pages and inlines share: everything may be looked at, nothing added, changed or deleted."""

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        names = super().get_fields(request, obj)  # type: ignore[misc]
        return [self._without_link(request, name) for name in names]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return [self._without_link(request, name) for name in names]

    def _without_link(self, request: HttpRequest, name: Any) -> Any:
        """Return the field as it is, or as plain text: Django links a related row whoever reads."""
        pages = self.admin_site._registry  # type: ignore[attr-defined]
        for field in self.model._meta.fields:  # type: ignore[attr-defined]
            target = pages.get(field.related_model)
            if field.name == name and target is not None and not target.has_view_permission(request):
                return Plain(name, field.verbose_name)
        return name

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ScopedInline(ReadOnly, admin.TabularInline):
    """Rows of the page they stand on: who may read the page may read them."""

    template = "lists/rows.html"
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False
    wraps = False  # whether long texts break where a screen is narrow, instead of going on beside it
    select_related: ClassVar[tuple[str, ...]] = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.select_related).order_by("-pk")


def _numbered(names: Any) -> tuple[Any, ...]:
    return tuple("number" if name == "pk" else name for name in names)


class ScopedModelAdmin(ReadOnly, admin.ModelAdmin):
    """A list and a page of what the reader's role and office may see, and nothing else."""

    view_act: ClassVar[str]  # the row of the role table that opens list and page
    select_related: ClassVar[tuple[str, ...]] = ()
    deferred: ClassVar[tuple[str, ...]] = ()  # what is long, and no list shows
    ordering = ("-pk",)
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("No."), ordering="pk")
    def number(self, row: Any) -> int:
        """Return a row's number: its key, under a word instead of Django's “Pk”."""
        return int(row.pk)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Say of a row that is not there, or not for this reader, one and the same thing: nothing is ever deleted."""
        refused_access.mark(request)
        messages.warning(request, _("There is nothing at this address, or it is not of your area."))
        return HttpResponseRedirect(reverse("admin:index"))

    def get_list_display(self, request: HttpRequest) -> Any:
        truths = {
            field.name: YesNo(field.name, str(field.verbose_name))
            for field in self.opts.fields
            if isinstance(field, BooleanField)
        }
        return tuple(truths.get(name, name) for name in _numbered(super().get_list_display(request)))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        links = super().get_list_display_links(request, list_display)
        return _numbered(links) if links else links

    sortable_by = ()
    view_on_site = False
    actions = ()
    change_form_template = "lists/record.html"
    object_history_template = "lists/history.html"

    # --- who may read, and what --------------------------------------------------------------------------
    def may_read(self, user: User) -> bool:
        """Tell whether the role table opens this list for a user."""
        return user.may(self.view_act)

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows this reader may see. A class that does not say so shows none."""
        return self.model._default_manager.none()

    def listed(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow what the list shows below what pages can be opened."""
        return rows

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        """Put what the columns need on one page of rows, with few queries for the whole page."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and self.may_read(request.user)

    def has_view_or_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if not self.has_view_permission(request):
            return self.model._default_manager.none()
        rows = self.scope(request).select_related(*self.select_related).defer(*self.deferred)
        return rows.order_by(*self.ordering)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        # No form here chooses a related row: an empty picker cannot name a stranger.
        return db_field.remote_field.model._default_manager.none()

    # --- the URL carries filters that are on the page, nothing else --------------------------------------
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in set(self._lookups(request))

    def _lookups(self, request: HttpRequest) -> Iterator[str]:
        filters: Any = self.get_list_filter(request)
        for item in filters:
            if isinstance(item, type):
                yield item.parameter_name
            elif isinstance(item, str):
                yield f"{item}__exact"
            else:  # what its links say: of a field with choices `state__exact`, of any other value `priority`
                name, kind = item
                yield name if issubclass(kind, admin.AllValuesFieldListFilter) else f"{name}__exact"

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()  # `?q=` ends up in logs; it also shuts the autocomplete view

    # --- pages -------------------------------------------------------------------------------------------
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ScopedChangeList]:
        return ScopedChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if "q" in request.GET:
            kept = request.GET.copy()
            del kept["q"]
            return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}")
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        response = super().changelist_view(request, {**title, **(extra_context or {})})
        if isinstance(
            response, TemplateResponse
        ):  # the page's own queries are over: nothing waits for this one
            filters = sorted(key for key in request.GET if key != "p")
            self.record_list(filters, by=reader(request), at=timezone.now())
        return response

    def record_list(self, filters: list[str], *, by: User, at: datetime) -> None:
        """Write that the list was read, if somebody's data is in it: overridden where it is."""

    def history_target(self, obj: Any) -> dict[str, str]:
        """Return what the trail is asked for: the events of one target, or of one person."""
        return {"target": target_of(obj)}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the audit trail of this row in place of Django's log, which is off."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Audit trail: %(thing)s") % {"thing": obj},
            "subtitle": None,
            "lines": trail.latest(**self.history_target(obj), reads=reader(request).may("audit.read")),
            "module_name": self.opts.verbose_name_plural,
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    # --- nothing is written past the services ------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        raise PermissionDenied

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave Django's log off: the ledger is the record."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave Django's log off."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave Django's log off."""


class OwnPage(ScopedModelAdmin):
    """A row's page that is drawn by `page`, not by Django's form: it is read, and nothing is posted to it."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.page(request, row)

    @abstractmethod
    def page(self, request: HttpRequest, row: Any, /) -> HttpResponse:
        """Record the reading of a row, and show it."""
