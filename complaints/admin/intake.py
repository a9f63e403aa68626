"""First contact on one page: one box, then the code with its reasons beside the form. Works without JavaScript."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases.models import LabResult, Person
from cases.selectors.explanation import explain
from complaints.models import Draft, Ticket
from complaints.operations.intake import FindForm, IntakeForm
from complaints.selectors import desks
from complaints.services import intake
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader

FRAGMENT = "X-Fragment"  # the script asks for what changes, not for the whole page
KEPT = ("channel", "contact_pref")  # what the next intake begins with
LONGEST_TEXT = 4000


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Show the box and the drafts; look up what was typed into it."""
    by = _responder(request)
    find = FindForm(request.POST or None, label_suffix="")
    if request.method == "POST" and "nobody" in request.POST:
        return _without_person(request, by)
    found: list[Person] = []
    if request.method == "POST" and find.is_valid():
        at = timezone.now()
        draft = intake.begin(by=by, at=at)
        try:
            found = intake.find(draft, find.cleaned_data["text"], by=by, at=at)
        except Refusal as refusal:
            find.add_error("text", forms.ValidationError(str(refusal), code=refusal.code))
        if len(found) > 1 and (chosen := _chosen(request, found)):
            intake.look(draft, chosen, by=by, at=at)
            found = [chosen]
        if len(found) == 1:
            return _answer(request, draft, _form(draft, by, request))
    return _show(request, by, find=find, found=found)


@never_cache
def go_on(request: HttpRequest, draft: int) -> HttpResponse:
    """Go on with a draft: the code is looked up anew; posted, the ticket is registered."""
    by = _responder(request)
    kept = get_object_or_404(Draft.objects.select_related("person"), pk=draft, user=by)
    if kept.ticket_id:
        return HttpResponseRedirect(_receipt(kept.ticket_id))
    if request.method == "POST" and "again" not in request.POST:
        form = _form(kept, by, request, request.POST)
        ticket = form.register() if form.is_valid() else None
        if ticket is not None:
            request.session["intake"] = {name: form.cleaned_data[name] for name in KEPT}
            return HttpResponseRedirect(_receipt(ticket.pk))
        if form.has_error("__all__"):  # the code moved, or was looked up too long ago: show what it says now
            _look_again(kept, by)
        return _answer(request, kept, form)
    _look_again(kept, by)
    return _answer(request, kept, _form(kept, by, request))


@never_cache
@require_POST
def keep(request: HttpRequest, draft: int) -> HttpResponse:
    """Keep what is typed, every few seconds."""
    by = _responder(request)
    kept = get_object_or_404(Draft, pk=draft, user=by)
    names = set(IntakeForm.base_fields) - {"explained", "merge"}
    typed = {name: request.POST[name][:LONGEST_TEXT] for name in names if name in request.POST}
    intake.keep(kept, typed, by=by, at=timezone.now())
    return HttpResponse(status=204)


def _responder(request: HttpRequest) -> User:
    by = reader(request)
    if not by.may("ticket.register"):
        raise PermissionDenied
    return by


def _without_person(request: HttpRequest, by: User) -> HttpResponse:
    """Begin the answer to a question that is about nobody."""
    at = timezone.now()
    draft = intake.begin(by=by, at=at)
    intake.keep(draft, {}, by=by, at=at)
    return HttpResponseRedirect(reverse("admin:complaints_intake_draft", args=(draft.pk,)))


def _look_again(draft: Draft, by: User) -> None:
    if draft.person is not None:
        intake.look(draft, draft.person, by=by, at=timezone.now())


def _chosen(request: HttpRequest, found: list[Person]) -> Person | None:
    return next((one for one in found if str(one.public_id) == request.POST.get("person")), None)


def _form(draft: Draft, by: User, request: HttpRequest, data: Any = None) -> IntakeForm:
    at = timezone.now()
    explanation = explain(draft.person, at=at) if draft.person else None
    last = request.session.get("intake")
    return IntakeForm(data, draft=draft, explanation=explanation, by=by, at=at, last=last)


def _receipt(ticket: int) -> str:
    return reverse("admin:complaints_ticket_receipt", args=(ticket,))


def _answer(request: HttpRequest, draft: Draft, form: IntakeForm) -> HttpResponse:
    """Show the work: as a fragment where the script asks for it, else as the second page."""
    person = draft.person
    context = {
        "draft": draft,
        "form": form,
        "person": person,
        "explanation": form.explanation,
        "policy": form.explanation.book.policy if form.explanation else None,
        "results": _results(person) if person else (),
        "tickets": Ticket.objects.of(person).order_by("-pk")[:5] if person else (),
        "bureau": desks.bureau(),
    }
    if request.headers.get(FRAGMENT):
        return TemplateResponse(request, "desk/intake_work.html", context)
    return _show(request, form.by, find=FindForm(label_suffix=""), **context)


def _results(person: Person) -> Any:
    return LabResult.objects.of(person).uncorrected().order_by("-sampled_at", "-pk")[:5]


def _show(request: HttpRequest, by: User, **context: Any) -> HttpResponse:
    fragment = request.headers.get(FRAGMENT)
    template = "desk/intake_found.html" if fragment else "desk/intake.html"
    context = {
        **(admin.site.each_context(request) if not fragment else {}),
        "title": _("Register a complaint or a question"),
        "drafts": intake.drafts(by, timezone.now())[: intake.DRAFTS],
        **context,
    }
    return TemplateResponse(request, template, context)
