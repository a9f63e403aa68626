"""A person moves to another division: proposed by the old office, accepted by the receiving one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Person, RuleBook, Transfer
from cases.services import area_index
from cases.services.engine import officers, places, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import NotAllowed, Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Division, User
from healthcode.core.own_words import OwnText

MOVED = OwnText("officer.moved", _("moved to another area"))


class AlreadyThere(Refusal):
    code = "persons.transfer.already_there"
    message = _("The person already lives in that division.")
    field = "to_division"


class AlreadyMoving(Refusal):
    code = "persons.transfer.already_waiting"
    message = _("A transfer of this person is already waiting for the receiving office.")


@transaction.atomic
def propose(
    person: Person,
    *,
    to: Division,
    address: str = "",
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Transfer:
    """Offer a person to the office of another division."""
    require(by, "person.transfer", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if person.present_id == to.code:
        raise AlreadyThere()
    if Transfer.objects.pending().filter(person=person).exists():
        raise AlreadyMoving()
    transfer = Transfer.objects.create(
        person=person,
        from_division=person.present,
        to_division=to,
        address=address,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    _record("person.transfer_proposed", transfer, by=by, at=at, reason=reason)
    return transfer


@transaction.atomic
def accept(transfer: Transfer, *, by: User, at: datetime, seen: int | None = None) -> None:
    """Take the person over: from now on the old office no longer writes, and the order needs a new officer."""
    _require_receiver(transfer, by, at)
    person = transfer.person
    at = lock([person], at=at, seen=seen)
    second_person.decide(transfer, act="person.accept_transfer", approve=True, by=by, at=at)
    Person.objects.filter(pk=person.root_id).update(
        present=transfer.to_division, address=transfer.address or person.address
    )
    person.refresh_from_db()
    office = by.office if by.office.kind == "COMMUNITY" else places.community_of(person)
    moved = Person.objects.get(pk=person.root_id)
    area_index.follow(*person.group)
    _record("person.transferred", transfer, by=by, at=at, also=[moved])
    measures = RuleBook.objects.in_force(at).policy.measures
    for order in ControlOrder.objects.of(person).standing().select_related("officer", "office", "site"):
        # The officer answers for a place: who stays at home is answered for by the new community.
        served = {"at_home": order.at_home, "elsewhere": order.elsewhere}
        if places.is_home(measures[order.kind], order.site, **served):
            reason = transfer.reason or MOVED()
            if order.place:  # the address of before; where nobody says the new one, it has to be chosen
                order.place = transfer.address
                order.save(update_fields=("place",))
            officers.reassign(order, None, office, reason=reason, by=by, at=at)


@transaction.atomic
def refuse(transfer: Transfer, *, answer: str, by: User, at: datetime) -> None:
    """Send a transfer back; the person stays where they were."""
    _require_receiver(transfer, by, at)
    lock([transfer.person], at=at)
    second_person.decide(transfer, act="person.accept_transfer", approve=False, by=by, at=at, answer=answer)
    _record("person.transfer_refused", transfer, by=by, at=at, reason=answer)


def _require_receiver(transfer: Transfer, by: User, at: datetime) -> None:
    require(by, "person.accept_transfer", at=at)
    if not by.office.covers(transfer.to_division_id):
        raise NotAllowed()


def _record(
    action: str,
    transfer: Transfer,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    also: Iterable[Recorded] = (),
) -> None:
    ledger.record(
        action,
        about=transfer,
        by=by,
        at=at,
        to=transfer.to_division_id,
        also=also,
        notes={"reason": reason},
    )
