"""Who may be green, asked of what is stored alone: by another human's word, or by one of the guide's own ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from cases.models import (
    AreaChange,
    Basis,
    Case,
    Certificate,
    ClinicVisit,
    Death,
    Declaration,
    ExitReport,
    Fact,
    LabResult,
    Merge,
    NumberChange,
    Opinion,
    Person,
    Release,
    RuleBook,
    Strike,
    Undo,
    Void,
)
from cases.policy.colours import Colour, gravest
from cases.policy.days import local_day
from healthcode.core.offices.models import User

# Which role ends which ground by its own word: the guide's ways, and nothing else.
GUIDE = {
    "CONTROL_ENDED": ("officer",),  # 3.3
    "FEVER_CLEARED": (
        "citizen",
        "community",
        "service_point",
        "clinic",
    ),  # 3.4a, filed by the person or for them
    "TESTED_NEGATIVE": ("service_point",),  # 3.4b
    "RELEASED": ("province",),  # 3.2c
}
PROPOSALS: dict[str, type[models.Model]] = {
    Fact.REPORT: ExitReport,
    Fact.RELEASE: Release,
    Fact.WITHDRAWAL: AreaChange,
    Fact.STRIKE: Strike,
    Fact.DEATH: Death,
    Fact.CERTIFICATE: Certificate,
    Fact.VOID: Void,
}
LIGHT = {Colour.NONE: 0, Colour.GREEN: 0, Colour.YELLOW: 1, Colour.RED: 2}
CHECKED = "being checked"


@dataclass(frozen=True)
class Codes:
    """What code everybody had, and whose code each number was."""

    colours: dict[int, Colour]  # by record
    numbers: dict[str, int | str | None]  # by blind index: the human's surviving record
    open: dict[int, int]  # the record of each case that stood

    @classmethod
    def now(cls, numbers: Iterable[str], at: datetime) -> "Codes":
        rows = Person.objects.filter(erased_at=None)
        people = list(rows.values_list("pk", "merged_into", "deceased_on", "document_index"))
        roots = {pk: merged or pk for pk, merged, *_rest in people}
        grounds = RuleBook.objects.in_force(at).policy.grounds
        standing = list(Case.objects.open().values_list("pk", "person", "ground"))
        colours = dict.fromkeys(roots.values(), Colour.GREEN)
        for _pk, record, key in standing:
            root = roots.get(record, record)
            colours[root] = gravest((colours.get(root, Colour.GREEN), grounds[key].colour))
        colours |= {roots[pk]: Colour.NONE for pk, _root, died, _index in people if died}
        owners = {index: pk for pk, _root, _died, index in people if index}
        checked = NumberChange.objects.checking(set(numbers)).values_list("old_index", "new_index")
        waits = {index for pair in checked for index in pair}
        whose: dict[str, int | str | None] = {
            one: roots[owners[one]] if one in owners else CHECKED if one in waits else None for one in numbers
        }
        mine = {record: colours[root] for record, root in roots.items()}
        return cls(mine, whose, {pk: record for pk, record, _ground in standing})


def faults(before: Codes, after: Codes, by: User) -> list[str]:
    """Return what one act of one account did that takes two humans: codes that got lighter, or moved."""
    found = []
    for record, colour in after.colours.items():
        was = before.colours.get(record, colour)
        if LIGHT[colour] < LIGHT[was]:
            found += [f"{was} → {colour}: {why}" for why in _unfounded(record, before, by)]
    for number, human in before.numbers.items():
        now = after.numbers[number]
        coloured = isinstance(human, int) and LIGHT[before.colours.get(human, Colour.GREEN)] > 0
        if coloured and now not in (human, CHECKED) and not _joined(human, now) and not is_corrected(number):
            found.append(f"a coloured number of {human} is now of {now}")
    return found


def is_corrected(number: str) -> bool:
    """Tell whether two humans gave the record that had a number another one."""
    return any(two_humans(one) for one in NumberChange.objects.filter(old_index=number, decision="APPROVED"))


def _unfounded(record: int, before: Codes, by: User) -> list[str]:
    """Return for each case that ended what does not bear its end; of nothing that ended, that nothing did."""
    group = set(Person.objects.get(pk=record).group.values_list("pk", flat=True))
    ended = [
        case
        for case in Case.objects.filter(pk__in=before.open, person__in=group).select_related("person")
        if case.state != "OPEN"
    ]
    if not ended:
        return ["no case ended"]
    return [f"{case.ground} by {case.exit or case.state}" for case in ended if not _founded(case, by)]


def _founded(case: Case, by: User) -> bool:
    if case.state == "VOIDED":
        voids = Void.objects.filter(case=case, decision="APPROVED")
        undone = Undo.objects.filter(batch=case.batch_id, decision="APPROVED") if case.batch_id else ()
        return any(two_humans(one) for one in (*voids, *undone))
    facts = list(Basis.objects.filter(case=case).values_list("fact", "key"))
    words = [PROPOSALS[fact].objects.get(pk=key) for fact, key in facts if fact in PROPOSALS]
    words += [one for fact, key in facts if fact == Fact.AREA for one in _liftings(key)]
    if any(two_humans(one) for one in words):
        return True
    return by.role in GUIDE.get(case.exit, ()) and _as_the_guide_says(case, facts, by)


def _liftings(area: int | None) -> list[Any]:
    return list(AreaChange.objects.filter(area=area, kind="LIFT", decision="APPROVED"))


def two_humans(proposal: Any) -> bool:
    """Tell whether one human proposed and another decided."""
    one, other = proposal.proposed_by, proposal.decided_by
    same = (
        other is None
        or one.pk == other.pk
        or (one.phone and (one.name, one.phone) == (other.name, other.phone))
    )
    return not same


def _as_the_guide_says(case: Case, facts: list[tuple[str, int | None]], by: User) -> bool:
    rows = {fact: key for fact, key in facts}
    if case.exit == "RELEASED":
        return case.ground == "AUTO_YELLOW" and Fact.SOURCE in rows
    result = LabResult.objects.filter(pk=rows.get(Fact.RESULT)).first()
    since = local_day(case.stayed_from) if case.stayed_from else case.began_on
    if result is None or result.outcome != "NEGATIVE" or local_day(result.sampled_at) < since:
        return False
    if _contradicted(case):
        return False
    if case.exit == "CONTROL_ENDED":
        order = case.served_by.order_by("-pk").first()
        return order is not None and order.order.ended_by_id == by.pk and Fact.ORDER in rows
    return case.exit != "FEVER_CLEARED" or _seen_by_others(rows, result, by)


def _contradicted(case: Case) -> bool:
    """Tell whether a positive sampled since the ground began stands, that CDC has not answered."""
    positives = LabResult.objects.filter(
        person__in=case.person.group, outcome="POSITIVE", correction=None, sampled_at__date__gte=case.began_on
    )
    answered = Opinion.objects.filter(withdrawn_at=None).values("result")
    return positives.exclude(pk__in=answered).exists()


def _seen_by_others(rows: dict[str, int | None], result: LabResult, by: User) -> bool:
    """Tell whether examination, test and form are of more than one account, and a clinic ruled the infection out."""
    visit = ClinicVisit.objects.filter(pk=rows.get(Fact.VISIT), ruled_out=True).first()
    form = Declaration.objects.filter(pk=rows.get(Fact.FORM), fever=False).first()
    if visit is None or form is None:
        return False
    return form.by_id not in (visit.by_id, result.entered_by_id) and form.by.office_id != visit.clinic_id


def _joined(human: int | str | None, now: int | str | None) -> bool:
    """Tell whether two humans agreed that two records are one."""
    if not isinstance(human, int) or not isinstance(now, int):
        return False
    merges = Merge.objects.filter(decision="APPROVED", undone_at=None, duplicate=human)
    return any(two_humans(merge) and merge.duplicate.root_id == now for merge in merges)
