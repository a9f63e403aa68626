"""Stays entered by hand come back with their area, from whose withdrawn listing they had fallen; tracks lead anew."""

from contextlib import suppress
from datetime import datetime

from cases.models import Case, RiskArea
from cases.models.cases import Channel
from cases.policy import days
from cases.selectors import admission as known
from cases.services.engine import admission, orders
from cases.services.engine.codes import Turn, turning
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import User

KEPT = (
    *("person", "ground", "channel", "source_office", "entered_by", "evidence_kind", "evidence_ref"),
    *("began_on", "stayed_from", "batch"),
)


def bring_back(area: RiskArea, *, by: User, at: datetime) -> int:
    """Open anew on an area what ended with withdrawn listings of its place; return how many cases.

    The admission is asked of each: a test since has answered it.
    """
    if not (area.severe or area.test_required):
        return 0
    fallen = known.withdrawn_at(area).exclude(channel=Channel.AUTOMATIC)
    gone = list(fallen.select_related("person", "source_office", "entered_by").order_by("person", "pk"))
    if not gone:
        return 0
    with turning([old.person for old in gone], by=by, at=at, act="area.matched") as turn:
        for old in gone:
            with suppress(Refusal):  # answered meanwhile, or it stands already
                _open_anew(old, area, turn)
    return len(turn.opened)


def _open_anew(old: Case, area: RiskArea, turn: Turn) -> None:
    case, book = Case(entered_at=turn.at, risk_area=area), turn.book.policy
    for name in KEPT:
        setattr(case, name, getattr(old, name))
    if not days.within_look_back(case.began_on, days.local_day(turn.at), area.look_back_days):
        return
    if admission.voided_before(case, book=book):
        return  # two people have said since that this was nobody's stay
    admission.require(case, Plan(), book=book, at=turn.at)
    turn.open(case)
    if (need := orders.need_of(case, Plan(), book=book, at=turn.at)) is not None:
        orders.arrange(case.person, turn=turn, new={case: need})
