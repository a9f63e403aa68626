"""What is stored. A file is a noun."""

from cases.models.among import Among
from cases.models.area_index import AreaFigure, AreaGathering, AreaKind, AreaRow
from cases.models.areas import AreaChange, RiskArea
from cases.models.basis import Basis, Fact
from cases.models.batches import Batch, BatchPart, RejectedRow, Undo
from cases.models.calls import Call
from cases.models.cases import Case
from cases.models.control import ControlOrder, Handover, HealthLog, HomeStay, Transport
from cases.models.deaths import Death, DeathWithdrawal
from cases.models.declarations import ClinicVisit, Declaration
from cases.models.documents import Document, Strike
from cases.models.elsewhere import Certificate, Relocation
from cases.models.endings import ExitReport, MassHold, Release, SelfCheck, Void
from cases.models.gates import GateCheck, RedScanAnswer, Venue
from cases.models.inquiries import Inquiry
from cases.models.numbers import NumberChange
from cases.models.opinions import Opinion
from cases.models.passes import Pass
from cases.models.people import Erasure, LookUp, Merge, Person
from cases.models.presences import Presence, WaitingTrack
from cases.models.proposals import Proposal
from cases.models.repeats import Repeat, SourceRecord
from cases.models.residence import Transfer
from cases.models.results import LabResult
from cases.models.reversals import Extension, Reversal
from cases.models.rulebooks import GroundChannel, RuleBook
from cases.models.served import OrderCase
from cases.models.setup_files import SetupFile
from cases.models.shifts import Shift
from cases.models.transitions import Transition

__all__ = (
    "Among",
    "AreaChange",
    "AreaFigure",
    "AreaGathering",
    "AreaKind",
    "AreaRow",
    "Basis",
    "Batch",
    "BatchPart",
    "Call",
    "Case",
    "Certificate",
    "ClinicVisit",
    "ControlOrder",
    "Death",
    "DeathWithdrawal",
    "Declaration",
    "Document",
    "Erasure",
    "ExitReport",
    "Extension",
    "Fact",
    "GateCheck",
    "GroundChannel",
    "Handover",
    "HealthLog",
    "HomeStay",
    "Inquiry",
    "LabResult",
    "LookUp",
    "MassHold",
    "Merge",
    "NumberChange",
    "Opinion",
    "OrderCase",
    "Pass",
    "Person",
    "Presence",
    "Proposal",
    "RedScanAnswer",
    "RejectedRow",
    "Release",
    "Relocation",
    "Repeat",
    "Reversal",
    "RiskArea",
    "RuleBook",
    "SelfCheck",
    "SetupFile",
    "Shift",
    "SourceRecord",
    "Strike",
    "Transfer",
    "Transition",
    "Transport",
    "Undo",
    "Venue",
    "Void",
    "WaitingTrack",
)
