"""Acts on accounts as pages of the admin: a form, one service, a message, or a secret shown once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.cache import never_cache

from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader


@dataclass(frozen=True)
class Done:
    """What an act did: its message, the row it concerns, and a secret to be shown once."""

    message: str | Promise
    subject: Model
    secret: str = ""


class Act(forms.Form):
    """One act of an administrator, on a row or (`alone`) without one."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    right: ClassVar[str] = "account.manage"
    alone: ClassVar[bool] = False
    weight: ClassVar[str] = ""
    do_not_call_in_templates: ClassVar[bool] = True  # else a template makes a form of it and finds no label

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, subject: Any, by: User, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self.subject, self.by, self.at = subject, by, at
        self.prepare()

    def prepare(self) -> None:
        """Fill in what is known of the subject; the default leaves the form as it is."""

    @classmethod
    def offered(cls, subject: Any, by: User) -> bool:
        """Tell whether there is something to do here now."""
        return True

    def perform(self) -> Done:
        """Call the one service."""
        raise Refusal()  # pragma: no cover


class ActAdmin(ScopedModelAdmin):
    """A read-only list and page with acts as buttons, each a page of its own."""

    acts: ClassVar[tuple[type[Act], ...]] = ()
    change_form_template = "offices/page.html"
    change_list_template = "offices/list.html"

    @property
    def prefix(self) -> str:
        """Return how the names of this model's pages begin."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("do/<slug:name>/", wrap(never_cache(self.act_view)), name=f"{self.prefix}_do"),
            path("<int:pk>/do/<slug:name>/", wrap(never_cache(self.act_view)), name=f"{self.prefix}_act"),
            *super().get_urls(),
        ]

    def offered(self, subject: Any, by: User) -> list[type[Act]]:
        """Return the acts this user may do now, on a row or (None) without one."""
        return [
            act
            for act in self.acts
            if act.alone is (subject is None) and by.may(act.right) and act.offered(subject, by)
        ]

    def act_view(self, request: HttpRequest, name: str, pk: int | None = None) -> HttpResponse:
        """Show an act's form, or do it: a refusal goes to its field, a secret is shown once."""
        by = reader(request)
        subject = self.get_queryset(request).filter(pk=pk).first() if pk is not None else None
        if pk is not None and subject is None:
            raise Http404
        act = next((act for act in self.acts if act.name == name and act.alone is (pk is None)), None)
        if act is None:
            raise Http404
        if act not in self.offered(subject, by):
            raise PermissionDenied
        form = act(
            request.POST if request.method == "POST" else None, subject=subject, by=by, at=timezone.now()
        )
        if form.is_valid():
            try:
                done = form.perform()
            except Refusal as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))
            else:
                return self._answer(request, done)
        cancel = "../../" if subject is None else reverse(f"admin:{self.prefix}_change", args=(subject.pk,))
        context = {"form": form, "title": act.label, "subject": subject, "act": act, "cancel": cancel}
        return TemplateResponse(request, "offices/act.html", self._context(request, context))

    def _answer(self, request: HttpRequest, done: Done) -> HttpResponse:
        opts = done.subject._meta
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(done.subject.pk,))
        if not done.secret:
            messages.success(request, str(done.message))
            return HttpResponseRedirect(page)
        context = {"title": done.message, "subject": done.subject, "secret": done.secret, "page": page}
        return TemplateResponse(request, "offices/secret.html", self._context(request, context))

    def _context(self, request: HttpRequest, said: dict[str, Any]) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **said}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        said = {"acts": self.offered(None, reader(request))}
        return super().changelist_view(request, {**said, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        subject = self.get_object(request, unquote(object_id))
        said = {"acts": self.offered(subject, reader(request)) if subject else []}
        return super().change_view(request, object_id, form_url, {**said, **(extra_context or {})})
