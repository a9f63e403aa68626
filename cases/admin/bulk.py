"""Operations on a selection: one form, each person done and recorded singly, the refused listed with reasons."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases.admin import bulk_done
from cases.admin.base import is_key
from cases.admin.bulk_done import Line
from cases.admin.faces import face_of
from cases.admin.forms import dressed
from cases.models import Person
from cases.operations import PERSON_OPERATIONS
from cases.operations.base import Operation, may, run
from cases.policy.colours import Colour
from cases.selectors.colours import colours_of
from cases.services.persons import reads
from cases.services.persons.documents import normalise_reference
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

LIMIT = 200  # more than a page of a list holds; each person is an act of its own
BULK = tuple(operation for operation in PERSON_OPERATIONS if operation.bulk)
SINGLY = ("report_number",)  # asked once for each person: a laboratory's report is about one sample


@dataclass
class Selection:
    """One request for one operation on several persons."""

    request: HttpRequest
    operation: type[Operation]
    by: User
    persons: tuple[Person, ...]

    def form(self, data: QueryDict | None = None) -> Operation:
        """Return the form that is filled in once for all."""
        form = self.operation(data, person=None, by=self.by, at=timezone.now())
        for name in SINGLY:
            form.fields.pop(name, None)
        return form

    def form_of(self, person: Person) -> Operation:
        """Return one person's form: what was typed for all, and what was typed for this person."""
        data, asked = self.request.POST.copy(), self.form().fields
        for name in SINGLY:
            data[name] = data.get(f"{name}-{person.pk}", "")
        own = self.operation(None, person=person, by=self.by, at=timezone.now())
        for name in (
            own.fields.keys() - asked.keys() - {*SINGLY}
        ):  # what each has of their own: the report to enter
            if (value := own[name].value()) is not None:
                data[name] = str(value)
        return self.operation(data, person=person, by=self.by, at=timezone.now())

    def asked_singly(self) -> list[tuple[str, str]]:
        """Return the fields that stand beside each person: name and label."""
        fields = self.operation.base_fields
        return [(name, str(fields[name].label)) for name in SINGLY if name in fields]

    def answer(self) -> HttpResponse:
        """Answer the request: one form, then what would happen to each, then what happened to each."""
        pressed = {"_next", "_confirm", "_back"} & set(self.request.POST)
        if not pressed:
            return self.render("portal/bulk_form.html", self.form())
        form = self.form(self.request.POST)
        if "_back" in pressed or not form.is_valid() or self.repeated():
            return self.render("portal/bulk_form.html", form)
        if "_confirm" in pressed:
            mark = bulk_done.keep(self.request, self.lines(rehearse=False))
            page = reverse("admin:cases_person_do_many", args=(self.operation.name,))
            return HttpResponseRedirect(f"{page}?{bulk_done.PARAMETER}={mark}")
        return self.render("portal/bulk_confirm.html", form, lines=self.lines(rehearse=True))

    def lines(self, *, rehearse: bool) -> list[Line]:
        """Do the operation on each person in turn, or rehearse it; a refusal stops nobody else."""
        before = colours_of([person.pk for person in self.persons], at=timezone.now())
        seen = self.seen()
        return [
            self.line(person, before[person.pk], seen.get(person.pk), rehearse) for person in self.persons
        ]

    def line(self, person: Person, before: Colour, seen: int | None, rehearse: bool) -> Line:
        if not may(self.operation, person, by=self.by, at=timezone.now()):
            return Line(person, before, None, (str(self.why_not(person)),))
        form = self.form_of(person)
        outcome = run(form, seen=seen, rehearse=rehearse) if form.is_valid() else None
        return Line(person, before, outcome, () if outcome else tuple(self.reasons(form)))

    def why_not(self, person: Person) -> str | Promise:
        """Say why the act is not offered on somebody; to whom the act does not reach, no more than that."""
        now = timezone.now()
        if self.operation.offered(person, by=self.by, at=now):
            return _("Nothing about this person waits for this act now.")
        return self.operation.why_not(person, by=self.by, at=now)

    def reasons(self, form: Operation) -> Iterator[str]:
        """Yield what is wrong with one person's form; what stands beside the person is called by its name."""
        for name, errors in form.errors.items():
            for reason in errors:
                said = {"field": form.fields[name].label, "reason": reason} if name in SINGLY else {}
                yield _("%(field)s: %(reason)s") % said if said else str(reason)

    def seen(self) -> dict[int, int]:
        """Return the version of each person that the user's page showed."""
        pairs = (pair.partition(":") for pair in self.request.POST.getlist("seen"))
        return {int(pk): int(version) for pk, _colon, version in pairs if is_key(pk) and is_key(version)}

    def repeated(self) -> set[str]:
        """Return the fields beside persons that say what another person's says: one of them is a slip."""
        return {key for name, _label in self.asked_singly() for key in self._repeated(name)}

    def _repeated(self, name: str) -> list[str]:
        typed = {
            key: normalise_reference(self.typed(key))
            for key in (f"{name}-{person.pk}" for person in self.persons)
        }
        times = Counter(typed.values())
        return [key for key, value in typed.items() if value and times[value] > 1]

    def typed(self, key: str) -> str:
        return self.request.POST.get(key, "").strip()

    def single(self, name: str, label: str, person: Person) -> dict[str, str | bool]:
        key = f"{name}-{person.pk}"
        return {"name": key, "label": label, "value": self.typed(key), "repeated": key in self.repeated()}

    def render(self, template: str, form: Operation, lines: list[Line] | None = None) -> HttpResponse:
        singly, shown = self.asked_singly(), self.seen()
        persons = [
            {
                "person": person,
                "version": f"{person.pk}:{shown.get(person.pk, person.version)}",
                "singly": [self.single(name, label, person) for name, label in singly],
            }
            for person in self.persons
        ]
        return TemplateResponse(
            self.request,
            template,
            {
                **admin.site.each_context(self.request),
                "title": self.operation.label,
                "operation": form,
                "form": dressed(form),
                "persons": persons,
                "repeated": bool(self.repeated()),
                "checkbox_name": ACTION_CHECKBOX_NAME,
                "done": [line for line in lines or () if line.outcome],
                "refused": [line for line in lines or () if not line.outcome],
                "url": reverse("admin:cases_person_do_many", args=(self.operation.name,)),
                "cancel": reverse("admin:cases_person_changelist"),
                "face": face_of(self.operation.act),
            },
        )


def of_persons(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the steps of a bulk operation; the first step is the action on the list."""
    operation = next((one for one in BULK if one.name == name), None)
    if operation is None:
        raise Http404
    if request.method != "POST":
        lines = bulk_done.recall(request, request.GET.get(bulk_done.PARAMETER, ""))
        if not lines:
            return HttpResponseRedirect(reverse("admin:cases_person_changelist"))
        selection = Selection(request, operation, reader(request), ())
        return selection.render("portal/bulk_done.html", selection.form(), lines=lines)
    return _serve(request, operation, Person.objects.filter(pk__in=keys(request)[: LIMIT + 1]))


def keys(request: HttpRequest) -> list[str]:
    """Return the ticked rows; what is no number of a row is left out."""
    return [key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(key)]


def _serve(request: HttpRequest, operation: type[Operation], chosen: QuerySet[Person]) -> HttpResponse:
    by, at = reader(request), timezone.now()
    if not by.may(operation.act):
        raise PermissionDenied(_("Your role does not have this act."))
    # Keys that the reader could not have ticked are dropped without a word.
    visible = chosen.filter(pk__in=Person.objects.reachable_by(by, "person.view", at).survivors())
    persons = tuple(visible.select_related("present").order_by("pk")[: LIMIT + 1])
    if len(persons) > LIMIT:
        raise PermissionDenied(_("Select at most %(limit)d persons at a time.") % {"limit": LIMIT})
    if not persons:
        return HttpResponseRedirect(reverse("admin:cases_person_changelist"))
    if not {"_next", "_confirm", "_back"} & set(request.POST):
        for person in persons:
            reads.record(person, by=by, at=at, page=f"do-many:{operation.name}")
    return Selection(request, operation, by, persons).answer()


def _action(operation: type[Operation]) -> Callable[..., HttpResponse]:
    @admin.action(description=operation.label)  # type: ignore[arg-type]
    def act(model_admin: Any, request: HttpRequest, queryset: QuerySet[Person]) -> HttpResponse:
        return _serve(request, operation, queryset)

    act.__name__ = _action_name(operation)
    return act


def _action_name(operation: type[Operation]) -> str:
    return f"do_{operation.name.replace('-', '_')}"


def offered(name: str, user: User) -> bool:
    """Tell whether the role table has this action's act for a user."""
    return any(_action_name(one) == name and user.may(one.act) for one in BULK)


ACTIONS = tuple(_action(operation) for operation in BULK)
