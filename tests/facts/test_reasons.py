"""Nothing is sent back, or taken back by one, without words that say why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cases.services import control
from cases.services.book import rulebooks
from cases.services.deliveries import batches
from cases.services.engine.second_person import SentBackWithoutReason
from cases.services.grounds import cases, exits, voids
from cases.services.persons import deaths, erasure, merges, transfers
from cases.services.samples import opinions
from tests.alone.pairs import PAIRS
from tests.alone.proposals import THEN
from tests.cases.scenes import Scene, fresh, later, refused, sample

NO_REASON = ("", "　", "—。")
# Where sending back is an act of its own; everywhere else it is the decision's other answer.
REFUSES: dict[str, Callable[..., Any]] = {
    "person.accept_transfer": transfers.refuse,
    "person.approve_merge": merges.refuse,
    "person.decide_erasure": erasure.refuse,
    "person.confirm_death": deaths.refuse,
    "person.decide_death_withdrawal": deaths.refuse_withdrawal,
    "case.enter_report": lambda case, *, answer, **fields: cases.send_back(case, reason=answer, **fields),
    "case.enter_exit": exits.refuse,
    "case.decide_void": voids.refuse,
    "batch.confirm_brought": lambda batch, *, answer, **fields: batches.send_back(
        batch, reason=answer, **fields
    ),
}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.act for pair in PAIRS])
def test_whoever_sends_something_back_says_why(scene: Scene, pair):
    row, at = fresh(pair.propose(scene)), THEN + timedelta(days=2)
    for words in NO_REASON:
        fields = {"answer": words, "by": scene.cast[pair.decider], "at": at}
        if pair.act in REFUSES:
            refused(SentBackWithoutReason, REFUSES[pair.act], fresh(row), **fields)
        else:
            decide = rulebooks.decide if pair.act == "rulebook.decide" else pair.decide
            refused(SentBackWithoutReason, decide, fresh(row), approve=False, **fields)


@pytest.mark.parametrize("words", NO_REASON)
def test_whoever_takes_a_fact_back_says_why(scene: Scene, words):
    person, cdc = scene.person(), scene.cast.cdc_xinchang
    found = scene.tested(person, at=later(hours=1), outcome="POSITIVE")
    fields = {"by": cdc, "at": later(hours=2)}
    given = opinions.give(found, document="复核意见2026-1号", reason="复阳", **fields)
    again = {"reason": words, "by": cdc, "at": later(hours=3)}
    refused(opinions.OpinionWithoutReason, opinions.withdraw, given, **again)
    scene.overseas(fresh(person), at=later(hours=3))
    scene.relocated(person, at=later(hours=4))
    paper = scene.certified(person, at=later(hours=5), sample=sample(later(hours=2)))
    again = {"reason": words, "by": cdc, "at": later(hours=6)}
    refused(SentBackWithoutReason, control.withdraw_certificate, paper, **again)
