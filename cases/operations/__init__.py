"""Everything staff and machines may do, in the order in which pages offer it."""

from cases.operations import (
    amendments,
    areas,
    cases,
    control,
    deaths,
    declarations,
    deliveries,
    documents,
    elsewhere,
    endings,
    erasure,
    holds,
    inquiries,
    late_falls,
    merges,
    passes,
    people,
    red_scans,
    results,
    reversals,
    roster,
    rulebooks,
)
from cases.operations.base import may, open_to
from healthcode.core.acts.base import Operation
from healthcode.core.acts.registry import operations_of
from healthcode.core.offices.models import User

_ALL = operations_of(
    *(cases, control, elsewhere, results, declarations, amendments, endings, late_falls),
    *(people, deaths, merges, erasure, reversals, red_scans, roster, passes),
    *(deliveries, holds, areas, documents, rulebooks, inquiries),
)
PERSON_OPERATIONS = tuple(one for one in _ALL if not one.alone)
DESK_OPERATIONS = tuple(one for one in _ALL if one.alone)


def at_desk(by: User) -> tuple[type[Operation], ...]:
    """Return what a user may begin without a page of somebody or something, in the order of the menu."""
    return tuple(one for one in DESK_OPERATIONS if one.in_menu and by.may(one.act))


__all__ = ("DESK_OPERATIONS", "PERSON_OPERATIONS", "at_desk", "may", "open_to")
