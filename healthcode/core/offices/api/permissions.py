"""The role table in front of every API view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class RolePermission(BasePermission):
    """Let in whom the view's act is open to."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return user is not None and user.is_active and view.may()
