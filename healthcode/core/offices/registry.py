"""The register of offices: opened once, with the kind and jurisdiction they keep."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import scope, staff
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.refusals import NotAllowed, Refusal


class OfficeCodeTaken(Refusal):
    code = "offices.code_taken"
    message = _("Another office has this code.")
    field = "code"


class OutsideTheCity(Refusal):
    code = "offices.outside_the_city"
    message = _("This portal is of one city: an office answers for a division of it.")
    field = "division"


@transaction.atomic
def open_office(
    *,
    code: str,
    name: str,
    kind: str,
    division: Division,
    name_en: str = "",
    phone: str = "",
    address: str = "",
    hours: str = "",
    by: User,
    at: datetime,
) -> Office:
    """Open an office. Its kind and jurisdiction never change: what it did stays what it was.

    Of another division than the city's only at set-up, by the system: the platform of its province.
    """
    at_set_up = by.role == staff.Role.SYSTEM
    if not (at_set_up or by.may("account.manage")):
        raise NotAllowed()
    if Office.objects.filter(code=code).exists():
        raise OfficeCodeTaken()
    if not (at_set_up or scope.covers(settings.HOME_CITY, division.code)):
        raise OutsideTheCity()
    office = Office.objects.create(
        code=code,
        name=name,
        name_en=name_en,
        kind=kind,
        division=division,
        phone=phone,
        address=address,
        hours=hours,
    )
    ledger.record(
        "office.opened",
        by=by,
        at=at,
        about=office,
        code=code,
        kind=kind,
        division=division.code,
    )
    return office


@transaction.atomic
def correct(
    office: Office,
    *,
    name: str,
    name_en: str,
    phone: str,
    address: str,
    hours: str = "",
    by: User,
    at: datetime,
) -> Office:
    """Correct an office's names, telephone number, address and opening hours."""
    if not by.may("account.manage"):
        raise NotAllowed()
    office.name, office.name_en, office.phone, office.address, office.hours = (
        name,
        name_en,
        phone,
        address,
        hours,
    )
    office.save(update_fields=["name", "name_en", "phone", "address", "hours"])
    ledger.record("office.corrected", about=office, by=by, at=at, code=office.code)
    return office
