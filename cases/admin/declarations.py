"""Lists of health-code forms and of fever-clinic visits."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cases.admin import filters
from cases.admin.base import PersonRowsAdmin
from cases.models import ClinicVisit, Declaration


class ClinicFilter(filters.OfficeFilter):
    """Rows by fever clinic."""

    title = _("fever clinic")
    office_path = "clinic"
    kinds = ("FEVER_CLINIC",)


@admin.register(Declaration)
class DeclarationAdmin(PersonRowsAdmin):
    """What persons declared."""

    select_related = ("clinic", "by")
    list_display = ("pk", "person_link", "at", "fever", "onset_on", "mode", "clinic", "withdrawn")
    list_display_links = ("pk",)
    list_filter = (
        ("fever", admin.BooleanFieldListFilter),
        ("mode", admin.ChoicesFieldListFilter),
        filters.PersonAreaFilter,
    )
    fields = (
        *(
            "person_link",
            "at",
            "temperature",
            "fever",
            "onset_on",
            "symptoms",
            "mode",
            "clinic",
            "proxy",
            "by",
        ),
        *("corrects", "withdrawn", "reason", "corrected_at"),
    )
    readonly_fields = fields


@admin.register(ClinicVisit)
class ClinicVisitAdmin(PersonRowsAdmin):
    """What fever clinics found."""

    select_related = ("clinic", "by")
    list_display = (
        "pk",
        "person_link",
        "visited_at",
        "ruled_out",
        "clinic",
        "elsewhere",
        "record_number",
        "withdrawn",
    )
    list_display_links = ("pk",)
    list_filter = (("ruled_out", admin.BooleanFieldListFilter), ClinicFilter, filters.PersonAreaFilter)
    fields = (
        *("person_link", "visited_at", "ruled_out", "clinic", "elsewhere", "record_number", "by", "at"),
        *("corrects", "withdrawn", "reason"),
    )
    readonly_fields = fields
