"""Filters of API lists: a parameter that nobody knows is an error, never the whole list."""

from typing import Any

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from healthcode.core.offices.api.problems import FieldFault, Problem

OF_PAGES = frozenset({"cursor", "page_size"})


class StrictFilterBackend(DjangoFilterBackend):
    """Refuse unknown parameters: a typo must not show everybody."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset_class(view, queryset)
        known = OF_PAGES | set(filterset.base_filters if filterset else ())
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise Problem(
                "invalid", faults=[FieldFault(name, "unknown", _("Unknown parameter.")) for name in unknown]
            )
        return super().filter_queryset(request, queryset, view)
