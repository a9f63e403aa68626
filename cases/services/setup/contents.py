"""What a file of offices, staff or venues comes to: its rows as records not stored yet, and what is wrong with them.

The rules are those of the single acts (`registry`, `account_rules`, `venues`), which ask them of sets as well.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import SetupFile, Venue
from cases.models.setup_files import SetupKind
from cases.services.engine.refusals import Refusal
from cases.services.gates import venues
from healthcode.core.offices import account_rules, account_sets, registry
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.parts import in_parts

Row = Mapping[str, Any]  # the values of one row by the names of columns; its number in the file is "row"
Faults = dict[int, list[Refusal]]


@dataclass(frozen=True)
class Content:
    """One kind of file: how its rows become records, what is wrong with them, how they are stored, what counts them."""

    build: Callable[[Sequence[Row]], Sequence[Any]]
    faults: Callable[[Sequence[Any], datetime], Faults]
    store: Callable[..., Sequence[str]]  # returns the codes that were drawn
    counted_by: str


def built(kind: str, rows: Sequence[Row]) -> Sequence[Any]:
    """Return the records that rows stand for, not stored; an office that a row does not name is an empty one."""
    return CONTENTS[kind].build(rows)


def faults(kind: str, rows: Sequence[Row], *, at: datetime) -> Faults:
    """Return by row number why rows cannot be granted, as if those before them were there already."""
    found = CONTENTS[kind].faults(built(kind, rows), at)
    return {rows[place]["row"]: wrong for place, wrong in found.items()}


def counts(kind: str, rows: Sequence[Row]) -> dict[str, int]:
    """Count rows by the kind of office, the role or the kind of venue."""
    return dict(Counter(row[CONTENTS[kind].counted_by] for row in rows).most_common())


def _offices(rows: Sequence[Row]) -> list[Office]:
    names = ("code", "name", "name_en", "kind", "phone", "address", "hours")
    return [Office(**{name: row[name] for name in names}, division_id=row["division"]) for row in rows]


def _users(rows: Sequence[Row]) -> list[User]:
    names, known = ("username", "name", "phone", "role", "is_head"), _known(rows)
    return [User(**{name: row[name] for name in names}, office=_office(known, row)) for row in rows]


def _venues(rows: Sequence[Row]) -> list[Venue]:
    known, names = _known(rows), ("name", "name_en", "kind")
    return [
        Venue(**{name: row[name] for name in names}, division_id=row["division"], office=_office(known, row))
        for row in rows
    ]


def _office(known: Mapping[str, Office], row: Row) -> Office:
    return known.get(row["office"]) or Office(code=row["office"])


def _known(rows: Sequence[Row]) -> dict[str, Office]:
    codes = sorted({row["office"] for row in rows})
    return {
        office.code: office for part in in_parts(codes) for office in Office.objects.filter(code__in=part)
    }


def _open_offices(
    offices: Sequence[Office], file: SetupFile, by: User, at: datetime, **_sure: bool
) -> list[str]:
    registry.open_all(offices, prepared_by=file.proposed_by, prepared_at=file.proposed_at, by=by, at=at)
    return []


def _grant(users: Sequence[User], file: SetupFile, by: User, at: datetime, *, two_people: bool) -> list[str]:
    for user in users:
        user.created_by, user.created_at = file.proposed_by, file.proposed_at
    return account_sets.grant_all(users, two_people=two_people, by=by, at=at)


def _open_venues(found: Sequence[Venue], file: SetupFile, by: User, at: datetime, **_sure: bool) -> list[str]:
    venues.open_all(found, by=by, at=at)
    return []


CONTENTS: Mapping[str, Content] = {
    SetupKind.OFFICES: Content(_offices, lambda found, at: registry.faults(found), _open_offices, "kind"),
    SetupKind.STAFF: Content(_users, lambda found, at: account_rules.faults(found), _grant, "role"),
    SetupKind.VENUES: Content(_venues, lambda found, at: venues.faults(found, at=at), _open_venues, "kind"),
}
