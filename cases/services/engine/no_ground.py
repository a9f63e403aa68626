"""Endings that fell, but whose cases are no ground any more: voided since, struck, or standing by another row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists

from cases.models import Batch, Case, Fact
from cases.models.cases import LIVE, State
from cases.models.repeats import standing_repeats
from cases.policy.exits import Rest
from cases.policy.spellings import reference_key
from cases.selectors import admission, chains, deaths, register
from cases.selectors.covered import covers
from cases.services.engine import standing_again
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import in_parts


def in_time(old: Case, turn: Turn) -> bool:
    """Tell whether a code may still turn by the fall of an ending (parameter `stands_again_days`)."""
    assert old.closed_at is not None
    return turn.at - old.closed_at <= timedelta(days=turn.book.policy.parameters.stands_again_days)


def stopped(gone: Sequence[Case], turn: Turn, *, waiting: Sequence[Case] = ()) -> dict[int, list[Rest]]:
    """Return which of the fallen cases are no ground any more: theirs is dead, unknown, or rests on nothing now.

    Each with what its ending rests on from now, and falls with: a death, or the same case that stands already, of
    another record perhaps that turns out to be another human's. `waiting`: the rows that were held for them, which are
    not other cases that stand already.
    """
    nobody = {key for key, index in _index_cases_of(gone).items() if chains.is_none(index)}
    again = _entered_again(gone, {case.pk for case in waiting}, turn)
    others = _voided_since(gone, turn) | _without_what_opened_them(gone) | _on_struck_documents(gone, turn)
    return {
        old.pk: [*_deaths_of(old), *again.get(old.pk, ())]
        for old in gone
        if old.pk in again or old.pk in others or _is_no_ground(old, nobody)
    }


def _deaths_of(old: Case) -> list[Rest]:
    if not old.person.deceased_on:
        return []
    return [(Fact.DEATH.value, deaths.standing(old.person.root_id).latest("pk").pk)]


def _without_what_opened_them(gone: Sequence[Case]) -> set[int]:
    """Return the cases that an ending had opened (convalescence, a ground that follows) which is none any more."""
    by = {old.pk: opener for old in gone if (opener := chains.opener_of(old)) is not None}
    falls = {old.pk for old in gone}
    hold: set[int] = set()
    for part in in_parts(sorted(set(by.values()) - falls)):
        hold |= set(Case.objects.bearing().filter(pk__in=part).values_list("pk", flat=True))
    return {key for key, opener in by.items() if opener not in hold}


def _on_struck_documents(gone: Sequence[Case], turn: Turn) -> set[int]:
    """Return the cases that came to count on a document which was struck from the register since."""
    struck, book = register.struck_keys(), turn.book.policy
    return {
        old.pk for old in gone if struck and covers(old, book) and reference_key(old.evidence_ref) in struck
    }


def _is_no_ground(old: Case, nobody: set[int]) -> bool:
    if old.person.deceased_on or old.person.erased_at:
        return True
    if old.index_case_id in nobody:
        return True  # a contact of nobody: its index case was excluded or voided meanwhile
    if old.risk_area is not None and old.risk_area.withdrawn_at is not None:
        return True  # the listing of its area was withdrawn: nothing rests on it any more
    # or the delivery that brought it in was taken back, and no other says the same
    if old.batch is None or old.batch.state != Batch.State.UNDONE:
        return False
    return not Case.objects.filter(Exists(standing_repeats()), pk=old.pk).exists()


def _index_cases_of(gone: Sequence[Case]) -> dict[int, Case]:
    keys = sorted({old.index_case_id for old in gone if old.index_case_id is not None})
    return {key: index for part in in_parts(keys) for key, index in Case.objects.in_bulk(part).items()}


def _entered_again(gone: Sequence[Case], besides: set[int], turn: Turn) -> dict[int, list[Rest]]:
    """Return the cases that stand already by another row, or wait to stand again, each with that row.

    What only waits to count gives way (`give_way`), but not to a fall so late that no code turns.
    """
    found: dict[int, list[Rest]] = {}
    for part in in_parts(gone):
        of_people = Case.objects.filter(person__in=standing_again.records_of(part), state__in=LIVE)
        waiting, standing = dict[tuple[Any, ...], Rest](), dict[tuple[Any, ...], Rest]()
        for case in of_people.exclude(pk__in=besides).select_related("person"):
            stands = case.state == State.OPEN or case.resumes_id is not None
            row = (Fact.ANSWER.value, case.origin_pk)
            (standing if stands else waiting)[standing_again.alike(case, turn.book.policy)] = row
        for old in part:
            key = standing_again.alike(old, turn.book.policy)
            rows = standing if in_time(old, turn) else {**waiting, **standing}
            if key in rows:
                found[old.pk] = [rows[key]]
    return found


def _voided_since(gone: Sequence[Case], turn: Turn) -> set[int]:
    """Return the cases of which the same was voided after they had ended: nothing stands on that evidence."""
    found: set[int] = set()
    for part in in_parts(gone):
        last: dict[tuple[Any, ...], datetime] = {}
        voided = admission.voided(*{old.ground for old in part})
        of_people = voided.filter(person__in=standing_again.records_of(part)).order_by("closed_at")
        for case in of_people.select_related("person"):
            assert case.closed_at is not None
            last[standing_again.alike(case, turn.book.policy)] = case.closed_at
        for old in part:
            at = last.get(standing_again.alike(old, turn.book.policy))
            if at is not None and old.closed_at is not None and at >= old.closed_at:
                found.add(old.pk)
    return found
