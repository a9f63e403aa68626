"""What comes within the hour is counted by one act after the other, and waits in one hold."""

from datetime import datetime, timedelta

from django.db import connection

from cases.models import MassHold
from cases.models.proposals import Decision
from cases.services.engine import in_force
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User

HOUR = timedelta(hours=1)
KEY = in_force.KEY + 1  # of the advisory lock under which openings and falls are counted


def count_alone() -> None:
    """Count openings one act after the other until the transaction ends: two that count at once see neither the other.

    Take it before any person is locked, and the book before it.
    """
    in_force.hold()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])


def hold_of(
    ground: str,
    evidence: str,
    *,
    resolved: bool,
    reached: int,
    by: User,
    at: datetime,
    office: Office | None = None,
) -> MassHold:
    """Return the hold that waits on a ground and evidence, made now if it is the first.

    With an `office` it is one of falls: of facts that this office took back.
    """
    waiting = MassHold.objects.filter(ground=ground, evidence_ref=evidence, decision=Decision.PENDING)
    hold = waiting.first()
    if hold is None:
        # Under the lock by which they are counted nobody comes between; the index on pending holds is the second guard.
        hold = MassHold.objects.create(
            ground=ground,
            evidence_ref=evidence,
            resolved=resolved,
            office=office,
            reached=reached,
            proposed_by=by,
            proposed_at=at,
        )
        action = "hold.falls_raised" if office else "hold.raised"
        ledger.record(action, by=by, at=at, about=hold, ground=ground, reached=reached, resolved=resolved)
    elif reached > hold.reached:
        waiting.update(reached=reached)
    return hold
