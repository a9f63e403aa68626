"""Log-in by username and password; what a user may do comes from the role table alone."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.utils import timezone

from healthcode.core.offices.models import User
from healthcode.core.statements.compiled import Compiled
from healthcode.core.statements.fragments import Given

# Whoever asks for a page: each asks for this first.
IN_USE = Compiled(
    lambda: User.objects.select_related("office__division").filter(pk=Given("key"), is_active=True)
)


def has_run_out(user: User) -> bool:
    """Tell whether the password that somebody was given was not used in time."""
    return user.password_until is not None and user.password_until <= timezone.now()


class RoleBackend(BaseBackend):
    """Let active staff in; machines come by token."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: object,
    ) -> User | None:
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            make_password(password)  # the same time for an unknown name as for a wrong password
            return None
        admitted = check_password(password, user.password) and user.is_active and user.is_staff
        return user if admitted and not has_run_out(user) else None

    def get_user(self, user_id: int) -> User | None:
        return IN_USE.first(key=user_id)
