"""Machines come by token."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from healthcode.core.offices import addresses, tokens
from healthcode.core.offices.models import User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` of a machine, bound to its user's office."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != "bearer":
            return None
        user = _holder(parts[1], request) if len(parts) == 2 else None
        if user is None:
            raise exceptions.AuthenticationFailed(
                _("The token is unknown, expired, revoked, or bound to another address.")
            )
        return user, "token"

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _holder(secret: str, request: Request) -> User | None:
    at = timezone.now()
    user = tokens.holder(secret, at=at, address=addresses.client_address(request._request))
    if user is not None and user.bearer is not None:
        tokens.note_use(user.bearer, at=at)
    return user
