"""One request for one operation: a press is kept or done and redirected, everything else only shows."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from healthcode.core.acts import attempts, background, given_back, remembered, through
from healthcode.core.acts.attempts import (
    BEGUN,
    DONE,
    EFFECT,
    FINISHED,
    FORM,
    MARK,
    OVER,
    RESULT,
    WORKING,
    Typed,
)
from healthcode.core.acts.base import ActOutcome, Operation, prepare, run
from healthcode.core.acts.widgets import with_widgets, written_out
from healthcode.core.offices import sessions
from healthcode.core.offices.models import User

if TYPE_CHECKING:
    from healthcode.core.acts.pages import ActPages, Change

PATH = 200  # of an address that is kept
DIGITS = 18  # of the longest number that every database takes as a key
EDIT = "edit"  # in the address: the form again instead of the effect
NEXT, CONFIRM = "_next", "_confirm"  # the buttons
CONTROLS = frozenset({NEXT, CONFIRM, "csrfmiddlewaretoken", "seen", "opened"})
STALE = frozenset({"stale_page", "stale_ticket", "stale_row"})


def is_key(text: str) -> bool:
    """Tell whether a text from outside can be the number of a row."""
    return text.isdecimal() and len(text) <= DIGITS


class Visit:
    """One request for one operation on one subject, or on none."""

    def __init__(
        self, pages: "ActPages", request: HttpRequest, operation: type[Operation], subject: Any, by: User
    ) -> None:
        self.pages, self.request = pages, request
        self.operation, self.subject, self.by = operation, subject, by

    @cached_property
    def typed(self) -> Typed:
        """Return what this user typed here: what is posted now, else the attempt that the address names."""
        kept = attempts.recall(self.mark, page=self.path, by=self.by, at=timezone.now())
        if self.request.method != "POST":
            return kept or Typed()
        posted = {name: values for name, values in self.request.POST.lists() if name not in CONTROLS}
        # The page of the effect posts nothing but its button: the attempt has the rest.
        data = kept.data if kept and not posted else posted
        return Typed(
            data=data,
            step=kept.step if kept and kept.step in OVER else FORM,
            seen=self.seen(),
            opened=self.request.POST.get("opened", ""),
            goes_to=kept.goes_to if kept else "",
        )

    @property
    def mark(self) -> str:
        return self.request.GET.get(MARK, "")

    @property
    def path(self) -> str:
        return self.request.path[:PATH]  # the key in it comes from outside, and can be of any length

    def seen(self) -> int | None:
        """Return the version of the subject that the user's page showed."""
        given = self.request.POST.get("seen", "")
        return int(given) if self.subject is not None and is_key(given) else self.version()

    def version(self) -> int | None:
        """Return the version of the subject as it is stored now; None without one."""
        return None if self.subject is None else self.pages.version(self.subject)

    # --- a press ---------------------------------------------------------------------------------------------
    def answer(self) -> HttpResponse:
        """Answer the request: a press acts or is kept and leads on, everything else only shows."""
        if self.typed.step in OVER:
            return (
                self.again() if self.typed.step == DONE or self.request.method == "POST" else self.progress()
            )
        if self.operation.proven and self.typed.step != RESULT and not sessions.is_proven(self.request):
            kept = self.keep(FORM).url if self.request.method == "POST" else ""
            return sessions.to_prove(self.request, then=kept)
        if self.request.method != "POST":
            return self.show()
        form = self.form(self.typed)
        self.typed.data = written_out(form, self.typed.data)
        # A file cannot be carried over to a second press.
        sure = CONFIRM in self.request.POST or not form.confirms or form.is_multipart()
        if not form.is_valid():
            return self.keep(FORM, form)
        if (people := form.people()) >= background.MANY:
            return self.hand_over(form, people, rehearse=not sure)
        return self.act(form) if sure else self.keep(EFFECT)

    def act(self, form: Operation) -> HttpResponse:
        """Do it, once: the attempt is locked meanwhile, so that a button pressed twice finds it done."""
        if not prepare(form):
            return self.keep(FORM, form)
        with transaction.atomic():
            if self.is_over():
                return self.again()
            outcome = run(form, seen=self.typed.seen)
            if outcome is None:
                return self.keep(FORM, form)
            return self.done(form, outcome)

    def is_over(self) -> bool:
        """Lock the attempt until the transaction ends; tell whether another press has done it, or handed it over."""
        if not attempts.locked(self.mark, page=self.path, by=self.by):
            return False
        kept = attempts.recall(self.mark, page=self.path, by=self.by, at=timezone.now())
        if kept is None or kept.step not in OVER:
            return False
        self.typed = kept
        return True

    def hand_over(self, form: Operation, people: int, *, rehearse: bool) -> HttpResponse:
        """Let a worker do an act on many people, or work its effect out; its page tells how far that is."""
        with transaction.atomic():
            if self.is_over():
                return self.again()
            mark, answer = self.kept(WORKING)
            background.begin(mark, form, people=people, rehearse=rehearse, at=timezone.now())
        return answer

    def done(self, form: Operation, outcome: ActOutcome) -> HttpResponse:
        """Say what happened, and lead to what was made, to the subject, or home; a secret has a page of its own."""
        self.typed = Typed(step=DONE, goes_to=self.goes_to(form, outcome))
        remembered.keep(self.request, form)
        if form.discloses or form.secret or len(form.found) > 1:
            self.typed.message, self.typed.secret = outcome.message, form.secret
            self.typed.found = [row.pk for row in form.found]
            return self.keep(RESULT)
        if self.mark:
            self.keep(DONE)
        messages.success(self.request, outcome.message)
        return HttpResponseRedirect(self.typed.goes_to)

    def goes_to(self, form: Operation, outcome: ActOutcome) -> str:
        if through.place_of(self.request) is not None:
            return through.after(self.request)
        if form.made is not None:
            return self.pages.page_of(form.made)
        subject = outcome.subject
        opens = subject is not None and self.pages.sees(subject, by=self.by, at=timezone.now())
        return self.pages.page_of(subject if opens else None)

    def keep(self, step: str, form: Operation | None = None) -> HttpResponseRedirect:
        """Keep the attempt and lead to its page."""
        if form is not None:
            self.typed.note_errors(form)
        return self.kept(step)[1]

    def kept(self, step: str) -> tuple[str, HttpResponseRedirect]:
        """Keep the attempt; return its mark, and what leads to its page."""
        self.typed.step = step
        mark = attempts.keep(self.typed, page=self.path, by=self.by, at=timezone.now(), mark=self.mark)
        query = self.request.GET.copy()
        query[MARK] = mark
        query.pop(EDIT, None)
        return mark, HttpResponseRedirect(f"{self.request.path}?{query.urlencode()}")

    def again(self) -> HttpResponse:
        """Answer a page that is loaded, or a button that is pressed, after the act was done or handed over."""
        if self.typed.step != DONE:
            return HttpResponseRedirect(self.request.get_full_path())
        messages.info(self.request, _("This has been done already."))
        return HttpResponseRedirect(self.typed.goes_to or reverse("admin:index"))

    # --- what is shown -----------------------------------------------------------------------------------
    def show(self) -> HttpResponse:
        """Show the form, the effect, or what came of it."""
        if not self.mark or (not self.typed.data and self.typed.step == FORM and not self.typed.errors):
            self.pages.arrive(self.operation, self.subject, by=self.by, at=timezone.now())
            return self.render("acts/form.html", self.form(None), seen=self.version())
        if self.typed.step == BEGUN:
            return self.render("acts/form.html", self.begun(), seen=self.version())
        form = self.form(self.typed)
        if self.typed.step == EFFECT and EDIT not in self.request.GET and form.is_valid():
            if outcome := self.rehearsed(form):
                since = parse_datetime(self.typed.worked_out) if self.typed.worked_out else None
                return self.render(
                    "acts/effect.html", form, seen=self.typed.seen, outcome=outcome, worked_out=since
                )
        elif self.typed.errors:
            self.put_errors(form)
        return self.render("acts/form.html", form, seen=self.seen_after(form))

    def rehearsed(self, form: Operation) -> ActOutcome | None:
        """Return what the act would do: as a worker worked it out, or by doing it now and rolling it back."""
        if self.typed.worked_out:
            return ActOutcome(self.typed.message, self.subject, None)
        return run(form, seen=self.typed.seen, rehearse=True)

    def progress(self) -> HttpResponse:
        """Show how far a worker has come with the act, or what came of it."""
        row, at = background.of(self.mark, by=self.by), timezone.now()
        finished = self.typed.step == FINISHED
        context = {"work": row, "message": self.typed.message, "finished": finished}
        if row is not None and not finished:
            context["progress"] = background.progress_of(row, at=at)
        return self.render("acts/working.html", self.form(self.typed), **context)

    def begun(self) -> Operation:
        """Return the form with what the portal filled in, at the field that is left."""
        form = self.form(None)
        form.initial.update({name: values[0] for name, values in self.typed.data.items()})
        if self.typed.focus in form.fields:
            form.fields[self.typed.focus].widget.attrs["autofocus"] = True
        return form

    def seen_after(self, form: Operation) -> int | None:
        """Return the version that the next press rests on: once what changed was listed, the new one."""
        codes = {error.code for errors in form.errors.as_data().values() for error in errors}
        return self.version() if codes & STALE or self.typed.interrupted else self.typed.seen

    def put_errors(self, form: Operation) -> None:
        """Put back what was found wrong when the form was posted: a file it had is gone by now."""
        form._errors = type(form.errors)()  # type: ignore[attr-defined]
        form.cleaned_data = {}
        for name, wrong in self.typed.errors.items():
            field = None if name == "__all__" or name not in form.fields else name
            for message, code in wrong:
                form.add_error(field, ValidationError(message, code=code))

    def form(self, typed: Typed | None) -> Operation:
        """Return the operation's form as of now, with the widgets of a page."""
        data: QueryDict | None = None
        if typed is not None:
            data = QueryDict(mutable=True)
            for name, values in typed.data.items():
                data.setlist(name, values)
        files = self.request.FILES if self.request.method == "POST" else None
        # A page about one row leads here with that row's number chosen.
        named = self.operation.from_address
        given = self.request.GET.items()
        chosen = {name: value for name, value in given if is_key(str(value)) or name in named}
        first = {**remembered.initial(self.request, self.operation), **chosen}
        form = self.operation(
            data, files=files, initial=first, subject=self.subject, by=self.by, at=timezone.now()
        )
        return with_widgets(form)  # type: ignore[no-any-return]

    def result(self) -> HttpResponse:
        """Show what came of it: what is secret, this once."""
        message, secret, found = self.typed.message, self.typed.secret, self.typed.found
        if (self.operation.discloses and not found) or secret:
            self.typed = Typed(goes_to=self.typed.goes_to)
            self.keep(DONE)
        rows = self.pages.rows_found(found, by=self.by, at=timezone.now())
        form = self.form(None)
        answer = self.render(
            self.operation.result_template,
            form,
            **(form.result(secret) if secret else {}),
            message=message,
            secret=secret,
            found=rows,
            page=self.typed.goes_to,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def overtaken(self, *, seen: bool) -> HttpResponse:
        """Give back what was typed where the act is no longer this user's to do; of somebody unseen it says no more."""
        if self.request.method == "POST":
            return self.keep(FORM)
        page = self.pages.page_of(self.subject) if seen else ""
        context = {
            **admin.site.each_context(self.request),
            "title": self.operation.label,
            "values": given_back.values(
                self.operation, self.typed.data, self.pages, by=self.by, at=timezone.now()
            ),
            "page": page,
            "changes": self.changes() if seen else (),
        }
        return TemplateResponse(self.request, "acts/overtaken.html", context, status=409)

    def changes(self) -> "Sequence[Change]":
        """Return what happened to the subject since the page with the form was opened."""
        opened = parse_datetime(self.typed.opened) if self.typed.opened else None
        if opened is None or opened.tzinfo is None or self.subject is None:
            return ()
        since = max(opened, timezone.now() - timedelta(days=1))
        return self.pages.changes(self.subject, since=since, by=self.by)

    def render(self, template: str, form: Operation, **context: Any) -> HttpResponse:
        at = timezone.now()
        opens = self.subject is not None and self.pages.sees(self.subject, by=self.by, at=at)
        stale = bool(self.mark) and context.get("seen") != self.typed.seen
        return TemplateResponse(
            self.request,
            template,
            {
                **admin.site.each_context(self.request),
                "base": self.pages.template,
                "effect_template": self.pages.effect_template,
                "found_template": self.pages.found_template,
                "title": self.operation.label,
                "operation": form,
                "form": form,
                "subject": self.subject,
                "opens": opens,
                "cancel": through.with_place(
                    self.pages.page_of(self.subject if opens else None), through.place_of(self.request)
                ),
                "proposed": form.about(),
                "nothing": form.nothing(),
                "edit": through.with_place(
                    f"{self.request.path}?{MARK}={self.mark}&{EDIT}=1", through.place_of(self.request)
                ),
                "opened": at.isoformat() if stale else self.typed.opened or at.isoformat(),
                "changes": self.changes() if stale and opens else (),
                **self.pages.context(form, by=self.by, at=at),
                **context,
            },
        )
