"""Signs in deliveries and mass codings: one reference for many, files brought by hand, holds that were got round."""

from datetime import datetime

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case
from cases.models.cases import Channel, State
from cases.policy.rulebook import Policy
from healthcode.core import languages
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


def one_reference(at: datetime, policy: Policy) -> list[SignRow]:
    """Find deliveries much of which rests on one reference that is no case and no area."""
    recent = Case.objects.filter(batch__isnull=False, entered_at__gte=at - thresholds.RECENT, resumes=None)
    sizes = dict(recent.values_list("batch").annotate(n=Count("pk")).filter(n__gte=thresholds.BATCH_ROWS))
    groups = recent.filter(batch__in=sizes, index_case=None, risk_area=None)
    groups = groups.values("batch", *REFERENCE).annotate(n=Count("pk"), latest=Max("entered_at"))
    rows = []
    for group in groups.order_by("-n")[:LIMIT]:
        batch, reference, size = group["batch"], group["evidence_ref"], sizes[group["batch"]]
        if group["n"] <= thresholds.BATCH_SHARE * size:
            continue
        text = gettext("Delivery %(batch)s · “%(evidence)s” · %(n)s of %(size)s cases")
        values = {"batch": batch, "evidence": reference, "n": group["n"], "size": size}
        rows.append(SignRow(f"{batch}:{reference}", text % values, group["latest"], trail_url(batch=batch)))
    return rows


def brought_in(at: datetime, policy: Policy) -> list[SignRow]:
    """Find files that somebody brought in for a source: ask the source whether it wrote the letter."""
    recent = Batch.objects.brought().filter(delivered_at__gte=at - thresholds.RECENT)
    rows = []
    for batch in recent.order_by("-delivered_at", "-pk")[:LIMIT]:
        text = gettext("Delivery %(batch)s · %(kind)s · %(who)s · “%(letter)s” · rows: %(rows)s")
        values = {
            "batch": batch.pk,
            "kind": batch.get_kind_display(),
            "who": languages.bracketed(batch.brought_by, batch.brought_from),
            "letter": batch.letter,
            "rows": batch.row_count,
        }
        url = trail_url(batch=batch.pk)
        rows.append(SignRow(f"brought:{batch.pk}", text % values, batch.delivered_at, url))
    return rows


def split(at: datetime, policy: Policy) -> list[SignRow]:
    """Find references that were held, and on which several people then entered case by case."""
    on_hold = Case.objects.filter(
        Q(state=State.HELD) | Q(state=State.REFUSED), resumes=None, entered_at__gte=at - thresholds.RECENT
    )
    groups = on_hold.exclude(channel=Channel.REPORTED).values(*REFERENCE).annotate(first=Min("entered_at"))
    rows = []
    for group in groups.order_by("-first")[:LIMIT]:
        first, until = group["first"], group["first"] + thresholds.SPLIT_PERIOD
        same = Case.objects.filter(**{key: group[key] for key in REFERENCE}, resumes=None)
        entered = same.filter(opened_at__gte=first, entered_at__gte=first, entered_at__lt=until)
        found = entered.aggregate(
            n=Count("pk"), people=Count("entered_by", distinct=True), latest=Max("opened_at")
        )
        if found["n"] >= thresholds.SPLIT_REDS and found["people"] > 1:
            identity = f"{group['ground']}:{group['evidence_ref']}:{found['n']}"
            text = f"{evidence(group, policy)} · {people(found['n'])}"
            url = trail_url(ground=group["ground"], what="case.opened")
            rows.append(SignRow(identity, text, found["latest"], url))
    return rows


SIGNS = (
    Sign(
        "batches",
        _("Deliveries that rest on one reference"),
        _(
            "More than %(share)s %% of a delivery (%(n)s cases or more) rests on one reference, no case or area."
        ),
        one_reference,
        {"share": round(thresholds.BATCH_SHARE * 100), "n": thresholds.BATCH_ROWS},
    ),
    Sign(
        "brought",
        _("Files brought in for a source"),
        _(
            "Deliveries of the last %(days)s days that an office brought in by hand for a source whose line was down."
        ),
        brought_in,
        {"days": thresholds.RECENT.days},
    ),
    Sign(
        "split",
        _("Held, then split"),
        _(
            "A case was held for a second person; then several people entered %(n)s or more on the same reference."
        ),
        split,
        {"n": thresholds.SPLIT_REDS},
    ),
)
