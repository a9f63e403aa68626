"""How each thing that waits for a second person comes to wait, who proposes it and who of the cast could decide it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from cases.models import Case
from cases.services import areas, control
from cases.services.book import rulebooks
from cases.services.deliveries import batches
from cases.services.engine import holds
from cases.services.grounds import (
    cases,
    exit_reversals,
    exits,
    release_reversals,
    self_checks,
    strikes,
    voids,
)
from cases.services.persons import deaths, erasure, merges, numbers, transfers
from cases.services.setup import files
from healthcode.core.offices.models import User
from tests.alone import proposals
from tests.cases.scenes import Scene

Decide = Callable[..., Any]


class Pair(NamedTuple):
    """How something comes to wait for a second person, who proposes it, and who of the cast could decide it."""

    first: str
    act: str
    proposer: str
    decider: str
    propose: Callable[[Scene], Any]
    decide: Decide


def _confirm_brought(batch: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return batches.confirm(batch, by=by, at=at)


def _enter(case: Case, *, approve: bool, by: User, at: datetime) -> Any:
    return cases.enter(case, by=by, at=at)


def _enter_exit(report: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return exits.enter(report, by=by, at=at)


def _yes(decide: Decide) -> Decide:
    return lambda row, *, approve, by, at: decide(row, by=by, at=at)


def _book(book: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return rulebooks.decide(book, approve=True, effective_from=at, by=by, at=at)


PAIRS = (
    Pair(
        "person.correct",
        "person.decide_number",
        "service.xinchang",
        "bureau.one",
        proposals.number,
        numbers.decide,
    ),
    Pair(
        "person.transfer",
        "person.accept_transfer",
        "community.yulin",
        "community.nanming",
        proposals.transfer,
        _yes(transfers.accept),
    ),
    Pair(
        "person.propose_merge",
        "person.approve_merge",
        "bureau.one",
        "bureau.two",
        proposals.merge,
        _yes(merges.approve),
    ),
    Pair(
        "person.propose_erasure",
        "person.decide_erasure",
        "bureau.one",
        "bureau.two",
        proposals.erasure_proposed,
        _yes(erasure.approve),
    ),
    Pair(
        "person.record_death",
        "person.confirm_death",
        "hospital.city",
        "group.xinchang",
        proposals.death,
        _yes(deaths.confirm),
    ),
    Pair(
        "person.withdraw_death",
        "person.decide_death_withdrawal",
        "community.yulin",
        "group.xinchang",
        proposals.withdrawal,
        _yes(deaths.withdraw),
    ),
    Pair("case.report", "case.enter_report", "cdc.xinchang", "group.xinchang", proposals.report, _enter),
    Pair("case.open", "case.decide", "group.xinchang", "duty.xinchang", proposals.held, cases.decide),
    Pair("case.open", "hold.decide", "province", "duty.city", proposals.mass_hold, holds.decide),
    Pair(
        "case.report_exit", "case.enter_exit", "cdc.xinchang", "group.xinchang", proposals.exit, _enter_exit
    ),
    Pair(
        "case.propose_void",
        "case.decide_void",
        "cdc.xinchang",
        "group.xinchang",
        proposals.void_proposed,
        _yes(voids.approve),
    ),
    Pair(
        "case.record_self_check",
        "case.decide_self_check",
        "bureau.one",
        "duty.city",
        proposals.finding,
        self_checks.decide,
    ),
    Pair(
        "case.propose_release",
        "case.decide_release",
        "group.xinchang",
        "duty.xinchang",
        proposals.release,
        voids.decide_release,
    ),
    Pair(
        "order.propose_home",
        "order.decide_home",
        "group.xinchang",
        "duty.xinchang",
        proposals.home,
        control.decide_home,
    ),
    Pair(
        "order.propose_elsewhere",
        "order.decide_elsewhere",
        "group.xinchang",
        "group.city",
        proposals.elsewhere,
        control.decide_elsewhere,
    ),
    Pair(
        "order.record_certificate",
        "order.decide_certificate",
        "group.xinchang",
        "cdc.xinchang",
        proposals.certificate,
        control.decide_certificate,
    ),
    Pair("area.propose", "area.decide", "duty.city", "duty.deputy", proposals.area_proposed, areas.decide),
    Pair(
        "batch.deliver",
        "batch.decide_undo",
        "service.xinchang",
        "duty.city",
        proposals.undo,
        batches.decide_undo,
    ),
    Pair(
        "batch.bring", "batch.confirm_brought", "bureau.one", "duty.city", proposals.brought, _confirm_brought
    ),
    Pair(
        "case.propose_exit_reversal",
        "case.decide_exit_reversal",
        "group.xinchang",
        "cdc.xinchang",
        proposals.exit_reversal,
        exit_reversals.decide,
    ),
    Pair(
        "case.propose_release_reversal",
        "case.decide_release_reversal",
        "group.xinchang",
        "duty.xinchang",
        proposals.release_reversal,
        release_reversals.decide,
    ),
    Pair(
        "order.propose_shorter",
        "order.decide_shorter",
        "group.xinchang",
        "duty.xinchang",
        proposals.shorter,
        control.decide_shorter,
    ),
    Pair(
        "order.propose_transfer_back",
        "order.decide_transfer_back",
        "group.xinchang",
        "group.city",
        proposals.transfer_back,
        control.decide_transfer_back,
    ),
    Pair(
        "person.propose_unmerge",
        "person.decide_unmerge",
        "bureau.one",
        "bureau.two",
        proposals.unmerge,
        merges.decide_undo,
    ),
    Pair(
        "document.propose_strike",
        "document.decide_strike",
        "duty.city",
        "duty.deputy",
        proposals.strike,
        strikes.decide,
    ),
    Pair("setup.prepare", "setup.decide", "admin.one", "admin.two", proposals.setup_prepared, files.decide),
    Pair("rulebook.propose", "rulebook.decide", "policy.city", "duty.city", proposals.proposed_book, _book),
)
