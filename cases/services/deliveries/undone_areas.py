"""What a delivery said about areas, when it is taken back: sent back undecided, or proposed to be taken back too."""

from cases.models import AreaChange, Batch, RiskArea
from cases.models.proposals import Decision
from cases.services import areas
from cases.services.engine.codes import Turn
from cases.services.engine.refusals import Refusal

Kind = AreaChange.Kind


def send_back(batch: Batch, reason: str, turn: Turn) -> int:
    """Send back what a delivery proposed about areas and nobody has decided; return how many that were."""
    fields = ["decision", "decided_by", "decided_at", "answer"]
    listings = list(RiskArea.objects.filter(batch=batch, decision=Decision.PENDING))
    changes = list(AreaChange.objects.filter(batch=batch, decision=Decision.PENDING).select_related("area"))
    for one in (*listings, *changes):
        one.decision, one.decided_by, one.decided_at = Decision.REFUSED.value, turn.by, turn.at
        one.answer = reason
    for area in listings:
        turn.record("area.refused", area, severe=area.severe, level=area.level)
    for change in changes:
        turn.record("area.change_refused", change, severe=change.area.severe, level=change.area.level)
    RiskArea.objects.bulk_update(listings, fields)
    AreaChange.objects.bulk_update(changes, fields)
    return len(listings) + len(changes)


def propose_opposites(batch: Batch, reason: str, turn: Turn) -> int:
    """Propose to take back what a duty lead had approved of it: another one decides that. Return how many wait.

    A listing that it withdrew is no fact any more that could be taken back: it is listed anew.
    """
    listed = RiskArea.objects.filter(batch=batch, decision=Decision.APPROVED, withdrawn_at=None)
    lifted = AreaChange.objects.filter(batch=batch, decision=Decision.APPROVED, kind=Kind.LIFT)
    lifted = lifted.filter(area__withdrawn_at=None).exclude(area__lifted_at=None).exclude(area__batch=batch)
    opposites = [(area, Kind.WITHDRAW) for area in listed.order_by("pk")]
    opposites += [(change.area, Kind.UNLIFT) for change in lifted.select_related("area").order_by("pk")]
    waiting = 0
    for area, kind in opposites:
        try:
            areas.propose_change(area, kind, reason=reason, by=turn.by, at=turn.at)
        except areas.AreaChangeWaits:
            pass  # somebody asks for it already
        except Refusal:
            continue  # listed anew since: that listing stands
        waiting += 1
    return waiting
