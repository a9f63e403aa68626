"""What endings rest on, in words: read by sets, one query for each kind of fact."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import (
    Basis,
    Case,
    Certificate,
    ClinicVisit,
    Death,
    Declaration,
    ExitReport,
    Fact,
    LabResult,
    Opinion,
    Strike,
)
from healthcode.core.offices.seats import post_at

# Where a fact's row is read, with what its words need. The others say all there is by their kind.
TABLES: dict[str, tuple[Any, tuple[str, ...]]] = {
    Fact.RESULT: (LabResult, ("entered_by", "office")),
    Fact.VISIT: (ClinicVisit, ("clinic",)),
    Fact.FORM: (Declaration, ()),
    Fact.REPORT: (ExitReport, ("proposed_by__office",)),
    Fact.DEATH: (Death, ("proposed_by__office", "decided_by__office")),
    Fact.OPINION: (Opinion, ("office",)),
    Fact.CERTIFICATE: (Certificate, ("proposed_by__office", "decided_by__office")),
    Fact.STRIKE: (Strike, ("document", "proposed_by__office", "decided_by__office")),
    Fact.ANSWER: (Case, ("source_office",)),
    Fact.DECISION: (Case, ("closed_by__office",)),
}


def bases_of(cases: Sequence[Case]) -> dict[int, list[str]]:
    """Return for each ended case the facts it rests on, in words, by its key."""
    rests = list(Basis.objects.filter(case__in=cases).select_related("case").order_by("pk"))
    rows = {fact: _rows(fact, rests) for fact in TABLES}
    words: dict[int, list[str]] = defaultdict(list)
    for rest in rests:
        row = rows.get(rest.fact, {}).get(rest.key or 0)
        if rest.fact in OF_CASES and row is not None:
            words[rest.case_id].append(OF_CASES[rest.fact](row, rest))
        else:
            words[rest.case_id].append(_words(row) if row is not None else rest.get_fact_display())
    return dict(words)


def _rows(fact: str, rests: Iterable[Basis]) -> dict[int, Any]:
    table, related = TABLES[fact]
    keys = [rest.key for rest in rests if rest.fact == fact]
    return table._default_manager.select_related(*related).in_bulk(keys) if keys else {}


def _words(row: Any) -> str:
    match row:
        case LabResult():
            return _("%(outcome)s sampled %(at)s, %(laboratory)s, entered by %(office)s · %(name)s") % {
                "outcome": row.get_outcome_display(),
                "at": _instant(row.sampled_at),
                "laboratory": row.laboratory,
                "office": row.office,
                "name": row.entered_by.name,
            }
        case ClinicVisit():
            return _("examined %(at)s, %(clinic)s") % {"at": _instant(row.visited_at), "clinic": row.clinic}
        case Declaration():
            return _("form filled in %(at)s") % {"at": _instant(row.at)}
        case ExitReport():
            office = post_at(row.proposed_by, row.proposed_at).office
            return _("%(exit)s reported by %(office)s, %(reference)s") % {
                "exit": row.get_exit_display(), "office": office, "reference": row.evidence_ref,
            }  # fmt: skip
        case Death():
            return _("death on %(on)s, %(certificate)s, recorded by %(office)s, confirmed by %(second)s") % {
                "on": row.on, "certificate": row.certificate, **_both(row),
            }  # fmt: skip
        case Opinion():
            return _("opinion of %(office)s, %(document)s: no new case") % {
                "office": row.office, "document": row.document,
            }  # fmt: skip
        case Certificate():
            return _("release certificate %(number)s, recorded by %(office)s, confirmed by %(second)s") % {
                "number": row.number, **_both(row),
            }  # fmt: skip
        case Strike():
            return _("%(document)s struck from the register by %(office)s, confirmed by %(second)s: %(reason)s") % {
                "document": row.document.number, "reason": row.reason, **_both(row),
            }  # fmt: skip
    raise AssertionError(row)


def _answer(row: Case, rest: Basis) -> str:
    if row.ground == rest.case.ground:
        words = _("the same ground on the same evidence, reported by %(office)s, which stood already")
    else:
        words = _("positive answered by the case of an infection, reported by %(office)s")
    return words % {"office": row.source_office}


def _decision(row: Case, _rest: Basis) -> str:
    return _("decision of %(office)s, %(at)s, that it does not stand again: %(reason)s") % {
        "office": post_at(row.closed_by, row.closed_at).office if row.closed_by and row.closed_at else "–",
        "at": _instant(row.closed_at),
        "reason": row.closing_reason,
    }


OF_CASES: dict[str, Callable[[Case, Basis], str]] = {Fact.ANSWER: _answer, Fact.DECISION: _decision}


def _both(row: Any) -> dict[str, Any]:
    recorded, confirmed = (row.proposed_by, row.proposed_at), (row.decided_by, row.decided_at)
    return {"office": post_at(*recorded).office, "second": post_at(*confirmed).office}


def _instant(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
