"""What is stored. A file is a noun."""

from cases.models.areas import RiskArea
from cases.models.basis import Basis, Fact
from cases.models.batches import Batch, BatchPart, RejectedRow, SourceRecord, Undo
from cases.models.cases import Case
from cases.models.control import ControlOrder, Handover, HealthLog, HomeStay, OrderCase, Transport
from cases.models.declarations import ClinicVisit, Declaration
from cases.models.endings import ExitReport, MassHold, Release, Void
from cases.models.gates import GateCheck, Venue
from cases.models.people import Erasure, LookUp, Merge, Person, Transfer
from cases.models.presences import Presence
from cases.models.proposals import Proposal
from cases.models.results import LabResult
from cases.models.rulebooks import GroundChannel, RuleBook
from cases.models.transitions import Transition

__all__ = (
    "Basis",
    "Batch",
    "BatchPart",
    "Case",
    "ClinicVisit",
    "ControlOrder",
    "Declaration",
    "Erasure",
    "ExitReport",
    "Fact",
    "GateCheck",
    "GroundChannel",
    "Handover",
    "HealthLog",
    "HomeStay",
    "LabResult",
    "LookUp",
    "MassHold",
    "Merge",
    "OrderCase",
    "Person",
    "Presence",
    "Proposal",
    "RejectedRow",
    "Release",
    "RiskArea",
    "RuleBook",
    "SourceRecord",
    "Transfer",
    "Transition",
    "Transport",
    "Undo",
    "Venue",
    "Void",
)
