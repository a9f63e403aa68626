"""Where a citizen is sent: the nearest office of a kind, and who answers the telephone."""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import ControlOrder, Shift
from cases.selectors.answers import nearest


def room(kind: str, place: str) -> list[str]:
    """Return the nearest office of a kind with its address, hours and telephone number, if one is near."""
    office = next(iter(nearest(kind, place)), None)
    if office is None:
        return []
    parts = [str(office), office.address]
    if office.hours:
        parts.append(_("open %(hours)s") % {"hours": office.hours})
    if office.phone:
        parts.append(_("telephone %(phone)s") % {"phone": office.phone})
    return [_(", ").join(part for part in parts if part)]


def duty_phone(order: ControlOrder | None, place: str, at: datetime) -> str:
    """Return who answers for somebody red, with a telephone: on duty in the officer's office, else the officer.

    Without an officer it is the community of the place; "" where there is no number.
    """
    officer = order.officer if order is not None else None
    office = officer.office if officer is not None else next(iter(nearest("COMMUNITY", place)), None)
    if office is None:
        return ""
    shift = Shift.objects.at(at).filter(office=office).order_by("from_at", "pk").first()
    phone = (
        shift.phone if shift is not None else (officer.phone if officer is not None else "") or office.phone
    )
    return f"{officer.name if officer is not None else office} {phone}" if phone else ""
