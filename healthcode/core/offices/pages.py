"""Pages of long lists: a count that stops, and rows annotated a page at a time."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

CAP = 1_000
COUNTED = 99


class CappedPaginator(Paginator):
    """Count no further than the cap: nobody turns to page 200, everybody waits for an exact count."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: CAP + 1].count()


class ScopedChangeList(ChangeList):
    """A changelist that narrows its rows as the admin class says, and annotates them page by page."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        self.root_queryset = self.model_admin.listed(request, self.root_queryset)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.annotate_rows(request, self.result_list)

    @property
    def counted(self) -> str:
        """Return the count as text; beyond the cap only that there are more."""
        return (
            _("more than %(cap)s") % {"cap": f"{CAP:,}"}
            if self.result_count > CAP
            else str(self.result_count)
        )


class KeysetChangeList(ScopedChangeList):
    """A changelist that is paged by key, the last page as fast as the first, and counts as far as anybody reads."""

    parameter = "before"
    by_key = True

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        # Another filter begins again at the newest row.
        self.before = self.filter_params.pop(self.parameter, [""])[-1]
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        rows = self.newest_first(self.queryset)
        if self.before.isdecimal():
            rows = self.older_than(rows, int(self.before))
        page = list(rows[: self.list_per_page + 1])
        self.result_list = page[: self.list_per_page]
        self.model_admin.annotate_rows(request, self.result_list)
        self.is_first = not self.before
        self.result_count, self.full_result_count = self._count(rows, len(page)), None
        self.multi_page = self.can_show_all = self.show_full_result_count = False
        self.show_admin_actions = True
        self.older = ""
        if len(page) > self.list_per_page:
            self.older = self.get_query_string({self.parameter: self.result_list[-1].pk})
        self.newest = self.get_query_string()

    def newest_first(self, rows: Any) -> Any:
        return rows.order_by("-pk")

    def older_than(self, rows: Any, key: int) -> Any:
        return rows.filter(pk__lt=key)

    def _count(self, rows: Any, listed: int) -> int:
        """Count what a first page leaves over, up to the limit; an older page is one page of more."""
        if not self.is_first or listed <= self.list_per_page:
            return len(self.result_list)
        # In the order of the page, by the same walk: to count in none, PostgreSQL would read all persons first.
        return int(rows[: COUNTED + 1].count())

    @property
    def counted(self) -> str:
        """Return the count as text; nothing on an older page."""
        if not self.is_first:
            return ""
        return f"{COUNTED}+" if self.result_count > COUNTED else str(self.result_count)
