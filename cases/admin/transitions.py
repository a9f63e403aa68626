"""The list of conversions: every change of a colour, as it was written when it happened."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.admin import filters
from cases.admin.badges import badge
from cases.admin.base import PersonRowsAdmin
from cases.models import Transition
from cases.models.rulebooks import TEXT
from healthcode.core.audit.actions import words_of


@admin.register(Transition)
class TransitionAdmin(PersonRowsAdmin):
    """Conversions: from what to what, when, under which clause, by whom."""

    select_related = ("office", "actor", "rule_book")
    deferred = (TEXT,)
    list_display = ("pk", "person_link", "at", "before", "after", "clause", "act_words", "office", "actor")
    list_display_links = ("pk",)
    list_filter = (
        ("from_colour", admin.ChoicesFieldListFilter),
        ("to_colour", admin.ChoicesFieldListFilter),
        filters.PersonAreaFilter,
        filters.OfficeFilter,
    )
    fields = (
        "person_link",
        "at",
        "before",
        "after",
        "act_words",
        "clause",
        "case",
        "rule_book",
        "office",
        "actor",
    )
    readonly_fields = fields

    @admin.display(description=pgettext_lazy("colour", "from"))
    def before(self, turn: Transition) -> SafeString:
        return badge(turn.from_colour)

    @admin.display(description=pgettext_lazy("colour", "to"))
    def after(self, turn: Transition) -> SafeString:
        return badge(turn.to_colour)

    @admin.display(description=_("act"))
    def act_words(self, turn: Transition) -> str:
        return words_of(turn.act)
