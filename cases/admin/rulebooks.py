"""The list of rule books, and each as a page an officer can read beside the guide."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook
from cases.policy.colours import Colour
from cases.policy.rulebook import RuleBook as Policy
from healthcode.offices.scoped_admin import ScopedModelAdmin


@admin.register(RuleBook)
class RuleBookAdmin(ScopedModelAdmin):
    """Versions of the policy; which one is in force is on top."""

    view_act = "rulebook.view"
    ordering = ("-adopted_at", "-pk")
    select_related = ("proposed_by", "decided_by")
    list_display = ("version", "document_number", "standing", "effective_from", "adopted_at", "decision")
    list_filter = (("decision", admin.ChoicesFieldListFilter),)
    fields = (
        *("version", "document_number", "standing", "effective_from", "adopted_at", "sha256"),
        *("proposed_by", "proposed_at", "decision", "decided_by", "decided_at", "answer"),
    )
    readonly_fields = fields
    change_form_template = "lists/rulebook.html"

    def scope(self, request: HttpRequest) -> QuerySet[RuleBook]:
        return RuleBook.objects.all()

    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        in_force = (
            RuleBook.objects.filter(adopted_at__lte=timezone.now()).order_by("-adopted_at", "-pk").first()
        )
        for row in rows:
            row.is_in_force = in_force is not None and in_force.pk == row.pk

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        book = super().get_object(request, object_id, from_field)
        if book is not None:
            self.dress(request, [book])
        return book

    @admin.display(description=_("in force"), boolean=True)
    def standing(self, book: Any) -> bool:
        return bool(book.is_in_force)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        book = self.get_object(request, unquote(object_id))
        said = {"chapters": _grounds_by_colour(book.policy), "policy": book.policy} if book else {}
        return super().change_view(request, object_id, form_url, {**said, **(extra_context or {})})


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
