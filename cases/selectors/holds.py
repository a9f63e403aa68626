"""What waits in a hold of mass coding: on what it rests, and whom it would reach."""

from django.db.models import Count

from cases.models import MassHold
from cases.models.cases import State


def by_township(hold: MassHold) -> list[tuple[str, int]]:
    """Return how many people wait in a hold, by township: what a decision would reach."""
    waiting = hold.cases.filter(state=State.HELD).values("person__present__name")
    rows = waiting.annotate(people=Count("person", distinct=True)).order_by(
        "-people", "person__present__name"
    )
    return [(row["person__present__name"], row["people"]) for row in rows]


def references(hold: MassHold) -> list[tuple[str, str, int]]:
    """Return what the cases of a hold rest on, as (reference, sending office, number of cases), most first."""
    rows = hold.cases.values("evidence_ref", "source_office__name").annotate(number=Count("pk"))
    found = [(row["evidence_ref"], row["source_office__name"], row["number"]) for row in rows.order_by()]
    return sorted(found, key=lambda one: (-one[2], one[0]))
