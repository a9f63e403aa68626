"""How proposals stand, in lists: what lapsed does not wait, though nobody decided it."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.proposals import Decision
from cases.selectors import undecided

LAPSED = "LAPSED"
LAPSED_WORDS = _("lapsed: what it is about has closed")


class DecisionFilter(admin.SimpleListFilter):
    """Proposals by what became of them."""

    title = pgettext_lazy("state", "decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str | Promise]]:
        return [*Decision.choices, (LAPSED, LAPSED_WORDS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case Decision.PENDING:
                return queryset.filter(undecided.waiting_as(queryset.model))
            case "LAPSED":
                return undecided.lapsed(queryset)
        return queryset.filter(decision=self.value())


class DecisionWords:
    """The column that says what became of a proposal."""

    model: Any

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        still = ExpressionWrapper(undecided.waiting_as(self.model), BooleanField())
        return rows.annotate(still_waits=still)

    @admin.display(description=pgettext_lazy("state", "decision"), ordering="decision")
    def decision_words(self, row: Any) -> str | Promise:
        if row.decision == Decision.PENDING and not row.still_waits:
            return LAPSED_WORDS
        return row.get_decision_display()  # type: ignore[no-any-return]
