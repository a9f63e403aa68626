"""The list of rule books, each as a page an officer can read beside the guide; what one changes, and whom."""

import difflib
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook
from cases.models.proposals import Decision
from cases.operations.replay import ReplayForm
from cases.policy import differences
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.effects import effect
from cases.services.persons import reads
from healthcode.core.acts.widgets import with_widgets
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader, yes_or_no


@admin.register(RuleBook)
class RuleBookAdmin(ScopedModelAdmin):
    """Versions of the policy; which one is in force is on top."""

    view_act = "rulebook.view"
    ordering = ("-proposed_at", "-pk")
    select_related = ("proposed_by", "decided_by")
    list_display = ("version", "document_number", "standing", "effective_from", "adopted_at", "decision")
    list_filter = (("decision", admin.ChoicesFieldListFilter),)
    fields = (
        *("version", "document_number", "standing", "effective_from", "adopted_at", "sha256"),
        *("proposed_by", "proposed_at", "reason", "decision", "decided_by", "decided_at", "answer"),
    )
    readonly_fields = fields
    change_form_template = "lists/rulebook.html"
    change_list_template = "lists/rulebooks.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("replay/", wrap(self.replay_view), name="cases_rulebook_replay"),
            path("<int:pk>/effect/", wrap(self.effect_view), name="cases_rulebook_effect"),
            path("<int:pk>/text/", wrap(self.text_view), name="cases_rulebook_text"),
            *super().get_urls(),
        ]

    def scope(self, request: HttpRequest) -> QuerySet[RuleBook]:
        """Show drafts to those who work on them; everybody else reads what was approved."""
        books = RuleBook.objects.all()
        return books if reader(request).may("rulebook.preview") else books.filter(decision=Decision.APPROVED)

    def annotate_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        in_force = RuleBook.objects.in_force(timezone.now())
        for row in rows:
            row.is_in_force = in_force.pk == row.pk

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        book = super().get_object(request, object_id, from_field)
        if book is not None:
            self.annotate_rows(request, [book])
        return book

    @admin.display(description=_("in force"))
    def standing(self, book: Any) -> str:
        return yes_or_no(book.is_in_force)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may": _rights(reader(request))}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        book = self.get_object(request, unquote(object_id))
        context = {"book": book, "may": _rights(reader(request)), **_chapters(book)} if book else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    # --- pages beside the book ----------------------------------------------------------------------------
    def text_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the text as a file: what an editor begins the next version with."""
        book = self._book(request, pk)
        name = f"rule-book-{book.pk}.toml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(book.text, content_type="text/plain; charset=utf-8", headers=headers)

    def effect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who would change colour if this version were adopted now; nothing is stored of it."""
        by, at = reader(request), timezone.now()
        if not by.may("rulebook.preview"):
            raise PermissionDenied
        book = self._book(request, pk)
        adoption = effect(book, reader=by, at=at) if book.adopted_at is None else None
        if adoption is not None and adoption.people:
            reads.record_list("cases.person", filters=[f"rulebook:{book.pk}"], by=by, at=at)
        context = {
            "book": book,
            "adoption": adoption,
            "may": _rights(by),
            "title": _("Effect of a rule book"),
        }
        return self._page(request, "lists/rulebook_effect.html", context)

    def replay_view(self, request: HttpRequest) -> HttpResponse:
        """Show a past day as figures, under the book then in force."""
        by, at = reader(request), timezone.now()
        if not by.may("rulebook.replay"):
            raise PermissionDenied
        form = with_widgets(ReplayForm(request.GET or ReplayForm.yesterday(by, at), by=by, at=at))
        replay = form.replay() if form.is_valid() else None
        context = {"form": form, "replay": replay, "title": _("Replay of a past day")}
        return self._page(request, "lists/replay.html", context)

    def _book(self, request: HttpRequest, pk: int) -> RuleBook:
        book: RuleBook | None = self.get_queryset(request).filter(pk=pk).first()
        if book is None:
            raise Http404
        return book

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context)


def _rights(by: User) -> dict[str, bool]:
    acts = ("rulebook.propose", "rulebook.decide", "rulebook.preview", "rulebook.replay")
    return {act.partition(".")[2]: by.may(act) for act in acts}


def _chapters(book: RuleBook) -> dict[str, Any]:
    """Return what the page says of a book: its rules, and what they change of the version before."""
    context: dict[str, Any] = {"chapters": _grounds_by_colour(book.policy), "policy": book.policy}
    before = _before(book)
    if before is not None:
        lines = difflib.unified_diff(
            before.text.splitlines(), book.text.splitlines(), before.version, book.version, lineterm="", n=1
        )
        changes = differences.chapters(before.policy, book.policy)
        context |= {
            "before": before,
            "changes": changes,
            "weighty": sum(len(chapter.weighty) for chapter in changes),
            "wording": sum(len(chapter.wording) for chapter in changes),
            "lines": list(lines),
        }
    return context


def _before(book: RuleBook) -> RuleBook | None:
    """Return what a version is compared with: the one it took over from, or the one in force."""
    adopted = RuleBook.objects.exclude(adopted_at=None).exclude(pk=book.pk)
    if book.adopted_at is not None:
        adopted = adopted.filter(adopted_at__lt=book.adopted_at)
    return adopted.order_by("-adopted_at", "-pk").first()


def _grounds_by_colour(policy: Policy) -> list[dict[str, Any]]:
    """Return the colours, gravest first, each with its meaning and its grounds, measures and exits looked up."""
    return [
        {
            "colour": colour,
            "meaning": policy.colours[colour],
            "grounds": [
                {
                    "ground": ground,
                    "measure": policy.measures.get(ground.measure or ""),
                    "exits": [policy.exits[key] for key in ground.exits],
                }
                for ground in policy.grounds.values()
                if ground.colour == colour
            ],
        }
        for colour in (Colour.RED, Colour.YELLOW, Colour.GREEN)
    ]
