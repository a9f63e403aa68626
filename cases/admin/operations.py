"""The page of an operation: form, confirmation of the effect, one service call, message.

The confirmation is a rehearsal: the act itself, done and rolled back, so that it can never say anything else than
what the act will do.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.admin.base import is_key
from cases.admin.faces import face_of
from cases.admin.forms import dressed
from cases.models import ControlOrder, Person
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.operations.base import Operation, Outcome, may, run
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services.persons import reads
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

STALE = "stale_page"

# What these answer is shown once, never through the message store, which travels in a cookie.
DISCLOSING = frozenset({"person.unmask"})


@dataclass
class Page:
    """One request for one operation, on one person or on none."""

    request: HttpRequest
    operation: type[Operation]
    person: Person | None
    by: User

    @property
    def sees_person(self) -> bool:
        """Tell whether the reader may also open the person's page; a decider may not always."""
        return self.person is not None and reads.may_view(self.by, self.person, at=timezone.now())

    def form(self, data: QueryDict | None = None) -> Operation:
        """Return the operation's form as of now, dressed for the page."""
        files = self.request.FILES if data is not None else None
        # A page about one row leads here with that row's number chosen.
        chosen = {name: value for name, value in self.request.GET.items() if is_key(str(value))}
        operation = self.operation(
            data, files=files, initial=chosen, person=self.person, by=self.by, at=timezone.now()
        )
        return dressed(operation)  # type: ignore[no-any-return]

    def answer(self) -> HttpResponse:
        """Answer the request: show the form, rehearse, or do it."""
        if self.request.method != "POST":
            return self.show(self.form(), seen=self.version())
        form, seen = self.form(self.request.POST), self.seen()
        sure = "_confirm" in self.request.POST or not self.asks_twice(form)
        if "_back" in self.request.POST:
            return self.show(form, seen=seen)
        before = self.colour()
        if form.is_valid() and (outcome := run(form, seen=seen, rehearse=not sure)):
            return self.done(form, outcome) if sure else self.confirm(form, outcome, before, seen=seen)
        if form.has_error("__all__", code=STALE):
            seen = self.version()  # what the page shows from here on is the new state
        return self.show(form, seen=seen)

    def asks_twice(self, form: Operation) -> bool:
        """Tell whether there is an effect to confirm; a file cannot be carried over to a second press."""
        return form.confirms and not form.is_multipart()

    def seen(self) -> int | None:
        """Return the version of the person that the user's page showed."""
        given = self.request.POST.get("seen", "")
        return int(given) if self.person is not None and is_key(given) else self.version()

    def version(self) -> int | None:
        if self.person is None:
            return None
        # Read afresh: a rehearsal that was rolled back left the object ahead of its row.
        return Person.objects.values_list("version", flat=True).get(pk=self.person.root_id)

    def colour(self) -> Colour | None:
        return colour_at(self.person, timezone.now()) if self.person is not None else None

    # --- what is shown -----------------------------------------------------------------------------------
    def show(self, form: Operation, *, seen: int | None) -> HttpResponse:
        if self.request.method != "POST" and self.person is not None:
            reads.record(self.person, by=self.by, at=timezone.now(), page=f"do:{self.operation.name}")
        return self.render("portal/operation.html", form, seen=seen, asks_twice=self.asks_twice(form))

    def confirm(
        self, form: Operation, outcome: Outcome, before: Colour | None, *, seen: int | None
    ) -> HttpResponse:
        return self.render("portal/confirm.html", form, seen=seen, outcome=outcome, before=before)

    def done(self, form: Operation, outcome: Outcome) -> HttpResponse:
        found = getattr(form, "found", ())
        if self.operation.act in DISCLOSING or len(found) > 1:
            return self.render("portal/disclosed.html", form, outcome=outcome, found=found)
        messages.success(self.request, outcome.message)
        if form.made is not None:
            opts = form.made._meta
            page = f"admin:{opts.app_label}_{opts.model_name}_change"
            return HttpResponseRedirect(reverse(page, args=(form.made.pk,)))
        person = outcome.person or self.person
        if person is not None and reads.may_view(self.by, person, at=timezone.now()):
            return HttpResponseRedirect(reverse("admin:cases_person_change", args=(person.pk,)))
        return HttpResponseRedirect(reverse("admin:index"))

    def render(self, template: str, form: Operation, **context: Any) -> HttpResponse:
        cancel = reverse("admin:index")
        if self.sees_person and self.person is not None:
            cancel = reverse("admin:cases_person_change", args=(self.person.pk,))
        return TemplateResponse(
            self.request,
            template,
            {
                **admin.site.each_context(self.request),
                "title": self.operation.label,
                "operation": form,
                "form": form,
                "person": self.person,
                "sees_person": self.sees_person,
                "colour": self.colour(),
                "face": face_of(self.operation.act),
                "cancel": cancel,
                "proposed": form.about(),
                "nothing": form.nothing(),
                **context,
            },
        )


def of_person(request: HttpRequest, object_id: str, name: str) -> HttpResponse:
    """Serve an operation on a person; whoever may not even see the person learns nothing."""
    by, at = reader(request), timezone.now()
    operation = _named(PERSON_OPERATIONS, name)
    if not by.may(operation.act):
        raise PermissionDenied(_("Your role does not have this act."))
    if not is_key(object_id):
        raise Http404
    # Some acts reach everybody: only what is seen, or waits for this act, may be told from nobody at all.
    person = Person.objects.filter(pk=object_id).first()
    if person is not None and may(operation, person, by=by, at=at):
        return Page(request, operation, person, by).answer()
    seen = person is not None and reads.may_view(by, person, at=at)
    reached = (
        person is not None
        and Person.objects.reachable_by(by, operation.act, at).filter(pk=person.pk).exists()
    )
    if (typed := _typed(request, operation)) and not (seen and reached):
        return _overtaken(request, operation, typed, person if seen else None)
    if person is None or not seen:
        raise Http404
    if not reached and not _answered_for(person, by):
        raise PermissionDenied(_("Nothing about this person waits for this act now."))
    messages.info(request, _("Nothing is left to do here: the record has changed since."))
    return HttpResponseRedirect(reverse("admin:cases_person_change", args=(person.pk,)))


def _answered_for(person: Person, by: User) -> bool:
    """Tell whether the user answers for the person's control, or once did."""
    answered = Q(officer=by) | Q(handovers__from_officer=by)
    return ControlOrder.objects.of(person).filter(answered).exists()


def _typed(request: HttpRequest, operation: type[Operation]) -> list[tuple[Any, str]]:
    """Return what was posted into an act's fields: label and text."""
    return [
        (field.label, dict(getattr(field, "choices", ())).get(value, value))
        for name, field in operation.base_fields.items()
        if (value := request.POST.get(name, "").strip())
    ]


def _overtaken(
    request: HttpRequest, operation: type[Operation], typed: list[tuple[Any, str]], person: Person | None
) -> HttpResponse:
    """Give back what was typed on a page whose person moved on meanwhile; of somebody unseen it says no more."""
    context = {**admin.site.each_context(request), "title": operation.label, "typed": typed}
    page = reverse("admin:cases_person_change", args=(person.pk,)) if person else ""
    return TemplateResponse(request, "portal/overtaken.html", {**context, "page": page}, status=409)


def desk(request: HttpRequest, name: str) -> HttpResponse:
    """Serve an operation that starts without a person."""
    by = reader(request)
    operation = _named(DESK_OPERATIONS, name)
    if not by.may(operation.act):
        raise PermissionDenied(_("Your role does not have this act."))
    return Page(request, operation, None, by).answer()


def _named(operations: tuple[type[Operation], ...], name: str) -> type[Operation]:
    for operation in operations:
        if operation.name == name:
            return operation
    raise Http404
