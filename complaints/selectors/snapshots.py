"""Snapshots: a person's code and its reasons at one moment, frozen in a ticket and compared with now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Person
from cases.policy import days
from cases.selectors.explanation import Explanation, Standing, explain

Snapshot = dict[str, Any]


def take(person: Person, *, at: datetime) -> Snapshot:
    """Return a snapshot (5.1): the colour, and every standing case with what ends it."""
    return of(explain(person, at=at))


def of(explanation: Explanation) -> Snapshot:
    """Return an explanation as a snapshot of plain JSON values."""
    return {
        "colour": explanation.colour.value,
        "at": _text(explanation.at),
        "since": _text(explanation.since),
        "book": explanation.book.version,
        "cases": [_case(standing) for standing in explanation.standing],
        "waiting": [{"case": case.pk, "ground": case.ground} for case in explanation.waiting],
    }


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Tell whether two snapshots have the same colour and the same cases."""
    return one is not None and other is not None and _core(one) == _core(other)


@dataclass(frozen=True)
class ComparedCase:
    """One case of a frozen snapshot or of the live code; whether it is new, or gone, since the snapshot."""

    case: int
    ground: str
    colour: str
    since: datetime | None
    office: str
    is_new: bool = False
    is_gone: bool = False


def compared(frozen: Mapping[str, Any] | None, live: Mapping[str, Any] | None) -> tuple[ComparedCase, ...]:
    """Return the frozen cases, then the live ones that came since."""
    then, now = _by_case(frozen), _by_case(live)
    kept = [_compared(one, is_gone=live is not None and key not in now) for key, one in then.items()]
    added = [_compared(one, is_new=frozen is not None) for key, one in now.items() if key not in then]
    return (*kept, *added)


def keys(snapshot: Mapping[str, Any] | None) -> list[int]:
    """Return the numbers of the cases in a snapshot, gravest first."""
    return list(_by_case(snapshot))


def _case(standing: Standing) -> dict[str, Any]:
    case = standing.case
    return {
        "case": case.pk,
        "ground": case.ground,
        "colour": standing.ground.colour.value,
        "clause": standing.ground.clause,
        "since": _text(case.opened_at),
        "office": str(case.source_office.name),
        "channel": case.channel,
        "exits": [
            {"exit": way.exit.key, "met": not way.missing, "earliest": _text(way.earliest)}
            for way in standing.ways
        ],
    }


def _text(instant: datetime | None) -> str | None:
    return instant.astimezone(days.ZONE).isoformat() if instant else None


def _core(snapshot: Mapping[str, Any]) -> tuple[Any, set[int]]:
    return snapshot["colour"], set(keys(snapshot))


def _by_case(snapshot: Mapping[str, Any] | None) -> dict[int, Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = snapshot["cases"] if snapshot else ()
    return {one["case"]: one for one in found}


def _compared(one: Mapping[str, Any], *, is_new: bool = False, is_gone: bool = False) -> ComparedCase:
    since = datetime.fromisoformat(one["since"]) if one["since"] else None
    return ComparedCase(one["case"], one["ground"], one["colour"], since, one["office"], is_new, is_gone)
