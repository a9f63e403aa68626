"""Signs in the cases themselves: reds on nothing that can be found, on strangers, too many, too often voided."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Length
from django.utils.translation import gettext_lazy as _

from cases.models import Case, LabResult, Void
from cases.models.cases import Channel, EvidenceKind, State
from cases.models.proposals import Decision
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.services.engine.evidence import resolves
from healthcode.core import languages
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import MACHINES
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import (
    LIMIT,
    REFERENCE,
    Sign,
    SignRow,
    evidence,
    people,
    trail_url,
)

# Records of an office's own numbering lead somewhere if there is a number to ask for.
NUMBERED = re.compile(
    r"[〔\[(（]\s*\d{4}\s*[〕\])）]|\d+\s*号|[A-Z]{1,3}\d{2,}|\d{3,}|[A-Z0-9]{2}\s?\d{3,4}", re.I
)


def unresolved(at: datetime, policy: Policy) -> list[SignRow]:
    """Find reds whose evidence leads nowhere, by reference and office."""
    reds = _reds(policy).filter(opened_at__gte=at - thresholds.RECENT, index_case=None, risk_area=None)
    groups = reds.values(*REFERENCE, "source_office__code", "source_office__name").annotate(
        n=Count("pk"), latest=Max("opened_at"), first=Min("pk")
    )
    found = list(groups.order_by("-n", "first")[:LIMIT])
    numbers = [group["evidence_ref"] for group in found if group["evidence_kind"] == EvidenceKind.LAB_REPORT]
    reports = set(LabResult.objects.filter(report_number__in=numbers).values_list("report_number", flat=True))
    return [
        SignRow(
            f"{group['source_office__code']}:{group['ground']}:{group['evidence_ref']}:{group['n']}",
            f"{group['source_office__name']} · {evidence(group, policy)} · {people(group['n'])}",
            group["latest"],
            trail_url(office=group["source_office__code"], ground=group["ground"]),
        )
        for group in found
        if group["n"] >= thresholds.UNRESOLVED_REDS and not _leads_somewhere(group, reports, at)
    ]


def outside(at: datetime, policy: Policy) -> list[SignRow]:
    """Find offices that enter reds on people who live outside their area; what the province sends is left out."""
    reds = _reds(policy).filter(opened_at__gte=at - thresholds.RECENT)
    far = reds.exclude(channel=Channel.PROVINCE).annotate(
        lives=Left("person__present", Length("source_office__division")), area=F("source_office__division")
    )
    groups = far.exclude(lives=F("area")).values("source_office__code", "source_office__name")
    groups = groups.annotate(n=Count("pk"), latest=Max("opened_at"))
    return [
        SignRow(
            f"{group['source_office__code']}:{group['n']}",
            f"{group['source_office__name']} · {people(group['n'])}",
            group["latest"],
            trail_url(office=group["source_office__code"], what="case.opened"),
        )
        for group in groups.filter(n__gte=thresholds.OUTSIDE_REDS).order_by("-n")[:LIMIT]
    ]


def many_reds(at: datetime, policy: Policy) -> list[SignRow]:
    """Find people who enter many reds; machines are watched by their deliveries."""
    reds = _reds(policy).filter(opened_at__gte=at - thresholds.OFFICER_PERIOD)
    groups = reds.exclude(opened_by__role__in=MACHINES).values("opened_by")
    groups = groups.annotate(n=Count("pk"), latest=Max("opened_at")).filter(n__gte=thresholds.OFFICER_REDS)
    return _by_officer(groups.order_by("-n")[:LIMIT], "opened_by", "case.opened")


def many_voids(at: datetime, policy: Policy) -> list[SignRow]:
    """Find people whose entries were voided again and again."""
    since = at - thresholds.VOID_PERIOD
    # One that had ended before keeps when it ended: its void has an instant of its own.
    late = Void.objects.filter(case=OuterRef("pk"), decision=Decision.APPROVED, decided_at__gte=since)
    voided = Case.objects.filter(state=State.VOIDED).filter(Q(closed_at__gte=since) | Exists(late))
    groups = voided.values("entered_by").annotate(n=Count("pk"), latest=Max("closed_at"))
    groups = groups.filter(n__gte=thresholds.OFFICER_VOIDS)
    return _by_officer(groups.order_by("-n")[:LIMIT], "entered_by", "codes")


def late_falls(at: datetime, policy: Policy) -> list[SignRow]:
    """Find endings whose basis was taken back so late that no code turned."""
    cases = Case.objects.filter(opened_at=None, hold=None, entered_at__gte=at - thresholds.RECENT)
    cases = cases.exclude(resumes=None).select_related("person", "resumes").order_by("-entered_at", "-pk")
    return [
        SignRow(
            f"case:{case.pk}",
            f"{case.person} · {evidence(vars(case), policy)}",
            case.entered_at,
            trail_url(person=case.person.public_id),
        )
        for case in cases[:LIMIT]
    ]


def _reds(policy: Policy) -> QuerySet[Case]:
    """Return the cases on a red ground that stand, or stood: a void does not make them unseen.

    One that stands again was opened by whoever coded it first, not by whoever took a fact back.
    """
    red = [key for key, ground in policy.grounds.items() if ground.colour == Colour.RED]
    return Case.objects.filter(ground__in=red, opened_at__isnull=False, resumes=None)


def _leads_somewhere(group: Mapping[str, Any], reports: set[str], at: datetime) -> bool:
    """Tell whether the evidence of a group leads somewhere; `reports` are the known numbers of lab reports."""
    kind, reference = group["evidence_kind"], group["evidence_ref"]
    if kind == EvidenceKind.LAB_REPORT:
        return reference in reports
    if kind == EvidenceKind.RULE_BOOK:  # the engine's own, at an adoption
        return True
    if kind == EvidenceKind.DOCUMENT:  # as strictly as a mass coding is held
        return resolves(reference, at=at)
    return NUMBERED.search(reference) is not None


def _by_officer(groups: Iterable[Any], field: str, what: str) -> list[SignRow]:
    """Return a row for each officer whose key stands in `field`; `what` narrows the trail it leads to."""
    found = list(groups)
    users = User.objects.select_related("office").in_bulk([group[field] for group in found])
    rows = []
    for group in found:
        user, number = users[group[field]], group["n"]
        text = f"{languages.bracketed(user.name, user.office)} · {people(number)}"
        url = trail_url(actor=user.username, what=what)
        rows.append(SignRow(f"{user.username}:{number}", text, group["latest"], url))
    return rows


SIGNS = (
    Sign(
        "evidence",
        _("Reds without evidence that can be found"),
        _(
            "Reds of the last %(days)s days whose evidence leads to no case, area, flight, document or result."
        ),
        unresolved,
        {"days": thresholds.RECENT.days},
    ),
    Sign(
        "outside",
        _("Reds on people outside the office's area"),
        _("At least %(n)s reds that one office entered in %(days)s days on people who live elsewhere."),
        outside,
        {"n": thresholds.OUTSIDE_REDS, "days": thresholds.RECENT.days},
    ),
    Sign(
        "reds",
        _("Officers with many reds"),
        _("At least %(n)s reds entered by one person within %(hours)s hours."),
        many_reds,
        {"n": thresholds.OFFICER_REDS, "hours": thresholds.OFFICER_PERIOD.days * 24},
    ),
    Sign(
        "voids",
        _("Officers whose entries are often voided"),
        _("At least %(n)s entries of one person voided within %(days)s days."),
        many_voids,
        {"n": thresholds.OFFICER_VOIDS, "days": thresholds.VOID_PERIOD.days},
    ),
    Sign(
        "late_falls",
        _("Endings whose ground was taken back too late"),
        _(
            "Codes that do not turn in the last %(days)s days although what they had been ended on was taken back."
        ),
        late_falls,
        {"days": thresholds.RECENT.days},
    ),
)
