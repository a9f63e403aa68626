"""The register of offices: opened once, with the kind and jurisdiction they keep."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import scope, seats, staff
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


class OfficeGranted(Refusal):
    code = "offices.already_granted"
    message = _("This office is open already.")


class PreparedByYou(Refusal):
    code = "offices.same_administrator"
    message = _("You prepared this office yourself: another administrator has to grant it.")


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

    One of machines is prepared: no account is made in it before another administrator grants it. Of another division
    than the city's only at set-up, by the system: the platform of its province.
    """
    at_set_up = by.role == staff.Role.SYSTEM
    if not (at_set_up or by.may("account.manage")):
        raise NotAllowed()
    if Office.objects.filter(code=code).exists():
        raise OfficeCodeTaken()
    if not (at_set_up or scope.covers(settings.HOME_CITY, division.code)):
        raise OutsideTheCity()
    by_two = kind in staff.KINDS_OF_MACHINES and not at_set_up
    office = Office.objects.create(
        prepared_by=by if by_two else None,
        prepared_at=at if by_two else None,
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
        "office.prepared" if by_two else "office.opened",
        by=by,
        at=at,
        about=office,
        code=code,
        kind=kind,
        division=division.code,
    )
    return office


@transaction.atomic
def grant(office: Office, *, by: User, at: datetime) -> Office:
    """Open an office of machines that another administrator prepared."""
    if not by.may("account.manage"):
        raise NotAllowed()
    office = Office.objects.select_for_update(of=("self",)).select_related("prepared_by").get(pk=office.pk)
    if not office.is_waiting:
        raise OfficeGranted()
    if office.prepared_by is None or seats.are_one_human(office.prepared_by, by):
        raise PreparedByYou()
    office.granted_by, office.granted_at = by, at
    office.save(update_fields=["granted_by", "granted_at"])
    code, kind, division = office.code, office.kind, office.division_id
    ledger.record("office.opened", about=office, by=by, at=at, code=code, kind=kind, division=division)
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
