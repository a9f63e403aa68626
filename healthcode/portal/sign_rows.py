"""The rows behind each sign of the board: whom or what, how many, since when, and where to read on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Left, Length
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.models import Batch, Case, ControlOrder, LabResult, LookUp, Person, RuleBook
from cases.models.cases import Channel, EvidenceKind, State
from cases.policy.colours import Colour
from cases.services.engine import holds
from healthcode.core.audit.findings import instant
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.core.audit.trail import READS
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import MACHINES
from healthcode.portal import thresholds

LIMIT = 2000  # groups looked at
REFERENCE = ("ground", "evidence_kind", "evidence_ref")
# Records of an office's own numbering lead somewhere if there is a number to ask for.
NUMBERED = re.compile(
    r"[〔\[(（]\s*\d{4}\s*[〕\])）]|\d+\s*号|[A-Z]{1,3}\d{2,}|\d{3,}|[A-Z0-9]{2}\s?\d{3,4}", re.I
)


@dataclass(frozen=True)
class Row:
    """One row of the board."""

    subject: str  # what it is recognised by
    said: str
    since: datetime | None
    url: str


def unresolved(at: datetime) -> list[Row]:
    """Find reds whose evidence leads nowhere, by reference and office."""
    reds = _reds(at).filter(opened_at__gte=at - thresholds.RECENT, index_case=None, risk_area=None)
    groups = reds.values(*REFERENCE, "source_office__code", "source_office__name").annotate(
        n=Count("pk"), latest=Max("opened_at"), first=Min("pk")
    )
    found = list(groups.order_by("-n", "first")[:LIMIT])
    numbers = [one["evidence_ref"] for one in found if one["evidence_kind"] == EvidenceKind.LAB_REPORT]
    reports = set(LabResult.objects.filter(report_number__in=numbers).values_list("report_number", flat=True))
    return [
        Row(
            f"{one['source_office__code']}:{one['ground']}:{one['evidence_ref']}:{one['n']}",
            f"{one['source_office__name']} · {_resting_on(one, at)} · {_people(one['n'])}",
            one["latest"],
            _trail(office=one["source_office__code"], ground=one["ground"]),
        )
        for one in found
        if one["n"] >= thresholds.UNRESOLVED_REDS and not _resolves(one, reports)
    ]


def outside(at: datetime) -> list[Row]:
    """Find offices that enter reds on people who live outside their area; what the province sends is left out."""
    reds = _reds(at).filter(opened_at__gte=at - thresholds.RECENT).exclude(channel=Channel.PROVINCE)
    far = reds.annotate(
        lives=Left("person__present", Length("source_office__division")), area=F("source_office__division")
    ).exclude(lives=F("area"))
    groups = far.values("source_office__code", "source_office__name").annotate(
        n=Count("pk"), latest=Max("opened_at")
    )
    return [
        Row(
            f"{one['source_office__code']}:{one['n']}",
            f"{one['source_office__name']} · {_people(one['n'])}",
            one["latest"],
            _trail(office=one["source_office__code"], what="case.opened"),
        )
        for one in groups.filter(n__gte=thresholds.OUTSIDE_REDS).order_by("-n")[:LIMIT]
    ]


def many_reds(at: datetime) -> list[Row]:
    """Find people who enter many reds; machines are watched by their deliveries."""
    reds = (
        _reds(at).filter(opened_at__gte=at - thresholds.OFFICER_PERIOD).exclude(opened_by__role__in=MACHINES)
    )
    groups = reds.values("opened_by").annotate(n=Count("pk"), latest=Max("opened_at"))
    found = groups.filter(n__gte=thresholds.OFFICER_REDS).order_by("-n")[:LIMIT]
    return _by_officer(found, "opened_by", "case.opened")


def many_voids(at: datetime) -> list[Row]:
    """Find people whose entries were voided again and again."""
    voided = Case.objects.filter(state=State.VOIDED, closed_at__gte=at - thresholds.VOID_PERIOD)
    groups = voided.values("entered_by").annotate(n=Count("pk"), latest=Max("closed_at"))
    found = groups.filter(n__gte=thresholds.OFFICER_VOIDS).order_by("-n")[:LIMIT]
    return _by_officer(found, "entered_by", "codes")


def one_reference(at: datetime) -> list[Row]:
    """Find deliveries much of which rests on one reference that is no case and no area."""
    recent = Case.objects.filter(batch__isnull=False, entered_at__gte=at - thresholds.RECENT)
    sizes = dict(recent.values_list("batch").annotate(n=Count("pk")).filter(n__gte=thresholds.BATCH_ROWS))
    groups = recent.filter(batch__in=sizes, index_case=None, risk_area=None)
    groups = groups.values("batch", *REFERENCE).annotate(n=Count("pk"), latest=Max("entered_at"))
    return [
        Row(
            f"{one['batch']}:{one['evidence_ref']}",
            _("Delivery %(batch)s · “%(evidence)s” · %(n)s of %(size)s cases")
            % {
                "batch": one["batch"],
                "evidence": one["evidence_ref"],
                "n": one["n"],
                "size": sizes[one["batch"]],
            },
            one["latest"],
            _trail(batch=one["batch"]),
        )
        for one in groups.order_by("-n")[:LIMIT]
        if one["n"] > thresholds.BATCH_SHARE * sizes[one["batch"]]
    ]


def brought_in(at: datetime) -> list[Row]:
    """Find files that somebody brought in for a source: ask the source whether it wrote the letter."""
    recent = Batch.objects.brought().filter(delivered_at__gte=at - thresholds.RECENT)
    return [
        Row(
            f"brought:{batch.pk}",
            _("Delivery %(batch)s · %(kind)s · %(who)s · “%(letter)s” · rows: %(rows)s")
            % {
                "batch": batch.pk,
                "kind": batch.get_kind_display(),
                "who": f"{batch.brought_by} ({batch.brought_by.office if batch.brought_by else ''})",
                "letter": batch.letter,
                "rows": batch.row_count,
            },
            batch.delivered_at,
            _trail(batch=batch.pk),
        )
        for batch in recent.order_by("-delivered_at", "-pk")[:LIMIT]
    ]


def split(at: datetime) -> list[Row]:
    """Find references that were held, and on which several people then entered case by case."""
    held = Case.objects.filter(
        Q(state=State.HELD) | Q(state=State.REFUSED), entered_at__gte=at - thresholds.RECENT
    )
    held = held.exclude(channel=Channel.REPORTED)
    rows = []
    for one in held.values(*REFERENCE).annotate(first=Min("entered_at")).order_by("-first")[:LIMIT]:
        until = one["first"] + thresholds.SPLIT_PERIOD
        same = Case.objects.filter(**{key: one[key] for key in REFERENCE})
        entered = same.filter(opened_at__gte=one["first"], entered_at__lt=until, entered_at__gte=one["first"])
        found = entered.aggregate(
            n=Count("pk"), people=Count("entered_by", distinct=True), latest=Max("opened_at")
        )
        if found["n"] >= thresholds.SPLIT_REDS and found["people"] > 1:
            said = f"{_resting_on(one, at)} · {_people(found['n'])}"
            subject = f"{one['ground']}:{one['evidence_ref']}:{found['n']}"
            rows.append(Row(subject, said, found["latest"], _trail(ground=one["ground"], what="case.opened")))
    return rows


def overdue(at: datetime) -> list[Row]:
    """Find control orders that should have ended."""
    orders = ControlOrder.objects.overdue(at - thresholds.OVERDUE).select_related(
        "person", "officer", "office"
    )
    return [
        Row(
            f"order:{order.pk}",
            f"{order.person} · {order.get_kind_display()} · {order.officer.name if order.officer else '–'}",
            order.until,
            reverse("admin:cases_person_change", args=(order.person.root_id,)),
        )
        for order in orders.order_by("until", "pk")[:LIMIT]
    ]


def without_task(at: datetime) -> list[Row]:
    """Find look-ups whose purpose names no number and after which the looker did nothing for the person."""
    looks = LookUp.objects.filter(at__gte=at - thresholds.LOOK_UP_PERIOD, at__lt=at - thresholds.LOOK_UP_TASK)
    looks = looks.exclude(purpose__regex=r"[0-9]{2}").select_related("person", "user__office")
    found = list(looks.order_by("-at", "-pk")[:LIMIT])
    acted = _acted(found, at)
    return [
        Row(
            f"look-up:{look.pk}",
            f"{look.user.name} ({look.user.office}) · {look.person} · “{look.purpose}”",
            look.at,
            _trail(person=str(look.person.public_id), what="looks"),
        )
        for look in found
        if not any(
            -timedelta(hours=1) <= moment - look.at <= thresholds.LOOK_UP_TASK
            for moment in acted.get((look.user.username, str(look.person.public_id)), ())
        )
    ]


def looked_up_by_many(at: datetime) -> list[Row]:
    """Find persons whom many people looked up."""
    since = microseconds(at - thresholds.LOOK_UP_PERIOD)
    looks = Event.objects.filter(action="person.looked_up", at_us__gte=since)
    groups = looks.values("person").annotate(n=Count("actor", distinct=True), latest=Max("at_us"))
    found = list(groups.filter(n__gte=thresholds.LOOK_UPS_BY).order_by("-n")[:LIMIT])
    persons = {
        str(one.public_id): one
        for one in Person.objects.filter(public_id__in=[row["person"] for row in found])
    }
    return [
        Row(
            f"{one['person']}:{one['n']}",
            f"{persons.get(one['person'], one['person'][:8])} · {_people(one['n'])}",
            instant(one["latest"]),
            _trail(person=one["person"], what="looks"),
        )
        for one in found
    ]


def _reds(at: datetime) -> QuerySet[Case]:
    """Return the cases on a red ground that stand, or stood: a void does not make them unseen."""
    grounds = RuleBook.objects.in_force(at).policy.grounds
    red = [key for key, one in grounds.items() if one.colour == Colour.RED]
    return Case.objects.filter(ground__in=red, opened_at__isnull=False)


def _resolves(one: dict[str, Any], reports: set[str]) -> bool:
    if one["evidence_kind"] == EvidenceKind.LAB_REPORT:
        return one["evidence_ref"] in reports
    if one["evidence_kind"] == EvidenceKind.RULE_BOOK:  # the engine's own, at an adoption
        return True
    if one["evidence_kind"] == EvidenceKind.DOCUMENT:  # as strictly as a mass coding is held
        return holds.resolves(one["evidence_ref"])
    return NUMBERED.search(one["evidence_ref"]) is not None


def _by_officer(groups: Iterable[Any], field: str, what: str) -> list[Row]:
    found = list(groups)
    users = User.objects.select_related("office").in_bulk([one[field] for one in found])
    return [
        Row(
            f"{users[one[field]].username}:{one['n']}",
            f"{users[one[field]].name} ({users[one[field]].office}) · {_people(one['n'])}",
            one["latest"],
            _trail(actor=users[one[field]].username, what=what),
        )
        for one in found
    ]


def _acted(looks: list[LookUp], at: datetime) -> dict[tuple[str, str], list[datetime]]:
    """Return when the lookers did something for the persons they looked up."""
    events = Event.objects.filter(
        person__in={str(look.person.public_id) for look in looks},
        actor__in={look.user.username for look in looks},
        at_us__gte=microseconds(at - thresholds.LOOK_UP_PERIOD - timedelta(days=1)),
    ).exclude(action__in=READS)
    acted: dict[tuple[str, str], list[datetime]] = {}
    for actor, person, at_us in events.values_list("actor", "person", "at_us"):
        acted.setdefault((actor, person), []).append(instant(at_us))
    return acted


def _resting_on(one: dict[str, Any], at: datetime) -> str:
    """Say ground and evidence of a group of cases."""
    ground = RuleBook.objects.in_force(at).policy.grounds.get(one["ground"])
    words = ground.words.text(get_language() or "") if ground else one["ground"]
    return f"{words} · “{one['evidence_ref']}”"


def _people(number: int) -> str:
    return ngettext("%(n)s person", "%(n)s persons", number) % {"n": number}


def _trail(**asked: object) -> str:
    return f"{reverse('admin:audit_event_changelist')}?{urlencode(asked)}"
