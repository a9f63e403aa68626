"""A page with buttons: rows that are decided about where they are read."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cases.operations import DESK_OPERATIONS
from cases.operations.base import Operation
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader


class Pressing(ScopedModelAdmin):
    """A page with buttons: the acts on this row that the reader may do now."""

    change_form_template = "lists/pressing.html"

    def presses(self, obj: Any, by: User) -> Sequence[tuple[type[Operation], str]]:
        """Return the operations on a row, each with the field of its form that names the row."""
        return ()

    def more(self, obj: Any) -> dict[str, Any]:
        """Return what the page shows besides the fields."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        said: dict[str, Any] = {}
        if obj is not None:
            offered = self.presses(obj, reader(request))
            said = {
                **self.more(obj),
                "presses": [
                    {
                        "label": operation.label,
                        "weight": operation.weight,
                        "url": f"{reverse('admin:do', args=(operation.name,))}?{field}={obj.pk}",
                    }
                    for operation, field in offered
                    if operation in DESK_OPERATIONS and reader(request).may(operation.act)
                ],
            }
        return super().change_view(request, object_id, form_url, {**said, **(extra_context or {})})
