"""The passes that somebody can show at a door."""

from datetime import datetime

from cases.models import Pass, Person


def standing(person: Person, at: datetime) -> Pass | None:
    """Return the pass on paper that a door takes for a person at an instant."""
    found = Pass.objects.standing(at).filter(person__among=person.group).select_related("person", "issued_by")
    return found.order_by("-issued_at").first()
