"""Control: the order somebody is under, who answers for it, and how it ends (2.1, 3.3)."""

from cases.services.control.care import (
    AlreadyLogged,
    ArrivedBeforeLeaving,
    ArrivedInFuture,
    DayBeforeOrder,
    LeftBeforeOrder,
    NoDestination,
    NotClosed,
    NoWay,
    UnknownVehicle,
    WrongPlate,
    log_health,
    transport,
)
from cases.services.control.changing import (
    NotLater,
    OpenEnd,
    SameOfficer,
    extend,
    hand_over,
    serve_elsewhere,
    transfer_out,
)
from cases.services.control.ending import (
    CertificateMissing,
    ConditionMissing,
    ServedHere,
    end,
    follow_on,
    release_elsewhere,
)
from cases.services.control.homes import AlreadyProposed, ExposedSince, NotCentral, decide_home, propose_home
from cases.services.control.standing import NoOrder

__all__ = (
    "AlreadyLogged",
    "AlreadyProposed",
    "ArrivedBeforeLeaving",
    "ArrivedInFuture",
    "CertificateMissing",
    "ConditionMissing",
    "DayBeforeOrder",
    "ExposedSince",
    "LeftBeforeOrder",
    "NoDestination",
    "NoOrder",
    "NoWay",
    "NotCentral",
    "NotClosed",
    "NotLater",
    "OpenEnd",
    "SameOfficer",
    "ServedHere",
    "UnknownVehicle",
    "WrongPlate",
    "decide_home",
    "end",
    "extend",
    "follow_on",
    "hand_over",
    "log_health",
    "propose_home",
    "release_elsewhere",
    "serve_elsewhere",
    "transfer_out",
    "transport",
)
