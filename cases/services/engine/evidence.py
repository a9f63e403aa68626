"""What a reference is worth as evidence of a mass coding: the record it leads to, however that is spelled.

A shape is none: flights, trains, document and case numbers can be invented by the dozen.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from cases.models import Case, RiskArea, RuleBook
from cases.models.cases import BASIS_GONE, State
from cases.models.proposals import Decision
from cases.policy.spellings import one_spelling, reference_key
from cases.selectors import register
from cases.selectors.admission import ROOT
from cases.services.engine.dialects import in_parts

UNRESOLVED = "?"  # the evidence under which references that lead to no record are held together
CASE_NUMBER = re.compile(r"case:([0-9]{1,18})")


@dataclass(frozen=True)
class Evidence:
    """What a reference counts as; `holder`: of a cited case, the surviving record of whoever it is about."""

    name: str
    holder: int = 0


def resolves(reference: str, *, at: datetime) -> bool:
    """Tell whether a reference leads to a record: a case of an infection, a listed area, a document of the register."""
    return read([reference], at=at)[reference].name != UNRESOLVED


def read(references: Iterable[str], *, at: datetime) -> dict[str, Evidence]:
    """Return for each reference the evidence it counts as; UNRESOLVED where no record has it."""
    keys = {reference: reference_key(reference) for reference in references}
    if not keys:
        return {}
    cited = {reference: number for reference in keys if (number := _case_number(reference)) is not None}
    cases = dict(_infections({*cited.values()}, at))
    records = _named() if len(cited) < len(keys) else {}
    none = Evidence(UNRESOLVED)
    return {
        reference: cases.get(cited[reference], none) if reference in cited else records.get(key, none)
        for reference, key in keys.items()
    }


def spelled(reference: str) -> str:
    """Return a reference as it is stored: of a cited case in one spelling, by which whoever rests on it is found."""
    number = _case_number(reference)
    return f"case:{number}" if number is not None else reference.strip()


def _case_number(reference: str) -> int | None:
    found = CASE_NUMBER.fullmatch(one_spelling(reference).casefold().replace(" ", ""))
    return int(found[1]) if found else None


def _named() -> dict[str, Evidence]:
    """Return by key what has a name or number of its own; what duty leads entered by hand is read whole."""
    listed = RiskArea.objects.filter(decision=Decision.APPROVED, lifted_at=None, withdrawn_at=None)
    named = {
        key: Evidence(document.number) for key, document in register.by_key().items() if document is not None
    }
    names = listed.values_list("name", flat=True)
    return named | {key: Evidence(name) for name in names if (key := reference_key(name))}


def _infections(numbers: set[int], at: datetime) -> Iterator[tuple[int, Evidence]]:
    """Yield of these case numbers those that can bear a ground of others: infections of these days, one a chain."""
    policy = RuleBook.objects.in_force(at).policy
    infected = policy.keys_where(lambda ground: ground.infected)
    since = at - timedelta(days=policy.parameters.area_look_back_days)
    for part in in_parts(sorted(numbers)):
        chains = dict(Case.objects.filter(pk__in=part).values_list("pk", Coalesce("origin", "pk")))
        rows = Case.objects.filter(Q(pk__in=chains.values()) | Q(origin__in=chains.values()))
        rows = rows.filter(opened_at__isnull=False).annotate(first=Coalesce("origin", "pk"), root=ROOT)
        last = {row.first: row for row in rows.order_by("pk")}
        for number, first in chains.items():
            row = last.get(first)
            if row is not None and row.ground in infected and _counts(row, since):
                yield number, Evidence(f"case:{first}", row.root)


def _counts(case: Case, since: datetime) -> bool:
    """Tell whether the last row of a chain stands, or ended as what it was and not long ago."""
    if case.state == State.ENDED:
        assert case.closed_at is not None
        return case.exit not in ("EXCLUDED", BASIS_GONE) and case.closed_at >= since
    return case.state == State.OPEN
