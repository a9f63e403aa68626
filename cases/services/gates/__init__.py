"""Doors: the venues that check codes, and each check (4.1, 4.2)."""

from cases.services.gates.checks import (
    AGAIN,
    AdmittedWithoutReason,
    CheckIsOver,
    ColourMissing,
    LookedUpHere,
    NotAnIssuer,
    NothingAsked,
    NumberAndIssuer,
    NumberNotGiven,
    PresentedCode,
    TooFast,
    UnreadableNumber,
    again,
    check,
    readable,
    verdict,
)

__all__ = (
    "AGAIN",
    "AdmittedWithoutReason",
    "CheckIsOver",
    "ColourMissing",
    "LookedUpHere",
    "NotAnIssuer",
    "NothingAsked",
    "NumberAndIssuer",
    "NumberNotGiven",
    "PresentedCode",
    "TooFast",
    "UnreadableNumber",
    "again",
    "check",
    "readable",
    "verdict",
)
