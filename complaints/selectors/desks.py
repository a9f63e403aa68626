"""Who works at the desk: the bureau, the complaint lead, colleagues."""

from datetime import datetime

from django.conf import settings

from complaints import routing
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.staff import OfficeKind, Role


def office(name: str) -> Office:
    """Return the office that a route of `routing` names."""
    return bureau() if name == routing.BUREAU else lead().office


def bureau() -> Office:
    """Return the city big-data bureau. Raises DoesNotExist where none was opened."""
    bureaus = Office.objects.filter(kind=OfficeKind.BUREAU, division__code__startswith=settings.HOME_CITY)
    found = bureaus.order_by("division", "pk").first()
    if found is None:
        raise Office.DoesNotExist
    return found


def lead() -> User:
    """Return the complaint lead: of several the first entered. Raises DoesNotExist where there is none."""
    leads = User.objects.filter(role=Role.COMPLAINT_LEAD, is_active=True).select_related("office__division")
    found = leads.order_by("pk").first()
    if found is None:
        raise User.DoesNotExist
    return found


def colleagues(user: User, at: datetime) -> "list[User]":
    """Return who else handles tickets in the user's office."""
    same = User.objects.filter(office=user.office_id, role=user.role, is_active=True)
    return list(same.exclude(pk=user.pk).order_by("name", "pk"))
