"""The person's page: the story of a code from the top down, and what may be done about it now."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.admin import acts, bulk, history
from cases.admin.passes import paper
from cases.admin.person_list import PersonList
from cases.models import Person
from cases.models.reading import reading
from cases.operations import PERSON_OPERATIONS, may, open_to
from cases.operations.passes import PrintPass
from cases.operations.results import CorrectResult, correctable
from cases.selectors import awaited
from cases.selectors.explanation import Explanation, explain
from cases.selectors.passes import standing
from cases.selectors.story import progress, story
from cases.services.engine.uncoded import with_uncoded
from cases.services.persons import reads
from healthcode.core.acts.bulk_actions import BulkActions
from healthcode.core.acts.buttons import button
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import OwnPage, reader


@admin.register(Person)
class PersonAdmin(BulkActions, OwnPage, PersonList):
    """Persons: the list is inherited; the page tells a story and offers operations, it is not a form."""

    actions = bulk.ACTIONS
    bulk_operations = bulk.BULK
    object_history_template = "portal/history.html"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("do-many/<slug:name>/", site(bulk.of_persons), name="cases_person_do_many"),
            path("<str:object_id>/do/<slug:name>/", site(acts.on_person), name="cases_person_do"),
            path(
                "<str:object_id>/explanation/", site(self.explanation_view), name="cases_person_explanation"
            ),
            path("<str:object_id>/pass/", site(self.pass_view), name="cases_person_pass"),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, person: Person) -> HttpResponse:
        """Show the story: every change is an operation's."""
        user = reader(request)
        at = timezone.now()
        reads.record(person, by=user, at=at, page="person")
        with reading():
            context = self._context(request, person, user, at)
        return TemplateResponse(request, "portal/person.html", context)

    def explanation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show why the code has its colour, on one printable page."""
        user, person = reader(request), self._person(request, object_id)
        if person is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if person.merged_into_id:
            return HttpResponseRedirect(
                reverse("admin:cases_person_explanation", args=(person.merged_into_id,))
            )
        at = timezone.now()
        reads.record(person, by=user, at=at, page="explanation")
        with reading():
            context = self._explained(request, person, at)
        return TemplateResponse(request, "portal/explanation.html", context)

    def pass_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the printed pass of a person, for print."""
        response = paper(self._person(request, object_id), by=reader(request), request=request)
        if isinstance(response, TemplateResponse):
            response.context_data = {**self.admin_site.each_context(request), **(response.context_data or {})}
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the audit trail to supervision, and to those whose own person this is."""
        user, person = reader(request), self._person(request, object_id)
        if person is not None and user.may("audit.read"):  # supervision has trails of its own
            trail = reverse("admin:audit_event_changelist")
            return HttpResponseRedirect(f"{trail}?person={person.public_id}")
        if person is not None:
            if reads.look_up_of(user, person, at=timezone.now()) is not None:
                raise PermissionDenied(_("An exact look-up does not open the audit trail."))
            reads.record(person, by=user, at=timezone.now(), page="history")
        response = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            lines = response.context_data["lines"]
            response.context_data["sentences"] = history.sentences(lines, at=timezone.now())
        return response

    def _person(self, request: HttpRequest, object_id: str) -> Person | None:
        person: Person | None = self.get_object(request, unquote(object_id))
        return person

    def _explained(self, request: HttpRequest, person: Person, at: datetime) -> dict[str, Any]:
        explanation = with_uncoded(explain(person, at=at))
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": person.name,
            "person": person,
            "explanation": explanation,
            "policy": explanation.book.policy,
            "measure": _measure(explanation),
            "progress": progress(explanation.order, at=explanation.at) if explanation.order else None,
        }

    def _context(self, request: HttpRequest, person: Person, user: User, at: datetime) -> dict[str, Any]:
        context = {**self._explained(request, person, at), "operations": _offered(person, user, at)}
        look_up = reads.look_up_of(user, person, at=at)
        context |= {"look_up": look_up, "history_opens": look_up is None}
        if person.merged_into_id:
            return {**context, "survivor": person.merged_into}
        corrects = may(CorrectResult, person, by=user, at=at)
        mine = correctable(person, user).values_list("pk", flat=True) if corrects else ()
        waiting = awaited.about(person, at)
        printed = standing(person, at) if user.may(PrintPass.act) else None
        context |= {"printed": printed, "story": story(person), "waiting": waiting}
        return {**context, "correctable": frozenset(mine)}


def _measure(explanation: Explanation) -> Any:
    return explanation.book.policy.measures.get(explanation.order.kind) if explanation.order else None


def _offered(person: Person, user: User, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return the operations this user may do now by weight: what the day's work needs first."""
    found = defaultdict(list)
    for operation in open_to(PERSON_OPERATIONS, person, by=user, at=at):
        ready = operation.ready(person, by=user, at=at)
        found[(operation.weight if ready else "") or "other"].append(
            button(operation, acts.url(operation, person))
        )
    return dict(found)
