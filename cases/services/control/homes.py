"""Home instead of centralised isolation: proposed as an exception, decided by a second person (2.1d)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import HomeStay, Person
from cases.models.proposals import Decision
from cases.services.control.standing import order_of
from cases.services.engine import second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class HomeStayAlreadyProposed(Refusal):
    code = "control.home.already_proposed"
    message = _("A stay at home is already waiting for its second person.")


class ExposedSinceHomeStay(Refusal):
    code = "control.home.exposed_since"
    message = _(
        "Another exposure has come since this was proposed: send it back, and let it be proposed anew."
    )
    field = "decision"


class NotCentral(Refusal):
    code = "control.home.not_central"
    message = _(
        "Only centralised isolation can be replaced by a stay at home, as an exception (clause 2.1d)."
    )


@transaction.atomic
def propose_home(
    person: Person, *, address: str, reason: str, by: User, at: datetime, seen: int | None = None
) -> HomeStay:
    """Propose home instead of centralised isolation: “in principle” in 2.1d leaves room for a recorded exception."""
    require(by, "order.propose_home", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    if not order.centralised:
        raise NotCentral()
    if HomeStay.objects.pending().filter(order=order).exists():
        raise HomeStayAlreadyProposed()
    stay = HomeStay.objects.create(
        order=order, address=address, reason=reason, proposed_by=by, proposed_at=at
    )
    ledger.record("order.home_proposed", about=stay, by=by, at=at, notes={"reason": reason})
    return stay


@transaction.atomic
def decide_home(
    stay: HomeStay, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Approve or send back a home stay; the order keeps its days and its officer."""
    order = stay.order
    require(by, "order.decide_home", at=at, person=order.person)
    at = lock([order.person], at=at, seen=seen)
    exposed = order.served.come_after(stay.proposed_at).filter(kind=order.kind)
    if approve and exposed.exists():
        raise ExposedSinceHomeStay()
    second_person.decide(stay, act="order.decide_home", approve=approve, by=by, at=at, answer=answer)
    if stay.decision == Decision.APPROVED:
        order.at_home, order.site, order.place = True, None, stay.address
        order.save(update_fields=("at_home", "site", "place"))
        ledger.record("order.home_approved", about=stay, by=by, at=at, notes={"reason": answer}, also=[order])
    else:
        ledger.record("order.home_refused", about=stay, by=by, at=at, notes={"reason": answer})
