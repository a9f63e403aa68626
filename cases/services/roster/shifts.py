"""The duty roster: shifts are entered and taken back, never changed, so that whoever was called stays on record."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Shift
from cases.selectors.roster import WATCH, offices_of
from cases.services.engine.authority import require
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.staff import ON_DUTY

LONGEST = timedelta(days=7)  # of one shift: longer is a typing error, or nobody's duty
EARLIEST = timedelta(days=1)  # before now that a shift may have begun: what is long over calls nobody


class NotOfTheOffice(Refusal):
    code = "roster.not_of_the_office"
    message = _("Only somebody who works in this office now is on duty for it.")
    field = "user"


class NoTelephone(Refusal):
    code = "roster.no_telephone"
    message = _("Without a telephone number nobody can be called.")
    field = "phone"


class NoSpan(Refusal):
    code = "roster.no_span"
    message = _("A shift ends after it begins, and not in the past.")
    field = "until"


class ShiftTooLong(Refusal):
    code = "roster.too_long"
    message = _("A shift lasts %(days)s days at most: check the dates.")
    field = "until"


class ShiftLongAgo(Refusal):
    code = "roster.long_ago"
    message = _("A shift is entered before it begins, or within a day after.")
    field = "from_at"


class OnDutyAlready(Refusal):
    code = "roster.on_duty_already"
    message = _("This person is on duty in this time already: take the other shift back first.")
    field = "from_at"


class NoLeader(Refusal):
    code = "roster.no_leader"
    message = _("The leader on duty is a duty lead of the prevention office.")
    field = "leads"


class NotOnTheRoster(Refusal):
    code = "roster.not_on_the_roster"
    message = _("This shift is over, or was taken back already.")
    field = "shift"


@transaction.atomic
def enter(
    *,
    office: Office,
    user: User,
    phone: str = "",
    leads: bool = False,
    from_at: datetime,
    until: datetime,
    by: User,
    at: datetime,
) -> Shift:
    """Enter who is on duty for an office; without a telephone number the account's own is called."""
    require(by, "roster.enter", at=at)
    _require_own(office, by)
    user = User.objects.select_for_update(of=("self",)).select_related("office").get(pk=user.pk)
    phone = phone.strip() or user.phone
    _require_person(user, office, phone, leads)
    if until <= max(from_at, at):
        raise NoSpan()
    if from_at < at - EARLIEST:
        raise ShiftLongAgo()
    if until - from_at > LONGEST:
        raise ShiftTooLong(days=LONGEST.days)
    # The row of the account is held: of two shifts entered at once the second finds the first.
    if Shift.objects.kept().filter(user=user, from_at__lt=until, until__gt=from_at).exists():
        raise OnDutyAlready()
    shift = Shift.objects.create(
        office=office,
        user=user,
        phone=phone,
        leads=leads,
        from_at=from_at,
        until=until,
        entered_by=by,
        entered_at=at,
    )
    ledger.record("roster.entered", about=shift, by=by, at=at, **_about(shift))
    return shift


@transaction.atomic
def withdraw(shift: Shift, *, reason: str, by: User, at: datetime) -> None:
    """Take a shift back that is not over yet: from now nobody is called by it."""
    require(by, "roster.enter", at=at)
    shift = Shift.objects.select_for_update(of=("self",)).select_related("office", "user").get(pk=shift.pk)
    _require_own(shift.office, by)
    if shift.withdrawn_at is not None or shift.until <= at:
        raise NotOnTheRoster()
    shift.withdrawn_by, shift.withdrawn_at = by, at
    shift.save(update_fields=["withdrawn_by", "withdrawn_at"])
    notes = {"reason": reason}
    ledger.record("roster.withdrawn", about=shift, by=by, at=at, notes=notes, **_about(shift))


def _about(shift: Shift) -> dict[str, Any]:
    return {"office_on_duty": shift.office.code, "user": shift.user.username, "leads": shift.leads}


def _require_own(office: Office, by: User) -> None:
    if not offices_of(by).filter(pk=office.pk).exists():
        raise NotAllowed()


def _require_person(user: User, office: Office, phone: str, leads: bool) -> None:
    if not user.is_active or user.office_id != office.pk or user.role not in ON_DUTY:
        raise NotOfTheOffice()
    if not phone:
        raise NoTelephone()
    if leads and not user.may(WATCH):
        raise NoLeader()
