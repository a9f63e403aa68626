"""A proposal whose case, order, person or delivery closes meanwhile stands on no list, and cannot be approved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from cases.admin.decisions import LAPSED_WORDS, DecisionFilter
from cases.models import (
    AreaChange,
    Batch,
    Certificate,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    HomeStay,
    LabResult,
    MassHold,
    Merge,
    NumberChange,
    Person,
    Proposal,
    Release,
    Relocation,
    Reversal,
    RiskArea,
    RuleBook,
    SelfCheck,
    SetupFile,
    Strike,
    Transfer,
    Undo,
    Void,
)
from cases.models.reading import reading
from cases.operations import PERSON_OPERATIONS
from cases.operations.base import may
from cases.selectors import awaited, undecided
from cases.selectors.pending import pending
from cases.selectors.worklists import KINDS, LateKind, ListKind, worklists
from cases.services.deliveries import batches
from cases.services.engine.refusals import Refusal
from cases.services.grounds import exit_reversals, exits, voids
from cases.services.persons import deaths, erasure
from cases.services.samples import corrections
from healthcode.core.offices import accounts
from healthcode.core.offices.models import User
from tests.alone.pairs import PAIRS
from tests.cases.scenes import DUE, Scene, colour, fresh, later, refused, sample

END = DUE + timedelta(hours=9)
CLOSED, ASKED = END + timedelta(days=1), END + timedelta(days=2)


def _person(row: Any) -> Person:
    for path in ("person", "case.person", "order.person", "duplicate"):
        found = row
        for name in path.split("."):
            found = getattr(found, name, None)
        if found is not None:
            return fresh(found)  # type: ignore[no-any-return]
    raise AssertionError


def _voided(scene: Scene, case: Any) -> None:
    fields = {"reason_class": "ENTRY_ERROR", "reason": "录错", "by": scene.cast.group_xinchang}
    voids.approve(voids.propose(case, **fields, at=CLOSED), by=scene.cast.cdc_city, at=CLOSED)


def _case_voided(scene: Scene, row: Any) -> None:
    _voided(scene, row.case)


def _stands_again(scene: Scene, row: Any) -> None:
    """Control ends while the void waits, falls again, and another row stands for the case."""
    scene.ended(fresh(row.case.person), at=END)
    result = LabResult.objects.of(fresh(row.case.person)).get()
    right = sample(result.sampled_at, "INCONCLUSIVE", report_number=result.report_number)
    corrections.correct(result, right, reason="更正", by=scene.cast.officer_yulin, at=CLOSED)


def _died(scene: Scene, row: Any) -> None:
    scene.died(_person(row), at=CLOSED)


def _died_on_another_record(scene: Scene, row: Any) -> None:
    other = scene.person()
    death = scene.death_recorded(other, at=END)
    scene.merged(other, _person(row), at=END)
    deaths.confirm(fresh(death), by=scene.cast.group_xinchang, at=CLOSED)


def _lives_by_another_record(scene: Scene, row: Any) -> None:
    other = scene.person()
    scene.died(other, at=END)
    fields = {"reason": "本人在世", "by": scene.cast.community_yulin, "at": END}
    asked = deaths.propose_withdrawal(fresh(other), **fields)
    scene.merged(other, _person(row), at=END)
    deaths.withdraw(fresh(asked), by=scene.cast.group_xinchang, at=CLOSED)


def _merged_by_another_proposal(scene: Scene, row: Any) -> None:
    scene.merged(row.duplicate, row.survivor, at=CLOSED)


def _erased(scene: Scene, row: Any) -> None:
    erasure.expire(_person(row), by=accounts.system(at=CLOSED), at=CLOSED)


def _reversal_over(scene: Scene, row: Any) -> None:
    if row.kind == "EXIT":
        _voided(scene, row.exit_report.case)
    elif row.kind == "RELEASE":
        _voided(scene, row.release.case)
    else:
        _died(scene, row)


def _delivery_taken_back(scene: Scene, row: Any) -> None:
    undo = batches.propose_undo(Batch.objects.get(), reason="发错", by=scene.cast.province, at=CLOSED)
    batches.decide_undo(fresh(undo), approve=True, by=scene.cast.duty_city, at=CLOSED)


CLOSES: dict[type[Proposal], Callable[[Scene, Any], None]] = {
    ExitReport: _case_voided,
    SelfCheck: _case_voided,
    Release: _case_voided,
    Void: _stands_again,
    HomeStay: _died,
    Relocation: _died,
    Certificate: _died,
    Transfer: _died,
    Death: _died_on_another_record,
    DeathWithdrawal: _lives_by_another_record,
    Merge: _merged_by_another_proposal,
    Erasure: _erased,
    Reversal: _reversal_over,
    MassHold: _delivery_taken_back,
}
# What nothing closes but its own decision. A corrected number is somebody's, dead or alive.
OWN_END = {RiskArea, AreaChange, RuleBook, NumberChange, SetupFile, Strike, Undo}
NO_PROPOSAL = ("case.enter_report", "case.decide", "batch.confirm_brought")
LAPSING = [
    pair
    for pair in PAIRS
    if pair.act not in (*NO_PROPOSAL, "person.decide_number", "area.decide", "rulebook.decide")
    and pair.act
    not in ("batch.decide_undo", "person.decide_unmerge", "setup.decide", "document.decide_strike")
]
of_model: dict[ListKind, type | None] = {}
by_act = {"argnames": "pair", "argvalues": LAPSING, "ids": [pair.act for pair in LAPSING]}


def test_every_kind_of_proposal_says_what_closes_it():
    kinds = {model for model in apps.get_models() if issubclass(model, Proposal)}
    assert kinds == undecided.STILL.keys() == CLOSES.keys() | OWN_END
    assert {kind for kind, still in undecided.STILL.items() if not still} == OWN_END - {NumberChange}


def _may_list(kind: ListKind, user: User, row: Any) -> bool:
    """Say whether the rows of a list are of a proposal's model: no other can have it."""
    if kind not in of_model:
        of_model[kind] = None if isinstance(kind, LateKind) else kind.find(user, END).model
    return of_model[kind] in (None, type(row))


def _stands_on_lists(scene: Scene, row: Any, act: str, at: Any) -> set[str]:
    """Return where a proposal is listed, counted, shown or offered to anybody."""
    found = {one.key for one in awaited.AWAITED if one.model is type(row) and one.rows(at).filter(pk=row.pk)}
    kinds = {one.key for one in awaited.AWAITED if one.model is type(row)}
    found |= {"late" for key, pk, _since in awaited.late_anywhere(at, 1) if key in kinds and pk == row.pk}
    users = [user for user in User.objects.filter(is_active=True) if user.is_staff and user.may(act)]
    for user in users:
        lists = worklists(user, at, limit=50, kinds=[kind for kind in KINDS if _may_list(kind, user, row)])
        found |= {one.key for one in lists for item in one.rows if item.about == row}
    if not isinstance(row, MassHold):
        person = _person(row)
        found |= {"page" for one in pending(person, at=at) if one.key == act}
        decides = [one for one in PERSON_OPERATIONS if one.act == act]
        found |= {"offered" for one in decides for user in users if may(one, person, by=user, at=at)}
    return found


@pytest.mark.parametrize(**by_act)
def test_it_leaves_every_list_and_cannot_be_approved_once_what_it_is_about_has_closed(scene: Scene, pair):
    row = fresh(pair.propose(scene))
    waits = _stands_on_lists(scene, row, pair.act, END - timedelta(days=4))
    assert "late" in waits and len(waits) > 1
    with reading():  # a page asks first which kinds wait at all
        assert _stands_on_lists(scene, row, pair.act, END - timedelta(days=4)) == waits
    CLOSES[type(row)](scene, row)
    assert not _stands_on_lists(scene, row, pair.act, ASKED)
    by = scene.cast[pair.decider]
    refused(Refusal, pair.decide, fresh(row), approve=True, by=by, at=ASKED)
    if not isinstance(row, MassHold | Erasure):
        assert awaited.has_lapsed(_person(row), pair.act)


def test_a_death_taken_back_lets_a_transfer_wait_again(scene: Scene):
    pair = next(pair for pair in PAIRS if pair.act == "person.accept_transfer")
    row = fresh(pair.propose(scene))
    _died(scene, row)
    scene.death_taken_back(_person(row), at=ASKED)
    pair.decide(fresh(row), approve=True, by=scene.cast[pair.decider], at=ASKED + timedelta(hours=1))
    assert fresh(row).decision == "APPROVED"


def test_what_lapsed_can_be_sent_back(scene: Scene):
    pair = next(pair for pair in PAIRS if pair.act == "order.decide_elsewhere")
    row = fresh(pair.propose(scene))
    _died(scene, row)
    fields = {"approve": False, "answer": "已死亡", "by": scene.cast[pair.decider], "at": ASKED}
    pair.decide(fresh(row), **fields)
    assert fresh(row).decision == "REFUSED"


def test_a_reversal_that_lapsed_stands_in_no_other_ones_way(scene: Scene):
    person = scene.person()
    for number in (1, 2):
        at = later(days=3 * number)
        case = scene.clinical(fresh(person), "SUSPECTED", at=at)
        report = scene.exit_reported(case, "EXCLUDED", at=at)
        exits.enter(fresh(report), by=scene.cast.group_xinchang, at=at)
        asked = scene.exit_asked_back(fresh(case), at=at + timedelta(hours=1))
        if number == 1:
            _voided(scene, fresh(case))
    exit_reversals.decide(fresh(asked), approve=True, by=scene.cast.cdc_xinchang, at=ASKED)
    assert colour(person, ASKED + timedelta(hours=1)) == "RED"


def test_a_number_is_corrected_of_somebody_who_died_meanwhile(scene: Scene):
    pair = next(pair for pair in PAIRS if pair.act == "person.decide_number")
    row = fresh(pair.propose(scene))
    _died(scene, row)
    assert {"numbers", "page", "offered"} <= _stands_on_lists(scene, row, pair.act, ASKED)
    pair.decide(fresh(row), approve=True, by=scene.cast[pair.decider], at=ASKED)
    assert fresh(row).decision == "APPROVED"


@pytest.mark.parametrize(("asked", "listed"), [("PENDING", False), ("LAPSED", True), ("REFUSED", False)])
def test_the_list_of_records_says_of_what_lapsed_that_it_does_not_wait(scene: Scene, rf, asked, listed):
    pair = next(pair for pair in PAIRS if pair.act == "person.accept_transfer")
    row, request = fresh(pair.propose(scene)), rf.get("/")
    request.user = scene.cast.community_yulin
    page = admin.site.get_model_admin(Transfer)
    before = page.get_queryset(request).get(pk=row.pk)
    assert str(page.decision_words(before)) == before.get_decision_display()
    _died(scene, row)
    rows = page.get_queryset(request)
    assert page.decision_words(rows.get(pk=row.pk)) == LAPSED_WORDS
    kept = DecisionFilter(request, {"decision": [asked]}, Transfer, page).queryset(request, rows)
    assert kept.filter(pk=row.pk).exists() == listed
