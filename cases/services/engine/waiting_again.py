"""What CDC reported waits by itself where what it was reported about is gone: nobody has to make the report anew."""

from collections.abc import Iterable
from typing import Any

from cases.models import Case, ExitReport
from cases.models.cases import LIVE, Channel, EvidenceKind, State
from cases.services.engine.codes import Turn
from healthcode.core.offices.seats import post_at

SAME = ("ground", "evidence_kind", "evidence_ref", "began_on")


def let_wait(case: Case, turn: Turn) -> bool:
    """Let a report, or another new case, wait for whoever decides it; return whether none like it does already."""
    same = Case.objects.of(case.person).filter(**{name: getattr(case, name) for name in SAME})
    if same.filter(state__in=LIVE).exists():
        return False
    reported = case.channel == Channel.REPORTED
    case.state = State.REPORTED.value if reported else State.HELD.value
    case.save()
    body: dict[str, Any] = {"ground": case.ground, "channel": case.channel, "evidence": case.evidence_kind}
    action = "case.reported" if reported else "case.held"
    turn.record(action, case, **body, facts=case.facts, **turn.source_of(case))
    return True


def report_infections(voided: Iterable[Case], turn: Turn) -> None:
    """Let reports that the person of a voided case is infected wait as reports of their own (3.1a).

    The case they were reported about was none; that CDC found an infection is another fact.
    """
    reports = ExitReport.objects.pending().filter(case__in=[case.pk for case in voided], exit="RECLASSIFIED")
    for report in reports.select_related("case__person", "proposed_by__office", "addressed_to"):
        let_wait(_case_of(report, turn), turn)


def _case_of(report: ExitReport, turn: Turn) -> Case:
    return Case(
        person=report.case.person,
        ground=report.new_ground,
        channel=Channel.REPORTED.value,
        source_office=post_at(report.proposed_by, report.proposed_at).office,
        entered_by=report.proposed_by,
        entered_at=turn.at,
        addressed_to=report.addressed_to,
        evidence_kind=EvidenceKind.LAB_REPORT.value,
        evidence_ref=report.evidence_ref,
        began_on=report.happened_on,
    )
