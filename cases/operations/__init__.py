"""Everything staff and machines may do, in the order in which pages offer it."""

from cases.operations import areas, cases, control, declarations, deliveries, endings, people, results
from cases.operations.base import Operation, Outcome, may, open_to, run

PERSON_OPERATIONS: tuple[type[Operation], ...] = (
    cases.EnterReport,
    cases.SendReportBack,
    cases.Decide,
    endings.DecideExit,
    endings.DecideVoid,
    endings.DecideRelease,
    control.DecideHome,
    people.DecideTransfer,
    people.DecideMerge,
    control.EndControl,
    results.EnterResult,
    results.VerifyReport,
    results.ApplyResult,
    cases.Report,
    cases.Open,
    declarations.Declare,
    declarations.DeclareGuided,
    declarations.DeclareByProxy,
    declarations.RecordVisit,
    endings.ReportExit,
    control.HandOver,
    control.LogHealth,
    control.RecordTransport,
    control.Extend,
    control.ProposeHome,
    control.ServeElsewhere,
    control.ReleaseElsewhere,
    control.TransferOut,
    results.CorrectResult,
    results.MoveResult,
    endings.ProposeRelease,
    endings.ProposeVoid,
    people.Correct,
    people.Unmask,
    people.ProposeTransfer,
    people.ProposeMerge,
    people.Unmerge,
    people.RecordDeath,
)
DESK_OPERATIONS: tuple[type[Operation], ...] = (
    people.LookUp,
    people.Register,
    deliveries.DeliverLineList,
    areas.ProposeArea,
    areas.DecideArea,
    areas.LiftArea,
)

__all__ = ("DESK_OPERATIONS", "PERSON_OPERATIONS", "Operation", "Outcome", "may", "open_to", "run")
