"""The register of offices: opened once, with the kind and jurisdiction they keep."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.validators import slug_re
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import ledger
from healthcode.core.offices import scope, seats, staff
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.parts import PART, in_parts
from healthcode.core.offices.refusals import NotAllowed, Refusal


class OfficeCodeTaken(Refusal):
    code = "offices.code_taken"
    message = _("Another office has this code.")
    field = "code"


class OutsideTheCity(Refusal):
    code = "offices.outside_the_city"
    message = _("This portal is of one city: an office answers for a division of it.")
    field = "division"


class OfficeCodeOdd(Refusal):
    code = "offices.code_odd"
    message = _("A code is of letters without accents, digits, - and _ only.")
    field = "code"


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
    by_two = kind in staff.KINDS_OF_MACHINES and not at_set_up
    office = Office(
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
    for wrong in faults([office], at_set_up=at_set_up).values():
        raise wrong[0]
    office.save()
    ledger.record_all([_entry("office.prepared" if by_two else "office.opened", office)], by=by, at=at)
    return office


@transaction.atomic
def open_all(
    offices: Sequence[Office], *, prepared_by: User, prepared_at: datetime, by: User, at: datetime
) -> None:
    """Open offices that another administrator prepared as a set; of what is wrong the first refusal is raised."""
    if not by.may("account.manage"):
        raise NotAllowed()
    if seats.are_one_human(prepared_by, by):
        raise PreparedByYou()
    for wrong in faults(offices).values():
        raise wrong[0]
    for office in offices:
        office.prepared_by, office.prepared_at = prepared_by, prepared_at
        office.granted_by, office.granted_at = by, at
    Office.objects.bulk_create(offices, batch_size=PART)
    name = prepared_by.username
    ledger.record_all([_entry("office.opened", one, prepared_by=name) for one in offices], by=by, at=at)


def faults(offices: Sequence[Office], *, at_set_up: bool = False) -> dict[int, list[Refusal]]:
    """Return by place why offices cannot be opened, as if those before them in the set were open already."""
    taken = {
        code
        for part in in_parts([office.code for office in offices])
        for code in Office.objects.filter(code__in=part).values_list("code", flat=True)
    }
    found: dict[int, list[Refusal]] = {}
    for place, office in enumerate(offices):
        wrong: list[Refusal] = []
        if not slug_re.fullmatch(office.code):
            wrong.append(OfficeCodeOdd())
        if office.code in taken:
            wrong.append(OfficeCodeTaken())
        if not (at_set_up or scope.covers(settings.HOME_CITY, office.division_id)):
            wrong.append(OutsideTheCity())
        if wrong:
            found[place] = wrong
        taken.add(office.code)
    return found


def _entry(action: str, office: Office, prepared_by: str | None = None) -> ledger.Entry:
    return ledger.entry(
        action,
        office,
        code=office.code,
        kind=office.kind,
        division=office.division_id,
        prepared_by=prepared_by,
    )


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
