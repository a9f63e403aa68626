"""Operations on a selection as the actions of a list."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext

from healthcode.core.acts.base import Operation
from healthcode.core.acts.bulk import ticked
from healthcode.core.acts.interrupted import ACTION
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader

Serve = Callable[[HttpRequest, str], HttpResponse]


def actions_of(
    operations: Iterable[type[Operation]], serve: Serve
) -> tuple[Callable[..., HttpResponse], ...]:
    """Return the actions of a list that begin these operations."""
    return tuple(_action(operation, serve) for operation in operations)


class BulkActions:
    """Mixed into a list: the actions that the role table has for its reader, on the rows that were ticked."""

    bulk_operations: tuple[type[Operation], ...] = ()

    def get_action_choices(self, request: HttpRequest, default_choices: Any = ()) -> list[tuple[str, str]]:
        """Return what can be done with ticked rows; before one is chosen it says so, where Django draws a line."""
        return super().get_action_choices(request, [("", pgettext("answer", "please choose"))])  # type: ignore[misc,no-any-return]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the bulk acts that the role table has for the reader."""
        offered = {_name(one) for one in self.bulk_operations if _may(reader(request), one)}
        actions = super().get_actions(request)  # type: ignore[misc]
        return {name: action for name, action in actions.items() if name in offered}

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Begin a bulk act; the boxes ticked come from outside like everything posted."""
        request.POST = request.POST.copy()  # type: ignore[assignment]
        request.POST.setlist(ACTION_CHECKBOX_NAME, ticked(request))
        response: HttpResponse | None = super().response_action(request, queryset)  # type: ignore[misc]
        return response


def _may(user: User, operation: type[Operation]) -> bool:
    return user.may(operation.act)


def _action(operation: type[Operation], serve: Serve) -> Callable[..., HttpResponse]:
    @admin.action(description=operation.label)  # type: ignore[arg-type]
    def act(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return serve(request, operation.name)

    act.__name__ = _name(operation)
    return act


def _name(operation: type[Operation]) -> str:
    return f"{ACTION}{operation.name.replace('-', '_')}"
