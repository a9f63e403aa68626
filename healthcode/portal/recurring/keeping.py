"""What is kept outside the database: the last checkpoint, by which a restored one is noticed, and who was erased."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from healthcode.core.audit import restorations, sealing
from healthcode.core.audit.ledger import instant, microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User

ERASED = "erased"
AGAIN = timedelta(days=2)  # looked back at each time: what commits late is not missed


def keep(*, by: User, at: datetime) -> int:
    """Keep the last checkpoint and the opaque ids of who was erased; return how many ids are new."""
    last = sealing.latest()
    if last is None or not settings.KEPT_DIR:
        return 0
    restorations.keep(last)
    since = microseconds(at - AGAIN)
    erased = Event.objects.filter(action="person.erased", at_us__gte=since).order_by("at_us", "pk")
    months: dict[str, list[str]] = {}
    for person, at_us in erased.values_list("person", "at_us"):
        months.setdefault(f"{instant(at_us):%Y-%m}", []).append(person)
    return sum(_add(month, persons) for month, persons in months.items())


def _add(month: str, persons: list[str]) -> int:
    path = restorations.path_of(f"{ERASED}-{month}")
    if path is None:
        return 0
    known = _read(path)
    fresh = [person for person in dict.fromkeys(persons) if person not in known]
    if fresh:
        restorations.write(path, "\n".join([*known, *fresh]) + "\n")
    return len(fresh)


def erased() -> Iterator[str]:
    """Yield the opaque ids of everybody who was erased, whatever the database remembers."""
    path = restorations.path_of(ERASED)
    for file in sorted(path.parent.glob(f"{path.name}-*")) if path else ():
        yield from _read(file)


def _read(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []
