"""Risk areas: listed, matched with where people stayed, lifted, and each of it taken back (1.2b, 1.4)."""

from cases.services.areas.changes import AreaChangeWaits, ListedAnew, NotLifted, moved_by
from cases.services.areas.changes import decide as decide_change
from cases.services.areas.changes import faults as faults_of_change
from cases.services.areas.changes import propose as propose_change
from cases.services.areas.listing import (
    AreaAlreadyProposed,
    AreasCityOnly,
    DocumentsMissing,
    Listing,
    NotListed,
    SameDocument,
    approved_as,
    begin_due,
    decide,
    faults,
    propose,
    reached,
)
from cases.services.engine.tracks import match

__all__ = (
    "AreaAlreadyProposed",
    "AreaChangeWaits",
    "AreasCityOnly",
    "DocumentsMissing",
    "ListedAnew",
    "Listing",
    "NotLifted",
    "NotListed",
    "SameDocument",
    "approved_as",
    "begin_due",
    "decide",
    "decide_change",
    "faults",
    "faults_of_change",
    "match",
    "moved_by",
    "propose",
    "propose_change",
    "reached",
)
