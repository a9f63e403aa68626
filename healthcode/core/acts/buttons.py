"""Pages of records with buttons: the acts on a row that its reader may do now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache

from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.pages import ActPages, Change
from healthcode.core.acts.rows import version_of
from healthcode.core.audit import trail
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader

Button = dict[str, str | Promise]


def button(operation: type[Operation], url: str) -> Button:
    """Return what a template needs to show an operation as a button."""
    return {"label": operation.label, "weight": operation.weight, "url": url, "name": operation.name}


class ButtonsAdmin(ScopedModelAdmin):
    """A record's page with buttons."""

    change_form_template = "acts/record.html"

    def buttons(self, obj: Any, by: User) -> Sequence[Button]:
        """Return the buttons of a row, for this reader now."""
        return ()

    def more(self, obj: Any) -> dict[str, Any]:
        """Return what the page shows besides the fields."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Add buttons and more about the row that the page's fields were read from: another read may know more."""
        if obj is not None:
            context.update(self.more(obj) | {"buttons": self.buttons(obj, reader(request))})
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


class DeskButtonsAdmin(ButtonsAdmin):
    """A record's page whose buttons lead to operations of the desk, with the row chosen in their form."""

    def choices(self, obj: Any, by: User) -> Sequence[tuple[type[Operation], str]]:
        """Return the operations on a row, each with the field of its form that names the row."""
        return ()

    def buttons(self, obj: Any, by: User) -> Sequence[Button]:
        return [
            button(operation, f"{reverse('admin:do', args=(operation.name,))}?{field}={obj.pk}")
            for operation, field in self.choices(obj, by)
            if by.may(operation.act)
        ]


class RowPages(ActPages):
    """The pages of the operations of one `ActAdmin`, each on one of its rows or on none."""

    def __init__(self, model_admin: "ActAdmin", request: HttpRequest) -> None:
        self.model_admin, self.request, self.operations = model_admin, request, model_admin.operations

    def find(self, key: str, *, by: User) -> Any:
        return self.model_admin.get_queryset(self.request).filter(pk=key).first()

    def reaches(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        return False  # what is not offered on such a row is another's to do, or nobody's

    def require_may_learn(self, subject: Any, *, by: User) -> None:
        raise PermissionDenied

    def version(self, subject: Any) -> int | None:
        return version_of(type(subject)._default_manager.get(pk=subject.pk))

    def changes(self, subject: Any, *, since: datetime, by: User) -> Sequence[Change]:
        target = self.model_admin.audit_target(subject)
        lines = [line for line in trail.latest(target=target, reads=False) if line.at > since]
        return [(line.at, languages.bracketed(line.words, line.event.actor)) for line in reversed(lines)]

    def page_of(self, subject: Any) -> str:
        if subject is None:
            return reverse(f"admin:{self.model_admin.prefix}_changelist")
        return super().page_of(subject)

    def context(self, form: Operation, *, by: User, at: datetime) -> Mapping[str, Any]:
        return {"opts": self.model_admin.opts}


class ActAdmin(ButtonsAdmin):
    """A read-only list and page with operations as buttons, each a page of its own."""

    operations: ClassVar[tuple[type[Operation], ...]] = ()
    change_list_template = "acts/list.html"

    @property
    def prefix(self) -> str:
        """Return how the names of this model's pages begin."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        serve = never_cache(partial(self.serve))
        return [
            path("do/<slug:name>/", site(serve), name=f"{self.prefix}_do"),
            path("<int:key>/do/<slug:name>/", site(serve), name=f"{self.prefix}_act"),
            *super().get_urls(),
        ]

    def serve(self, request: HttpRequest, name: str, key: int | None = None) -> HttpResponse:
        """Serve an operation on a row, or on none."""
        return RowPages(self, request).serve(request, name, "" if key is None else str(key))

    def buttons(self, obj: Any, by: User) -> Sequence[Button]:
        at = timezone.now()
        pages = [one for one in self.operations if by.may(one.act) and one.alone is (obj is None)]
        name, args = (f"{self.prefix}_do", ()) if obj is None else (f"{self.prefix}_act", (obj.pk,))
        return [
            button(one, reverse(f"admin:{name}", args=(*args, one.name)))
            for one in pages
            if one.offered(obj, by=by, at=at)
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        own = {"buttons": self.buttons(None, reader(request))}
        return super().changelist_view(request, {**own, **(extra_context or {})})
