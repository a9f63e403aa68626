"""Risk areas: listed, matched with where people stayed, and lifted (1.2b, 1.4)."""

from cases.services.areas.lifting import NotListed, lift
from cases.services.areas.listing import (
    AlreadyProposed,
    CityOnly,
    DocumentsMissing,
    Listing,
    SameDocument,
    decide,
    match,
    propose,
)

__all__ = (
    "AlreadyProposed",
    "CityOnly",
    "DocumentsMissing",
    "Listing",
    "NotListed",
    "SameDocument",
    "decide",
    "lift",
    "match",
    "propose",
)
