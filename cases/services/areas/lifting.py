"""Risk areas lifted: what rests on one ends with it, unless a test is still due (1.2b)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Fact, RiskArea, RuleBook
from cases.policy import rulebook as policy
from cases.services.areas.listing import require_city
from cases.services.engine.codes import turning
from cases.services.engine.refusals import Refusal, StalePage
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User

AREA_LIFTED = "AREA_LIFTED"


class NotListed(Refusal):
    code = "areas.not_listed"
    message = _("This area is not listed (any more).")
    field = "area"


def lift(area: RiskArea, *, test_still_due: bool, reason: str, by: User, at: datetime) -> int:
    """Lift an area; where no test is due any more, end every yellow that rests on it. Return how many."""
    require_city(by, "area.lift", at)
    book = RuleBook.objects.in_force(at).policy
    yellow = [] if test_still_due else _ending_with(area, book)
    with turning([case.person for case in yellow], by=by, at=at, act="area.lifted") as turn:
        listed = RiskArea.objects.listed(turn.at).filter(pk=area.pk)
        if not listed.update(lifted_at=turn.at, lifted_by=by, test_still_due=test_still_due):
            raise NotListed()
        area.refresh_from_db()
        # Read again now that the area's row is held: ended meanwhile, or entered at the last moment.
        yellow = [] if test_still_due else _ending_with(area, turn.book.policy)
        if not {case.person.root_id for case in yellow} <= turn.before.keys():
            raise StalePage()
        turn.end(*yellow, exit=AREA_LIFTED, basis=[(Fact.AREA.value, area.pk)], reason=reason)
        ledger.record(
            "area.lifted",
            about=area,
            by=by,
            at=turn.at,
            severe=area.severe,
            level=area.level,
            released=len(yellow),
            notes={"reason": reason},
        )
    return len(yellow)


def _ending_with(area: RiskArea, book: policy.RuleBook) -> list[Case]:
    ended = book.keys_where(lambda ground: ground.ends_with_area)
    cases = Case.objects.open().filter(risk_area=area, ground__in=ended)
    return list(cases.select_related("person").order_by("pk"))
