"""What every list about persons shares: its rows end where the reader's reach ends."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.selectors import reach
from cases.services.persons import reads
from healthcode.core.offices.models import User
from healthcode.core.offices.pages import KeysetChangeList
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader


def reachable(request: HttpRequest, act: str = "person.view") -> QuerySet[Person]:
    """Return the persons an act of the reader reaches now."""
    return Person.objects.reachable_by(reader(request), act, timezone.now())


def linked(person: Person) -> SafeString:
    """Return a person as a link to the page of the person."""
    page = reverse("admin:cases_person_change", args=(person.pk,))
    return format_html('<a href="{}">{}</a>', page, person)


class ListOfPersons:
    """An admin list with persons in it: that it was read is written down."""

    opts: Any

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def record_list(self, filters: list[str], *, by: User, at: datetime) -> None:
        reads.record_list(self.opts.label_lower, filters=filters, by=by, at=at)


class PersonRowsAdmin(ListOfPersons, ScopedModelAdmin):
    """A list whose rows each belong to a person; the row's first column leads to the person's page."""

    view_act = "person.view"
    person_path: ClassVar[str] = "person"  # from a row to its person, as Django writes look-ups
    decide_act: ClassVar[str] = ""  # opens the list for those who decide, as far as that act reaches
    list_display_links = None

    def may_read(self, user: User) -> bool:
        return user.may(self.view_act) or bool(self.decide_act and user.may(self.decide_act))

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model._default_manager.filter(self.within_reach(request))

    def within_reach(self, request: HttpRequest) -> Q:
        """Return the filter of rows whose person the reader's acts reach."""
        acts = ("person.view", self.decide_act) if self.decide_act else ("person.view",)
        return reach.of_rows(reader(request), *acts, at=timezone.now(), path=self.person_path)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(self.person_path)

    def person_of(self, row: Any) -> Person:
        """Return a row's person."""
        for name in self.person_path.split("__"):
            row = getattr(row, name)
        return row  # type: ignore[no-any-return]

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        """Find out once which of the page's persons have a page this reader may open."""
        persons = {self.person_of(row).pk for row in rows}
        open_to_reader = set(reachable(request).filter(pk__in=persons).values_list("pk", flat=True))
        for row in rows:
            row.person_opens = self.person_of(row).pk in open_to_reader

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.annotate_rows(request, [row])
        return row

    @admin.display(description=_("person"))
    def person_link(self, row: Any) -> str:
        person = self.person_of(row)
        return linked(person) if row.person_opens else str(person)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if response.status_code == 200:
            self.record_page(request, object_id)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        if response.status_code == 200:
            self.record_page(request, object_id)
        return response

    def record_page(self, request: HttpRequest, object_id: str) -> None:
        """Write that a page of this person was read."""
        row = super().get_object(request, unquote(object_id))
        if row is None:
            return
        reads.record(self.person_of(row), about=row, by=reader(request), at=timezone.now())
