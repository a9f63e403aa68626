"""The role table in front of every API view, and the token that a machine comes by."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from healthcode.core.offices.api.problems import WHOLE, FieldFault, Refused
from healthcode.core.offices.refusals import OutsideToken


class RolePermission(BasePermission):
    """Let in whom the view's act is open to."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if user is None or not user.is_active:
            return False
        if view.act and user.is_narrowed(view.act):
            raise Refused(FieldFault(WHOLE, OutsideToken.code, str(OutsideToken.message)))
        return bool(view.may())
