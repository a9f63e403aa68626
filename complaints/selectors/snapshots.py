"""What a person's code said at a moment, small enough to be frozen in a ticket; and how it differs from now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Person
from cases.policy import days
from cases.selectors.explanation import Explanation, Standing, explain

Snapshot = dict[str, Any]


def snapshot(person: Person, *, at: datetime) -> Snapshot:
    """Return status **and** reason of a code (5.1): the colour, and every standing case with what ends it."""
    return of(explain(person, at=at))


def of(explanation: Explanation) -> Snapshot:
    """Return an explanation as plain values."""
    return {
        "colour": explanation.colour.value,
        "at": _text(explanation.at),
        "since": _text(explanation.since),
        "book": explanation.book.version,
        "cases": [_case(standing) for standing in explanation.standing],
        "waiting": [{"case": case.pk, "ground": case.ground} for case in explanation.waiting],
    }


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Tell whether two snapshots say the same code for the same reasons."""
    return one is not None and other is not None and _core(one) == _core(other)


@dataclass(frozen=True)
class Line:
    """One case of a frozen snapshot beside the live ones."""

    case: int
    ground: str
    colour: str
    since: datetime | None
    office: str
    is_new: bool = False
    is_gone: bool = False


def compared(frozen: Mapping[str, Any] | None, live: Mapping[str, Any] | None) -> tuple[Line, ...]:
    """Return the frozen cases, those that are gone marked, then the cases that came since."""
    then, now = _by_case(frozen), _by_case(live)
    kept = [_line(one, is_gone=live is not None and key not in now) for key, one in then.items()]
    came = [_line(one, is_new=frozen is not None) for key, one in now.items() if key not in then]
    return (*kept, *came)


def keys(shot: Mapping[str, Any] | None) -> list[int]:
    """Return the numbers of the cases in a snapshot, gravest first."""
    return list(_by_case(shot))


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


def _core(shot: Mapping[str, Any]) -> tuple[Any, set[int]]:
    return shot["colour"], set(keys(shot))


def _by_case(shot: Mapping[str, Any] | None) -> dict[int, Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = shot["cases"] if shot else ()
    return {one["case"]: one for one in found}


def _line(one: Mapping[str, Any], *, is_new: bool = False, is_gone: bool = False) -> Line:
    since = datetime.fromisoformat(one["since"]) if one["since"] else None
    return Line(one["case"], one["ground"], one["colour"], since, one["office"], is_new, is_gone)
