"""The list of text modules, and the acts of the lead on them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import TextModule
from complaints.operations.modules import ChangeModule, CreateModule, WithdrawModule
from complaints.services import modules
from healthcode.core.acts.buttons import ActAdmin


class InUse(admin.SimpleListFilter):
    """Text modules by whether they are offered."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, object], ...]:
        return (
            ("in_use", pgettext_lazy("text module", "in use")),
            ("withdrawn", pgettext_lazy("text module", "withdrawn")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[TextModule]) -> QuerySet[TextModule]:
        if self.value() is None:
            return queryset
        return queryset.filter(withdrawn_at__isnull=self.value() == "in_use")


@admin.register(TextModule)
class TextModuleAdmin(ActAdmin):
    """Text modules: what is told again and again."""

    view_act = modules.ACT
    ordering = ("withdrawn_at", "shortcut", "title", "pk")
    select_related = ("created_by", "withdrawn_by")
    list_display = ("title", "shortcut", "created_by", "created_at", "withdrawn_at")
    list_display_links = ("title",)
    list_filter = (InUse,)
    fields = readonly_fields = (
        *("title", "text", "text_en", "shortcut"),
        *("created_by", "created_at", "withdrawn_by", "withdrawn_at"),
    )
    operations = (CreateModule, ChangeModule, WithdrawModule)

    def scope(self, request: HttpRequest) -> QuerySet[TextModule]:
        return TextModule.objects.all()
