"""The list of nucleic acid test results: append-only, corrections as rows of their own."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cases.admin import filters
from cases.admin.base import PersonRowsAdmin
from cases.models import LabResult, Opinion


class EnteredByFilter(filters.OfficeFilter):
    """Results by the office that entered them."""

    title = _("entered by")


@admin.register(LabResult)
class LabResultAdmin(PersonRowsAdmin):
    """Results: sampled when, with what outcome, by which laboratory."""

    select_related = ("office", "entered_by")
    list_display = (
        "pk",
        "person_link",
        "sampled_at",
        "outcome",
        "origin",
        "laboratory",
        "report_number",
        "office",
    )
    list_display_links = ("pk",)
    list_filter = (
        ("outcome", admin.ChoicesFieldListFilter),
        ("origin", admin.ChoicesFieldListFilter),
        filters.PersonAreaFilter,
        EnteredByFilter,
    )
    fields = (
        *("person_link", "sampled_at", "reported_at", "outcome", "laboratory", "report_number", "origin"),
        *("pool_size", "corrects_number", "reason", "office", "entered_by", "entered_at"),
    )
    readonly_fields = fields

    @admin.display(description=_("corrects"), empty_value="–")
    def corrects_number(self, result: LabResult) -> str:
        return str(result.corrects_id or "")


@admin.register(Opinion)
class OpinionAdmin(PersonRowsAdmin):
    """CDC's opinions on positives that are no new case."""

    select_related = ("office", "by", "result")
    list_display = ("pk", "person_link", "document", "office", "at", "withdrawn_at")
    list_display_links = ("pk",)
    list_filter = (filters.PersonAreaFilter, EnteredByFilter)
    fields = (
        *("person_link", "result_words", "document", "reason", "office", "by", "at"),
        *("withdrawn_at", "withdrawn_by"),
    )
    readonly_fields = fields

    @admin.display(description=_("result"))
    def result_words(self, opinion: Opinion) -> str:
        return str(opinion.result)
