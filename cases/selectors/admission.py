"""What answers a claim and what was said against one before, as rows of (`root`, …): of all, or `of` some records."""

from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Batch, Case, LabResult, RiskArea
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK, LIVE, State
from cases.models.results import Outcome
from healthcode.core.offices.scope import LEVELS, within

ALL = Q()
ROOT = Coalesce("person__merged_into", "person")
# Endings that answer nobody: an area that was lifted says nothing of who was there, nor does an opening that fell.
ANSWER_NOBODY = ("AREA_LIFTED", "DEATH", BASIS_GONE, BY_RULE_BOOK)


def clean(of: Q = ALL) -> QuerySet[Any]:
    """Return who was tested negative, as (`root`, `tested_at`): a negative that none contradicts since."""
    counted = LabResult.objects.uncorrected().filter(of).order_by().values(root=ROOT)
    doubted = Q(outcome__in=(Outcome.POSITIVE, Outcome.INCONCLUSIVE))
    latest = counted.annotate(
        tested_at=Max("sampled_at", filter=Q(outcome=Outcome.NEGATIVE)),
        doubt=Max("sampled_at", filter=doubted),
    )
    return latest.filter(tested_at__isnull=False).filter(Q(doubt=None) | Q(doubt__lt=F("tested_at")))


def served(ground: str) -> QuerySet[Any]:
    """Return who served the control that a ground asks for, as (`root`, `day`): the last day it counted from."""
    ended = Case.objects.filter(ground=ground, state=State.ENDED, exit="CONTROL_ENDED").unresumed()
    return ended.order_by().values(root=ROOT).annotate(day=Max("began_on"))


def standing_on(ground: str, area: RiskArea) -> QuerySet[Any]:
    """Return whose ground stands or waits on an area already, as (`root`,)."""
    live = Case.objects.filter(ground=ground, state__in=LIVE, risk_area=area)
    return live.order_by().values(root=ROOT).distinct()


def voided_at(ground: str, area: RiskArea, of: Q = ALL) -> QuerySet[Any]:
    """Return on whom a ground was voided at the place of an area, as (`root`,), however it was listed then."""
    return voided(ground).filter(of, _same_place(area)).order_by().values(root=ROOT).distinct()


def voided(ground: str) -> QuerySet[Case]:
    """Return the voided cases of a ground; a delivery that was taken back is no word against anybody."""
    # Spelled out, for `exclude` would drop the rows without a delivery as well.
    said = Q(batch=None) | ~Q(batch__state=Batch.State.UNDONE)
    return Case.objects.filter(said, ground=ground, state=State.VOIDED)


def _same_place(area: RiskArea) -> Q:
    """Keep the cases on the same place: whichever of the two areas lies in the other."""
    if area.venue:
        return Q(risk_area__venue=area.venue)
    code = area.division_id or ""
    around = [code[:length] for length in LEVELS if length <= len(code)]
    return within(code, "risk_area__division") | Q(risk_area__division__in=around)
