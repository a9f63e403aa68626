"""Pages of API lists."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from healthcode.core.offices.api.problems import FieldFault, Problem

LONGEST = 18  # digits of a key: more would not fit the column


class KeysetPagination(CursorPagination):
    """Pages by key, newest first: as fast on the last page as on the first, and without a count."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Any:
        if self.cursor_query_param not in request.query_params:
            return None
        try:
            cursor: Any = super().decode_cursor(request)
        except Exception as error:
            raise _unknown() from error
        if cursor.position is not None and not (
            cursor.position.isdecimal() and len(cursor.position) <= LONGEST
        ):
            raise _unknown()
        return cursor


def _unknown() -> Problem:
    fault = FieldFault("cursor", "invalid", _("Take the cursor from the link of another page."))
    return Problem("invalid", faults=[fault])
