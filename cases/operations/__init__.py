"""Everything staff and machines may do, in the order in which pages offer it."""

from cases.operations import (
    areas,
    cases,
    control,
    declarations,
    deliveries,
    endings,
    erasure,
    holds,
    merges,
    people,
    results,
    rulebooks,
)
from cases.operations.base import may, open_to
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import User

PERSON_OPERATIONS: tuple[type[Operation], ...] = (
    cases.EnterReport,
    cases.SendReportBack,
    cases.DecideCase,
    endings.DecideExit,
    endings.DecideVoid,
    endings.DecideRelease,
    control.DecideHome,
    people.DecideTransfer,
    merges.DecideMerge,
    erasure.DecideErasure,
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
    merges.ProposeMerge,
    merges.Unmerge,
    people.RecordDeath,
    erasure.ProposeErasure,
)
DESK_OPERATIONS: tuple[type[Operation], ...] = (
    people.LookUp,
    people.Register,
    deliveries.Deliver,
    deliveries.BringIn,
    deliveries.ConfirmDelivery,
    deliveries.CancelDelivery,
    deliveries.DecideRow,
    deliveries.DecideBrought,
    deliveries.ProposeUndo,
    deliveries.DecideUndo,
    holds.DecideHold,
    areas.ProposeArea,
    areas.DecideArea,
    areas.LiftArea,
    rulebooks.ProposeRuleBook,
    rulebooks.DecideRuleBook,
)


def at_desk(by: User) -> tuple[type[Operation], ...]:
    """Return what a user may begin without a page of somebody or something, in the order of the menu."""
    return tuple(one for one in DESK_OPERATIONS if one.in_menu and by.may(one.act))


__all__ = ("DESK_OPERATIONS", "PERSON_OPERATIONS", "at_desk", "may", "open_to")
