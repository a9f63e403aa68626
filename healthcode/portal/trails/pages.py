"""The ledger for supervision: trails, single events, a code at a past moment. Changed by nobody."""

import re
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.admin.history import target_name
from cases.models import GateCheck, Person
from healthcode.core import spreadsheets
from healthcode.core.audit import batched, batches, proofs
from healthcode.core.audit.models import Event
from healthcode.core.offices import sessions
from healthcode.core.offices.scoped_admin import OwnPage, reader
from healthcode.portal.supervision import record_reading
from healthcode.portal.trails import exports, moments
from healthcode.portal.trails.descriptions import describe, person_label
from healthcode.portal.trails.forms import MomentForm, TrailForm
from healthcode.portal.trails.query import KINDS, Position, Trail

POSITION = re.compile(r"(\d{1,18})-(-?\d{1,18})", re.ASCII)
CHECK = re.compile(r"-(\d{1,18})", re.ASCII)


@admin.register(Event)
class EventAdmin(OwnPage):
    """The ledger: one timeline for whatever is asked, a page for each event, and a code at a past moment."""

    view_act = "audit.read"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("export/", site(require_POST(self.export_view)), name="audit_event_export"),
            path("moment/<uuid:public_id>/", site(self.moment_view), name="audit_event_moment"),
            path("<str:pk>/proof/", site(self.proof_view), name="audit_event_proof"),
            *super().get_urls(),
        ]

    def scope(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.all()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Event | None:
        """Return an event; under a key turned negative a check, as trails list it."""
        check = _check(object_id)
        if check is not None:
            return check.as_event()
        event: Event | None = super().get_object(request, object_id, from_field)
        return event

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a trail, newest first; the reading is an event itself."""
        form = self._filters(request)
        trail = form.trail
        rows, older = trail.page(_position(request.GET.get("before", "")))
        events = describe(rows, at=timezone.now())
        person = trail.subject
        record_reading(request, "audit.listed", Event, person=trail.person, asked=form.recorded or None)
        query = request.GET.copy()
        query.pop("before", None)
        context = {
            **self.admin_site.each_context(request),
            "title": _title(trail, person),
            "opts": self.opts,
            "form": form,
            "events": events,
            "newest": f"?{query.urlencode()}" if "before" in request.GET else "",
            "older": f"?{_with(query, before=f'{older[0]}-{older[1]}')}" if older else "",
            "query": query,
            "person": person,
            "may_export": reader(request).may("audit.export"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "trails/trail.html", context)

    def page(self, request: HttpRequest, event: Event) -> HttpResponse:
        """Show one event: what it says, its raw form, its place under the seals."""
        (described,) = describe([event], at=timezone.now())
        check = _check(str(event.pk))
        batch = batches.covering(check) if check else None
        record_reading(request, "audit.listed", event, person=event.person)
        title = _("Event %(number)s") % {"number": event.pk} if check is None else target_name(event.target)
        sealed = (batch.event if batch else None) if check else event.pk
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(title),
            "opts": self.opts,
            "described": described,
            "batch": batch,
            "place": proofs.place(sealed) if sealed is not None else None,
        }
        return TemplateResponse(request, "trails/event.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Send the events of the trail as a table."""
        file = request.POST.get("file", spreadsheets.CSV)
        if file not in spreadsheets.TYPES:
            raise PermissionDenied
        form, query = self._filters(request), request.GET.urlencode()
        trail = f"{reverse('admin:audit_event_changelist')}?{query}"
        if form.errors:
            return HttpResponseRedirect(trail)
        if not sessions.is_proven(request):
            return sessions.to_prove(request, then=trail)
        at = timezone.now()
        rows = exports.export(form.trail, filters=form.in_words, by=reader(request), at=at)
        return spreadsheets.download(rows, form=file, name=f"audit-{timezone.localtime(at):%Y%m%d-%H%M%S}")

    def moment_view(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show what somebody's code showed at an instant."""
        self._require(request)
        person = Person.objects.filter(public_id=public_id).first()
        if person is None:
            raise Http404
        now = timezone.now()
        form = MomentForm(request.GET if "at" in request.GET else None, initial={"at": now})
        at = now
        if form.is_bound:
            at = form.cleaned_data["at"] if form.is_valid() else None
        record_reading(request, "audit.moment_read", person, moment=at)
        context = {
            **self.admin_site.each_context(request),
            "title": _("The code at a moment"),
            "opts": self.opts,
            "form": form,
            "person": person,
            "name": person_label(person, str(public_id)),
            "moment": moments.code_at(person, at=at) if at else None,
        }
        return TemplateResponse(request, "trails/moment.html", context)

    def proof_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Send the proof that an event, or a check, is in the sealed ledger."""
        self._require(request)
        event, check = self.get_object(request, pk), _check(pk)
        if event is None:
            raise Http404
        try:
            text = proofs.text(proofs.of_row(check) if check else proofs.inclusion(event))
        except proofs.NotSealed as error:
            raise Http404 from error
        record_reading(request, "audit.exported", event, person=event.person)
        headers = {"Content-Disposition": f'attachment; filename="event-{pk}-proof.json"'}
        return HttpResponse(text, content_type="application/json", headers=headers)

    def _filters(self, request: HttpRequest) -> TrailForm:
        self._require(request)
        form = TrailForm(request.GET)
        form.is_valid()
        return form

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _check(key: str) -> GateCheck | None:
    """Return the check that a key turned negative names."""
    found = CHECK.fullmatch(key)
    return batched.listed(GateCheck).filter(pk=found[1]).first() if found else None


def _title(trail: Trail, person: Person | None) -> str:
    if trail.person:
        return _("Audit trail of %(name)s") % {"name": person_label(person, trail.person)}
    if trail.batch:
        return _("Audit trail of delivery %(number)s") % {"number": trail.batch}
    return str(KINDS["looks"].words).capitalize() if trail.what == "looks" else _("Audit trail")


def _position(text: str) -> Position | None:
    """Read where a page begins from its address; None, the newest event, for anything that is no position."""
    found = POSITION.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _with(query: QueryDict, **values: str) -> str:
    changed = query.copy()
    changed.update(values)
    return str(changed.urlencode())
