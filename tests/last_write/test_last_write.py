"""Every service breaks at its last write, and nothing was stored."""

import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from django.db import connection, transaction

from cases.services import area_index
from cases.services.areas import presences, returning
from cases.services.book import adoption
from cases.services.deliveries import batches, receiving, undone_areas, undone_results
from cases.services.engine import (
    appending,
    carrying,
    codes,
    counting,
    fall_holds,
    falling,
    holds,
    in_force,
    index_cases,
    lapsing,
    locking,
    mass,
    mass_admission,
    mass_closing,
    mass_orders,
    needs,
    officers,
    orders,
    parting,
    repeats,
    reversing,
    second_person,
    standing_again,
    tracks,
    waiting_again,
)
from cases.services.engine.refusals import Refusal
from cases.services.gates import checks, venues
from cases.services.grounds import document_register, freed_contacts, releases
from cases.services.persons import asking, erasure, lookups, numbers, people
from cases.services.samples import amendments, corrections, declarations, results, tubes
from complaints.services import drafts, following, outbox, registration, steps
from healthcode.core.offices import (
    account_sets,
    accounts,
    confirmations,
    directory,
    open_sessions,
    refused_access,
    registry,
    second_factor,
    sessions,
    tokens,
    tries,
)
from healthcode.core.offices.api import idempotency
from healthcode.portal.recurring import anchors, retention, ticking
from healthcode.portal.seals import checking
from healthcode.portal.seals import pages as seal_pages
from healthcode.portal.signs import board
from healthcode.portal.signs import pages as sign_pages
from tests import last_write
from tests.cases.scenes import Scene, stored
from tests.last_write.scenario import Scenarios
from tests.last_write.writers import writers

pytestmark = pytest.mark.every_row  # each act brings statements of its own

ROOMS = [
    found.name
    for found in iter_modules(last_write.__path__)
    if not found.name.startswith(("test_", "conftest"))
]
SCENARIOS: Scenarios = {
    key: made
    for room in ROOMS
    for key, made in getattr(import_module(f"tests.last_write.{room}"), "SCENARIOS", {}).items()
}
WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH\b.*\b(INSERT|UPDATE|DELETE))\b", re.IGNORECASE | re.DOTALL)

# Writers without a scenario of their own, by the reason.
HELPERS: dict[str, set[Any]] = {
    "a part of acts that are listed, inside their transaction": {
        adoption.adopt_next, appending.append, area_index.follow, area_index.follow_order, codes.lock,
        codes.turning, erasure.expire,
        falling.answer, needs.serve,
        standing_again.end_what_it_opened, standing_again.record_falls, standing_again.wait,
        standing_again.fall_late, standing_again.give_way, standing_again.turn_again,
        falling.reached, falling.stand_again, amendments.withdraw_delivered,
        fall_holds.needed, counting.hold_of, reversing.decide, reversing.propose, falling.answer_each,
        freed_contacts.come_back, index_cases.follow, index_cases.move,
        falling.ask_tracks, returning.bring_back, batches.keep_repeats, presences.store,
        releases.receive_again, repeats.carry_over,
        document_register.store, lapsing.lapse, lapsing.shorten, lapsing.withdraw,
        waiting_again.let_wait, carrying.let_wait_again, waiting_again.report_infections,
        following.catch_up, counting.count_alone, holds.needed, in_force.admit, in_force.change, in_force.hold,
        people.accept_name, tracks.claim, tracks.claim_all, tracks.give_back, tracks.match, tracks.match_again,
        mass_admission.admit,
        lookups.open_to, mass.open_on, numbers.begin, officers.reassign, orders.arrange, orders.close,
        orders.close_all, orders.issue_monitoring, orders.order_unplanned, orders.resume_monitoring, parting.part,
        mass_orders.issue_all, mass_orders.arrange_after, mass_orders.arrange_all, mass_orders.let_go,
        mass.analyse, mass.lock, mass.note_colours, mass_closing.closing,
        outbox.answer, presences.keep, presences.record, registration.create, registration.number,
        corrections.withdraw_all, undone_results.undo, locking.lock_all,
        undone_areas.send_back, undone_areas.propose_opposites,
        tubes.read_alone, results.write, second_person.decide,
        results.end_tested, declarations.open_fever, declarations.bear_fever_anew,
        second_person.write, steps.locked, second_factor.remove, accounts.end_passkeys,
        account_sets.grant_all, registry.open_all, venues.open_all,
    },
    "a part of checks that are listed, whose rows it writes together": {checks.settle},
    "the line of a refusal, which is all they write": {
        tries.require_own_password, confirmations.require, directory.finish,
        asking.record_refused, asking.require_within_limit, lookups.within_reach,
    },
    "a session's own marks, of which the ledger says nothing": {
        sessions.begin, sessions.prove, sessions.is_over, open_sessions.begin, open_sessions.closed,
        open_sessions.change_key, open_sessions.follow, open_sessions.note_use,
    },
    "one statement, of what is counted again": {board.count},
    "one statement": {tokens.note_use, accounts.system, drafts.forget_old, outbox.retry, receiving.forget_broken},
    "keeps pieces that are nobody's until an act takes them, and that are forgotten otherwise": {receiving.store},
    "set up once, with nothing to go back to": {accounts.bootstrap},
    "reads all, and writes once at its end": {checking.run},
    "claims a message by a commit of its own, so that after a crash it is sent again": {outbox.deliver},
    "calls an act that is listed, if it was not done today": {anchors.daily, retention.daily},
    "runs steps that each commit by themselves": {ticking.tick, retention.apply, refused_access.write_down},
    "what it wrote says where to look: broken off, it goes on from there": {area_index.gather},
    "a page or an answer around an act that is listed": {
        idempotency.once, seal_pages.checkpoint, seal_pages.seals, seal_pages.sheet,
        seal_pages.verify, sign_pages.signs,
    },
}  # fmt: skip


class Broken(Exception):
    pass


class LastWrite:
    """Counts the statements that write, and raises instead of one of them."""

    def __init__(self, breaks_at: int = 0) -> None:
        self.count, self.breaks_at = 0, breaks_at

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITE.match(sql):
            self.count += 1
            if self.count == self.breaks_at:
                raise Broken
        return execute(sql, params, many, context)


def name_of(key: Any) -> str:
    service, case = key if isinstance(key, tuple) else (key, "")
    return f"{service.__module__.rpartition('.')[2]}.{service.__name__} {case}".strip()


@pytest.mark.parametrize("key", SCENARIOS, ids=name_of)
def test_a_service_that_breaks_at_its_last_write_stores_nothing(scene: Scene, key):
    act, rehearsal = SCENARIOS[key](scene), LastWrite()
    with transaction.atomic():
        with connection.execute_wrapper(rehearsal):
            act()
        transaction.set_rollback(True)
    assert rehearsal.count
    # A second time in the same hands; where the rehearsal left rows in them of which nothing is to do, in fresh ones.
    assert stored_nothing(act, rehearsal.count) or stored_nothing(SCENARIOS[key](scene), rehearsal.count)


def stored_nothing(act: Callable[[], Any], breaks_at: int) -> bool:
    """Break an act at a write, and see that nothing was stored; return whether it got that far."""
    before = stored()
    try:
        with connection.execute_wrapper(LastWrite(breaks_at)):
            act()
    except Broken:
        # The database saw no fault: what it holds now is what an act outside any transaction would leave.
        connection.needs_rollback = False
        assert stored() == before
        return True
    except Refusal:
        connection.needs_rollback = False
    return False


def test_every_service_that_writes_has_a_scenario_or_a_reason():
    named = {key[0] if isinstance(key, tuple) else key for key in SCENARIOS}
    found = set(writers())
    reasons = set().union(*HELPERS.values())
    assert sorted(name_of(one) for one in found - named - reasons) == []
    assert sorted(name_of(one) for one in (reasons - found) | (reasons & named)) == []
