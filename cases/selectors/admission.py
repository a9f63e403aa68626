"""What answers a claim and what was said against one before, as rows of (`root`, …): of all, or `of` some records."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.models import Batch, Case, LabResult, Repeat, RiskArea
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK, LIVE, State
from cases.models.results import Outcome
from cases.policy import spellings
from cases.selectors import positives
from healthcode.core.offices.scope import LEVELS, within

ALL = Q()
ROOT = Coalesce("person__merged_into", "person")
# Endings that answer nobody: an area that was lifted says nothing of who was there, nor does an opening that fell.
ANSWER_NOBODY = ("AREA_LIFTED", "DEATH", BASIS_GONE, BY_RULE_BOOK)


def clean(at: datetime, of: Q = ALL) -> QuerySet[Any]:
    """Return who was tested negative, as (`root`, `tested_at`): a negative that none contradicts since.

    Whoever has a positive that CDC has not answered is not clean, however many negatives followed.
    """
    counted = LabResult.objects.uncorrected().filter(of).order_by().values(root=ROOT)
    doubted = Q(outcome__in=(Outcome.POSITIVE, Outcome.INCONCLUSIVE))
    latest = counted.annotate(
        tested_at=Max("sampled_at", filter=Q(outcome=Outcome.NEGATIVE)),
        doubt=Max("sampled_at", filter=doubted),
    )
    clear = latest.filter(tested_at__isnull=False).filter(Q(doubt=None) | Q(doubt__lt=F("tested_at")))
    # Read here, for they are few: as a subquery SQLite works it out anew for each of those hit.
    unanswered = positives.unanswered_anywhere(at).filter(of).order_by()
    return clear.exclude(root__in=list(unanswered.values_list("root", flat=True).distinct()))


def served(ground: str) -> QuerySet[Any]:
    """Return who served the control that a ground asks for, as (`root`, `day`): the last day it counted from."""
    ended = Case.objects.filter(ground=ground, state=State.ENDED, exit="CONTROL_ENDED").unresumed()
    return ended.order_by().values(root=ROOT).annotate(day=Max("began_on"))


def standing_on(ground: str, area: RiskArea) -> QuerySet[Any]:
    """Return whose ground stands or waits on an area already, as (`root`, `day`): its last stay's last day."""
    live = Case.objects.filter(ground=ground, state__in=LIVE, risk_area=area)
    return live.order_by().values(root=ROOT).annotate(day=Max("began_on"))


def tested_out(ground: str, area: RiskArea, of: Q = ALL) -> QuerySet[Any]:
    """Return whose stays at the place of an area ended by a test, as (`root`, `day`): the last day of the last of them.

    The test counted then, and need not count anew whenever another track of that stay comes.
    """
    ended = Case.objects.filter(of, _same_place(area), ground=ground, state=State.ENDED).unresumed()
    return ended.filter(exit="TESTED_NEGATIVE").order_by().values(root=ROOT).annotate(day=Max("began_on"))


def voided_at(grounds: Collection[str], area: RiskArea, of: Q = ALL) -> QuerySet[Any]:
    """Return on whom one of these grounds was voided at the place of an area, as (`root`,), however it was listed then.

    `grounds`: all that rest on an area. Who was not there for one of them was not there for another.
    """
    return voided(*grounds).filter(of, _same_place(area)).order_by().values(root=ROOT).distinct()


def voided(*grounds: str) -> QuerySet[Case]:
    """Return the voided cases of grounds; a delivery that was taken back is no word against anybody."""
    # Spelled out, for `exclude` would drop the rows without a delivery as well. What outlived its delivery, because
    # another bore it too, can be voided by two people like anything else.
    not_undone = Q(batch=None) | ~Q(batch__state=Batch.State.UNDONE) | ~Q(closed_at=F("batch__finished_at"))
    last = Repeat.objects.of_case().filter(batch__state=Batch.State.UNDONE)
    not_gone = ~Exists(last.filter(batch__finished_at=OuterRef("closed_at")))
    return Case.objects.filter(not_undone, not_gone, ground__in=grounds, state=State.VOIDED)


def withdrawn_at(area: RiskArea) -> QuerySet[Case]:
    """Find the cases that ended because a listing of this place, or of a part of it, was withdrawn."""
    place = Q(risk_area__in=_of_one_name(area))
    if area.venue:
        place |= Q(risk_area__venue=area.venue)
    elif area.division_id is not None:
        place |= within(area.division_id, "risk_area__division")
    gone = Case.objects.filter(place, state=State.ENDED, exit=BASIS_GONE).unresumed()
    return gone.filter(risk_area__severe=area.severe, risk_area__withdrawn_at__isnull=False)


def _same_place(area: RiskArea) -> Q:
    """Keep the cases on the same place: whichever area lies in the other, or by its name where one has no code."""
    named = Q(risk_area__in=_of_one_name(area))
    if area.venue:
        return named | Q(risk_area__venue=area.venue)
    if area.division_id is None:
        return named
    around = [area.division_id[:length] for length in LEVELS if length <= len(area.division_id)]
    return named | within(area.division_id, "risk_area__division") | Q(risk_area__division__in=around)


def _of_one_name(area: RiskArea) -> list[int]:
    """Return the areas of one name, however it is spelled, of which it or they have no code."""
    others = RiskArea.objects.all() if area.division_id is None else RiskArea.objects.filter(division=None)
    names = others.values_list("pk", "name")
    return [pk for pk, name in names if spellings.same_reference(name, area.name)]
