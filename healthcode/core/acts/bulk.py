"""Operations on a selection: one form, each subject done and recorded singly, the refused listed with reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core.acts import attempts
from healthcode.core.acts.attempts import DONE, EFFECT, FORM, Typed
from healthcode.core.acts.base import ActOutcome, Operation, run
from healthcode.core.acts.visits import CONFIRM, EDIT, MARK, NEXT, is_key
from healthcode.core.acts.widgets import with_widgets, written_out
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

LIMIT = 200  # more than a page of a list holds; each subject is an act of its own
CONTROLS = frozenset({NEXT, CONFIRM, "csrfmiddlewaretoken", "action", "index", "select_across"})


@dataclass(frozen=True)
class BulkLine:
    """One subject of the selection, and what became or would become of it."""

    subject: Any
    before: Any
    outcome: ActOutcome | None
    reasons: tuple[str, ...] = ()


class BulkPages:
    """The pages of operations on a selection of one kind of subject."""

    operations: Sequence[type[Operation]] = ()
    template: ClassVar[str] = "acts/base.html"
    lines_template: ClassVar[str]
    subject_template: ClassVar[str]  # names one subject in the form
    singly: ClassVar[tuple[str, ...]] = ()  # fields asked once for each subject
    list_page: ClassVar[str]  # the name of the list's address
    page: ClassVar[str]  # the name of the form's address

    # --- what differs from kind to kind ------------------------------------------------------------------
    def for_each(self, number: int) -> str:
        """Say for how many it is done."""
        raise AssertionError  # pragma: no cover

    def confirm(self, number: int) -> str:
        """Return the words of the button that does it for so many."""
        raise AssertionError  # pragma: no cover

    def visible(self, keys: Sequence[str], *, by: User, at: datetime) -> Sequence[Any]:
        """Return the subjects with these keys that the reader could have ticked, at most LIMIT + 1."""
        return ()

    def offers(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether the user may do this to this subject now."""
        return operation.offered(subject, by=by, at=at)

    def before(self, subjects: Sequence[Any], *, at: datetime) -> Mapping[int, Any]:
        """Return what each subject is at before the act, by key."""
        return {}

    def restored(self, before: Any) -> Any:
        """Return what a subject was at before, from the text it was kept as."""
        return before

    def effect(self, subject: Any, *, at: datetime) -> Any:
        """Return what a subject has come to, for a result that is loaded again."""
        return None

    def arrive(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> None:
        """Write down that the form showed somebody."""

    def same(self, text: str) -> str:
        """Return what two texts typed for two subjects are compared by."""
        return text

    # --- the way in --------------------------------------------------------------------------------------
    def serve(self, request: HttpRequest, name: str) -> HttpResponse:
        """Answer one request; the first step is the action on the list."""
        operation = next((one for one in self.operations if one.name == name), None)
        if operation is None:
            raise Http404
        by = reader(request)
        if not by.may(operation.act):
            raise PermissionDenied(_("Your role does not have this act."))
        return Selection(self, request, operation, by).answer()

    def address(self, operation: type[Operation]) -> str:
        """Return the address of an operation's pages."""
        return reverse(self.page, args=(operation.name,))


def ticked(request: HttpRequest) -> list[str]:
    """Return the ticked rows; what is no number of a row is left out."""
    return [key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(key)]


class Selection:
    """One request for one operation on several subjects."""

    def __init__(self, pages: BulkPages, request: HttpRequest, operation: type[Operation], by: User) -> None:
        self.pages, self.request, self.operation, self.by = pages, request, operation, by
        self.path = pages.address(operation)
        self.mark = request.GET.get(MARK, "")

    @cached_property
    def typed(self) -> Typed:
        """Return what is posted now, else what the address names; the page of the effect posts its button alone."""
        kept = attempts.recall(self.mark, page=self.path, by=self.by, at=timezone.now()) or Typed()
        if self.request.method != "POST":
            return kept
        posted = {name: values for name, values in self.request.POST.lists() if name not in CONTROLS}
        return Typed(data=posted or kept.data, step=DONE if kept.step == DONE else FORM, lines=kept.lines)

    @cached_property
    def subjects(self) -> Sequence[Any]:
        """Return whom it is about; keys that the reader could not have ticked are dropped without a word."""
        keys = [key for key in self.typed.data.get(ACTION_CHECKBOX_NAME, ()) if is_key(key)]
        found = self.pages.visible(keys[: LIMIT + 1], by=self.by, at=timezone.now())
        if len(found) > LIMIT:
            raise PermissionDenied(_("Select at most %(limit)d persons at a time.") % {"limit": LIMIT})
        return found

    def answer(self) -> HttpResponse:
        """Answer the request: one form, then what would happen to each, then what happened to each."""
        if self.typed.step == DONE:
            return self.show_done()
        if not self.subjects:
            return HttpResponseRedirect(reverse(self.pages.list_page))
        if self.request.method != "POST":
            return self.show()
        submitted = {NEXT, CONFIRM} & set(self.request.POST)
        if not submitted:  # the action on the list
            self.arrive()
            return self.keep(FORM)
        form = with_widgets(self.form(self.data))
        self.typed.data = written_out(form, self.typed.data)
        if not form.is_valid() or self.repeated:
            self.typed.errors = {"__all__": []}
            return self.keep(FORM)
        if CONFIRM not in submitted:
            return self.keep(EFFECT)
        lines = self.lines(rehearse=False)
        self.typed = Typed(
            step=DONE,
            lines=[
                [one.subject.pk, one.before, one.outcome.message if one.outcome else "", list(one.reasons)]
                for one in lines
            ],
        )
        return self.keep(DONE)

    def arrive(self) -> None:
        """Write down that the form shows each of them."""
        for subject in self.subjects:
            self.pages.arrive(self.operation, subject, by=self.by, at=timezone.now())

    def keep(self, step: str) -> HttpResponseRedirect:
        """Keep the attempt and lead to its page."""
        self.typed.step = step
        mark = attempts.keep(self.typed, page=self.path, by=self.by, at=timezone.now(), mark=self.mark)
        return HttpResponseRedirect(f"{self.path}?{MARK}={mark}")

    # --- what is shown -----------------------------------------------------------------------------------
    def show(self) -> HttpResponse:
        is_choice = set(self.typed.data) == {
            ACTION_CHECKBOX_NAME
        }  # ticked in a list, whose action reached nobody
        if self.typed.interrupted and is_choice:
            self.arrive()  # this is the first time they are shown
        form = self.form(self.data)
        if self.typed.step == EFFECT and EDIT not in self.request.GET and form.is_valid():
            return self.render("acts/bulk_effect.html", form, self.lines(rehearse=True))
        filled = self.typed.step == EFFECT or bool(
            self.typed.errors or (self.typed.interrupted and not is_choice)
        )
        return self.render("acts/bulk_form.html", form if filled else self.form(None))

    def show_done(self) -> HttpResponse:
        """Show what became of each, as it stands now: loading the page again repeats nothing."""
        at, lines = timezone.now(), self.typed.lines
        keys = [str(key) for key, *_rest in lines]
        found = {one.pk: one for one in self.pages.visible(keys, by=self.by, at=at)}
        done = [
            BulkLine(
                found[key],
                self.pages.restored(before),
                ActOutcome(str(message), found[key], self.pages.effect(found[key], at=at))
                if message
                else None,
                tuple(reasons),  # type: ignore[arg-type]
            )
            for key, before, message, reasons in lines
            if key in found
        ]
        if not done:
            return HttpResponseRedirect(reverse(self.pages.list_page))
        self.subjects = ()
        return self.render("acts/bulk_done.html", self.form(None), done)

    def render(self, template: str, form: Operation, lines: Sequence[BulkLine] = ()) -> HttpResponse:
        return TemplateResponse(
            self.request,
            template,
            {
                **admin.site.each_context(self.request),
                "base": self.pages.template,
                "lines_template": self.pages.lines_template,
                "subject_template": self.pages.subject_template,
                "for_each": self.pages.for_each(len(self.subjects)),
                "confirm": self.pages.confirm(sum(1 for line in lines if line.outcome)),
                "title": self.operation.label,
                "operation": form,
                "form": with_widgets(form),
                "selection": [self.listed(subject) for subject in self.subjects],
                "repeated": bool(self.typed.errors and self.repeated),
                "checkbox_name": ACTION_CHECKBOX_NAME,
                "done": [line for line in lines if line.outcome],
                "refused": [line for line in lines if not line.outcome],
                "cancel": reverse(self.pages.list_page),
                "edit": f"{self.path}?{MARK}={self.mark}&{EDIT}=1",
            },
        )

    def listed(self, subject: Any) -> dict[str, Any]:
        """Return one subject as the form lists it: its version as seen, and the fields that stand beside it."""
        repeated = self.repeated if self.typed.errors else set()
        beside = [
            {"name": key, "label": label, "value": self.text(key), "repeated": key in repeated}
            for name, label in self.asked_singly()
            for key in (f"{name}-{subject.pk}",)
        ]
        version = self.seen.get(subject.pk, subject.version)
        return {"subject": subject, "version": f"{subject.pk}:{version}", "beside": beside}

    # --- the form, and each one's own ---------------------------------------------------------------------
    @property
    def data(self) -> QueryDict:
        """Return what was typed, as a form reads it."""
        data = QueryDict(mutable=True)
        for name, values in self.typed.data.items():
            data.setlist(name, values)
        return data

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form that is filled in once for all."""
        form = self.asked(data, None)
        for name in self.pages.singly:
            form.fields.pop(name, None)
        return form

    def asked(self, data: QueryDict | None, subject: Any) -> Operation:
        """Return the operation's form."""
        return self.operation(data, subject=subject, by=self.by, at=timezone.now())

    def form_of(self, subject: Any) -> Operation:
        """Return one subject's form: what was typed for all, and what was typed for this one."""
        data, asked = self.data, self.form(None).fields
        for name in self.pages.singly:
            data[name] = self.text(f"{name}-{subject.pk}")
        own = self.operation(None, subject=subject, by=self.by, at=timezone.now())
        for name in own.fields.keys() - asked.keys() - {*self.pages.singly}:
            if (value := own[name].value()) is not None:  # what each has of their own: the report to enter
                data[name] = str(value)
        return self.asked(data, subject)

    def asked_singly(self) -> list[tuple[str, str]]:
        """Return the fields that stand beside each subject: name and label."""
        fields = self.operation.base_fields
        return [(name, str(fields[name].label)) for name in self.pages.singly if name in fields]

    @cached_property
    def repeated(self) -> set[str]:
        """Return the fields beside subjects that repeat what stands beside another: one of them is a slip."""
        return {key for name, _label in self.asked_singly() for key in self._repeated(name)}

    def _repeated(self, name: str) -> list[str]:
        keys = [f"{name}-{subject.pk}" for subject in self.subjects]
        values = {key: self.pages.same(self.text(key)) for key in keys}
        times = list(values.values())
        return [key for key, value in values.items() if value and times.count(value) > 1]

    def text(self, key: str) -> str:
        return "".join(self.typed.data.get(key, ())[:1]).strip()

    @cached_property
    def seen(self) -> dict[int, int]:
        """Return the version of each subject that the user's page showed."""
        pairs = (pair.partition(":") for pair in self.typed.data.get("seen", ()))
        return {int(pk): int(version) for pk, _colon, version in pairs if is_key(pk) and is_key(version)}

    # --- what becomes of each ------------------------------------------------------------------------------
    def lines(self, *, rehearse: bool) -> list[BulkLine]:
        """Do the operation on each in turn, or rehearse it; a refusal stops nobody else."""
        before = self.pages.before(self.subjects, at=timezone.now())
        return [self.line(subject, before.get(subject.pk), rehearse) for subject in self.subjects]

    def line(self, subject: Any, before: Any, rehearse: bool) -> BulkLine:
        if not self.pages.offers(self.operation, subject, by=self.by, at=timezone.now()):
            return BulkLine(subject, before, None, (str(self.why_not(subject)),))
        form = self.form_of(subject)
        outcome = run(form, seen=self.seen.get(subject.pk), rehearse=rehearse) if form.is_valid() else None
        return BulkLine(subject, before, outcome, () if outcome else tuple(self.reasons(form)))

    def why_not(self, subject: Any) -> str:
        """Say why the act is not offered; to whom it does not reach, no more than that."""
        now = timezone.now()
        if self.operation.offered(subject, by=self.by, at=now):
            return _("Nothing waits here for this act now.")
        return str(self.operation.why_not(subject, by=self.by, at=now))

    def reasons(self, form: Operation) -> Iterator[str]:
        """Yield what is wrong with one's form; what stands beside the subject is called by its name."""
        for name, errors in form.errors.items():
            for reason in errors:
                if name in self.pages.singly:
                    yield _("%(field)s: %(reason)s") % {"field": form.fields[name].label, "reason": reason}
                else:
                    yield str(reason)
