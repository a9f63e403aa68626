"""First contact on one page: a search box, then the form with the code beside it. Works without JavaScript."""

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
from cases.selectors.explanation import Explanation, explain
from complaints.models import Draft, Ticket
from complaints.operations.intake import STALE, FindForm, IntakeForm
from complaints.selectors import desks, snapshots
from complaints.services import drafts
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.acts.visits import MARK
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader

FRAGMENT = "X-Fragment"  # the header with which the script asks for the changing part of the page alone
CARRIED_OVER = ("channel", "contact_pref")  # the next intake begins with these
MAX_TEXT = 4000


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Show the search box and the drafts; look up what was typed."""
    by = _responder(request)
    find = FindForm(typed_data(request), label_suffix="")
    if request.method == "POST" and "nobody" in request.POST:
        return _without_person(request, by)
    found: list[Person] = []
    if request.method == "POST" and find.is_valid():
        at = timezone.now()
        draft = drafts.begin(by=by, at=at)
        try:
            found = drafts.find(draft, **find.cleaned_data, by=by, at=at)
        except Refusal as refusal:
            field = refusal.field if refusal.field in find.fields else "text"
            find.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))
        if chosen := _chosen(request, found):
            explanation = drafts.look(draft, chosen, by=by, at=at)
            return _answer(request, draft, _form(draft, by, request, looked=explanation))
    return _show(request, by, find=find, found=found)


@never_cache
def go_on(request: HttpRequest, draft: int) -> HttpResponse:
    """Show a draft with the code looked up anew; posted, register the ticket."""
    by = _responder(request)
    found = get_object_or_404(Draft.objects.select_related("person"), pk=draft, user=by)
    if found.ticket_id:
        return HttpResponseRedirect(_receipt(found.ticket_id))
    if request.method == "POST" and "again" not in request.POST:
        form = _form(found, by, request, request.POST)
        ticket = form.register() if form.is_valid() else None
        if ticket is not None:
            request.session["intake"] = {name: form.cleaned_data[name] for name in CARRIED_OVER}
            return HttpResponseRedirect(_receipt(ticket.pk))
        return _again(request, found, form) if form.is_stale else _answer(request, found, form)
    data = typed_data(request)
    if data is not None and "again" not in data:  # typed, and not sent: the tick is about a look-up of before
        data.pop("explained", None)
        looked = _look_again(found, by)
        data["look"] = found.snapshot_at.isoformat() if found.snapshot_at else ""
        form = _form(found, by, request, data, looked=looked)
        return _answer(request, found, form, mark=request.GET[MARK])
    return _answer(request, found, _form(found, by, request, looked=_look_again(found, by)))


@never_cache
@require_POST
def keep(request: HttpRequest, draft: int) -> HttpResponse:
    """Save what is typed so far: the script posts it every few seconds."""
    by = _responder(request)
    found = get_object_or_404(Draft, pk=draft, user=by)
    names = set(IntakeForm.base_fields) - {"explained", "look", "merge"}
    typed = {name: request.POST[name][:MAX_TEXT] for name in names if name in request.POST}
    drafts.save(found, typed, by=by, at=timezone.now())
    return HttpResponse(status=204)


def _responder(request: HttpRequest) -> User:
    by = reader(request)
    if not by.may("ticket.register"):
        raise PermissionDenied
    return by


def _without_person(request: HttpRequest, by: User) -> HttpResponse:
    """Begin a draft for a question without a person."""
    at = timezone.now()
    draft = drafts.begin(by=by, at=at)
    drafts.save(draft, {}, by=by, at=at)
    return HttpResponseRedirect(reverse("admin:complaints_intake_draft", args=(draft.pk,)))


def _again(request: HttpRequest, draft: Draft, refused: IntakeForm) -> HttpResponse:
    """Look the code up again: what was typed stays, the tick does not, and what differs is marked."""
    before = draft.snapshot
    explanation = _look_again(draft, refused.by)
    typed = request.POST.copy()
    typed.pop("explained", None)
    typed["look"] = draft.snapshot_at.isoformat() if draft.snapshot_at else ""
    form = _form(draft, refused.by, request, typed, looked=explanation)
    for errors in refused.errors.as_data().values():
        form.add_error(None, [error for error in errors if error.code in STALE])
    return _answer(request, draft, form, cases=snapshots.compared(before, draft.snapshot))


def _look_again(draft: Draft, by: User) -> Explanation | None:
    return drafts.look(draft, draft.person, by=by, at=timezone.now()) if draft.person else None


def _chosen(request: HttpRequest, found: list[Person]) -> Person | None:
    """Return the only one found, or whose button was pressed of several."""
    if len(found) == 1:
        return found[0]
    return next((one for one in found if str(one.public_id) == request.POST.get("person")), None)


def _form(
    draft: Draft, by: User, request: HttpRequest, data: Any = None, *, looked: Explanation | None = None
) -> IntakeForm:
    """Return a draft's form beside the code as it was `looked` up in this request, or else as it is now."""
    at = timezone.now()
    explanation = looked or (explain(draft.person, at=at) if draft.person else None)
    last = request.session.get("intake")
    return IntakeForm(data, draft=draft, explanation=explanation, by=by, at=at, last=last)


def _receipt(ticket: int) -> str:
    return reverse("admin:complaints_ticket_receipt", args=(ticket,))


def _answer(request: HttpRequest, draft: Draft, form: IntakeForm, **more: Any) -> HttpResponse:
    """Show a draft's form and code: as a fragment to the script, else as a whole page."""
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
        **more,
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
        "drafts": drafts.of(by, timezone.now())[: drafts.MAX_DRAFTS],
        **context,
    }
    return TemplateResponse(request, template, context)
