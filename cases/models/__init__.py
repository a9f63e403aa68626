"""What is stored. A file is a noun."""

from cases.models.areas import RiskArea
from cases.models.batches import Batch, RejectedRow
from cases.models.cases import Case, ExitReport, Release, Void
from cases.models.control import ControlOrder, Handover, HealthLog, HomeStay, OrderCase, Transport
from cases.models.declarations import ClinicVisit, Declaration
from cases.models.people import LookUp, Merge, Person, Transfer
from cases.models.proposals import Proposal
from cases.models.results import LabResult
from cases.models.rulebooks import RuleBook
from cases.models.transitions import Transition

__all__ = (
    "Batch",
    "Case",
    "ClinicVisit",
    "ControlOrder",
    "Declaration",
    "ExitReport",
    "Handover",
    "HealthLog",
    "HomeStay",
    "LabResult",
    "LookUp",
    "Merge",
    "OrderCase",
    "Person",
    "Proposal",
    "RejectedRow",
    "Release",
    "RiskArea",
    "RuleBook",
    "Transfer",
    "Transition",
    "Transport",
    "Void",
)
