"""The list of persons: colour, masked number, residence, grounds and due state, and a search that leaves no trace."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from cases.admin import filters, finding, search
from cases.admin.badges import badge
from cases.admin.base import ListOfPersons, reachable
from cases.admin.columns import due_words, ground_words
from cases.models import Case, ControlOrder, Person, RuleBook
from cases.operations import people
from cases.selectors import deaths, due, reach
from cases.selectors.colours import colours_of
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader


class Found(admin.SimpleListFilter):
    """The mark in the URL of a search whose text stays on the server."""

    title = _("search")
    parameter_name = search.PARAMETER
    template = "lists/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(self.value() or "", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        return (
            queryset if self.value() is None else queryset.filter(search.recall(request, self.value() or ""))
        )


class PersonList(ListOfPersons, ScopedModelAdmin):
    """The list half of the persons' admin; the page half inherits it."""

    view_act = "person.view"
    select_related = ("present",)
    list_display = ("code", "name", "masked_number", "residence", "grounds", "due_state")
    list_display_links = ("name",)
    list_filter = (
        filters.ColourFilter,
        filters.GroundFilter,
        filters.DueFilter,
        filters.AreaFilter,
        filters.ResponsibleOfficeFilter,
        Found,
    )
    change_list_template = "lists/persons.html"

    def scope(self, request: HttpRequest) -> QuerySet[Person]:
        return Person.objects.filter(reach.of_rows(reader(request), self.view_act, at=timezone.now()))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Person | None:
        """Return one person, found by the key and then asked for reach."""
        if not self.has_view_permission(request):
            return None
        try:
            return reachable(request).select_related(*self.select_related).get(pk=object_id)
        except (Person.DoesNotExist, ValidationError, ValueError):
            return None

    def listed(self, request: HttpRequest, rows: QuerySet[Person]) -> QuerySet[Person]:
        return rows.filter(merged_into=None)

    def history_target(self, obj: Person) -> dict[str, str]:
        return {"person": str(obj.public_id)}

    def annotate_rows(self, request: HttpRequest, rows: list[Person]) -> None:
        """Give each person its colour, what is checked about it, cases and standing order: five queries a page."""
        at = timezone.now()
        book = RuleBook.objects.in_force(at)
        group = Q(person__among=Person.objects.group_of(*(row.pk for row in rows)))
        colours = colours_of([row.pk for row in rows], at=at, book=book)
        cases: dict[int, list[str]] = {}
        for case in Case.objects.open().filter(group).select_related("person").order_by("opened_at", "pk"):
            cases.setdefault(case.person.root_id, []).append(ground_words(book.policy, case.ground))
        standing = ControlOrder.objects.standing().filter(group).select_related("person", "officer__office")
        orders = {order.person.root_id: order for order in standing}
        checked = deaths.checked_among(row.pk for row in rows)
        for row in rows:
            row.being_checked = row.pk in checked
            row.current_colour = colours[row.pk]
            row.current_grounds = tuple(dict.fromkeys(cases.get(row.pk, ())))
            row.current_order = orders.get(row.pk)
            row.current_due = due.state_of(row.current_order, at)

    @admin.display(description=_("health code"))
    def code(self, person: Any) -> SafeString:
        colour = badge(person.current_colour)
        if not person.being_checked:
            return colour
        return format_html('{} <span class="tag danger">{}</span>', colour, _("code being checked"))

    @admin.display(description=pgettext_lazy("identity", "document number"))
    def masked_number(self, person: Person) -> str:
        return person.masked_document or person.get_document_type_display()

    @admin.display(description=_("present residence"))
    def residence(self, person: Person) -> str:
        return str(person.present)

    @admin.display(description=_("grounds"), empty_value="–")
    def grounds(self, person: Any) -> str:
        return " · ".join(person.current_grounds)

    @admin.display(description=_("due"), empty_value="–")
    def due_state(self, person: Any) -> str | SafeString:
        return due_words(person.current_order, person.current_due)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        mark = request.GET.get(search.PARAMETER)
        if mark and not search.known(request, mark):
            return HttpResponseRedirect(request.path)
        user = reader(request)
        steps = [one for one in (people.LookUpPerson, people.Register) if user.may(one.act)]
        context = {
            "search_form": search.SearchForm(),
            "search_text": search.text_of(request, mark),
            "elsewhere": search.leads_to(search.others(request, search.typed(request, mark)), mark)
            if mark
            else "",
            "next_steps": [{"name": one.name, "label": one.label} for one in steps],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.search_view))
        return [path("search/", view, name="cases_person_search"), *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """Keep what is searched for on the server, and go to a list that only names it by a mark."""
        reader(request)
        form = search.SearchForm(request.POST)
        changelist = reverse("admin:cases_person_changelist")
        if not self.has_view_permission(request) or not form.is_valid():
            return HttpResponseRedirect(changelist)
        text = form.cleaned_data["text"]
        if finding.named_by(text, reader(request)):
            return self._found_by_name(request, text)
        mark = search.remember(request, text)
        url = "" if finding.persons(request, text) else search.leads_to(search.others(request, text), mark)
        return HttpResponseRedirect(url or f"{changelist}?{search.PARAMETER}={mark}")

    def _found_by_name(self, request: HttpRequest, text: str) -> HttpResponseRedirect:
        """Go where a name and the end of a number lead, as from the one box; the list says why where nowhere."""
        try:
            return HttpResponseRedirect(finding.leads_to(request, text, reader(request)))
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("admin:cases_person_changelist"))
