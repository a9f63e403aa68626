"""Checks at doors are sealed by the batch: whatever is done to one of them afterwards is found."""

import json
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction

from cases.models import GateCheck
from cases.services.persons import erasure
from healthcode.core.audit import (
    batch_sums,
    batched,
    batches,
    ledger,
    triggers,
    verifying_batches,
    watermarks,
)
from healthcode.core.audit.batches import SEALED
from healthcode.core.audit.models import Event
from healthcode.core.audit.verifying import Verification
from healthcode.core.offices import accounts
from healthcode.portal.recurring import ticking
from tests.audit.sealed_checks import found, rows, seal, sealed
from tests.cases.scenes import DUE, T, later
from tests.factories import DivisionFactory, guarded

POSTGRESQL = connection.vendor == "postgresql"


def unguarded():
    triggers.drop(connection)


# --- what is sealed -----------------------------------------------------------------------------------------
def test_a_batch_is_one_event_with_bounds_count_and_root(five):
    first, second = sealed()
    assert (first.count, first.first, first.last) == (3, five[0].pk, five[2].pk)
    assert (second.count, second.first, second.last) == (2, five[3].pk, five[4].pk)
    assert (first.serial, second.serial, first.window.ends) == (1, 2, second.window.begins)
    assert len(first.root) == 64 and first.window.system == second.window.system
    assert bool(first.window.system) is POSTGRESQL


def test_a_check_has_no_event_of_its_own(five):
    assert not Event.objects.filter(target__startswith="gatecheck:").exists()
    assert not Event.objects.filter(action="gate.checked").exists()


def test_with_nothing_new_there_is_no_new_batch(five):
    assert seal(later(hours=1)) == 0 and len(sealed()) == 2


def test_each_day_has_batches_of_its_own(checked):
    checked(T)
    checked(later(days=1))
    assert seal(later(days=1)) == 2
    assert [one.day for one in sealed()] == ["2026-11-02", "2026-11-03"]
    assert sealed()[0].window == sealed()[1].window and found() == []


def test_the_timer_seals_checks_before_events(checked):
    checked()
    names = [step.name for step in ticking.STEPS]
    assert names.index("checks at doors sealed by the batch") < names.index("events sealed")
    (step,) = (one for one in ticking.STEPS if one.work is batches.seal)
    assert ticking.tick(at=T, steps=(step,))[0].done == 1


def test_checks_that_a_version_from_before_wrote_are_in_a_batch_too(checked):
    old = checked(reason="住校学生")
    unguarded()
    rows(old.pk).update(hash=None, via="", salt="", commitment="")
    seal()
    assert found() == []
    rows(old.pk).update(passed=False, why="RED", colour="RED")
    assert found() == ["batch_differs"]


@pytest.mark.skipif(not POSTGRESQL, reason="On SQLite writers queue: nothing commits late")
def test_a_check_that_commits_after_later_ones_were_sealed_is_sealed_next(checked):
    written, go_on = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            checked(later(minutes=1))
            written.set()
            go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=late)
    thread.start()
    written.wait(20)
    checked(later(minutes=2))
    assert seal(later(minutes=3)) == 0  # nothing that was written beside an open transaction
    go_on.set()
    thread.join()
    assert seal(later(minutes=4)) == 2 and found() == []


def test_writers_and_sealers_together_lose_no_check(checked, together):
    def writer():
        for minute in range(6):
            checked(later(minutes=minute))

    def sealer():
        for minute in range(6):
            seal(later(minutes=minute))

    outcomes = together(writer, sealer, writer, sealer)
    seal(later(hours=1))
    assert [one for one in outcomes if one is not None] == []
    assert sum(one.count for one in sealed()) == 12 and found() == []


@pytest.mark.skipif(not POSTGRESQL, reason="Only PostgreSQL numbers transactions")
@pytest.mark.parametrize("ahead", [True, False])
def test_a_table_moved_to_another_cluster_goes_on(checked, monkeypatch, ahead):
    if not ahead:  # the cluster of before had counted further
        monkeypatch.setitem(watermarks.BEHIND, "postgresql", f"SELECT {2**40}")
    first = checked(T)
    seal(T)
    late = checked(later(minutes=1))
    unguarded()
    if not ahead:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_gatecheck SET transaction = %s WHERE id = %s", [2**40 + 5, late.pk])
    monkeypatch.undo()
    monkeypatch.setitem(watermarks.SYSTEM, "postgresql", "SELECT 'another'")
    checked(later(minutes=2))
    assert seal(later(minutes=3)) == 2 and found() == []
    assert sealed()[-1].window.system == "another" and sealed()[-1].window.above >= first.pk
    checked(later(minutes=4))
    assert seal(later(minutes=5)) == 1 and found() == []
    rows(first.pk).update(venue=guarded("THEATRE"))
    assert found() == ["row_changed"]


# --- what is found ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"passed": True, "why": "ADMITTED"}, {"at": later(seconds=1)}, {"via": "token:1"},
                                    {"temperature": Decimal("36.4")}, {"reason": "别的"}], ids=str)  # fmt: skip
def test_a_check_that_was_changed_is_named(five, change):
    assert all(getattr(five[3], name) != value for name, value in change.items())
    rows(five[3].pk).update(**change)
    (finding,) = Verification().findings()
    assert finding.kind == "row_changed" and finding.values["key"] == five[3].pk


def test_a_check_that_was_changed_and_hashed_anew_is_found_by_its_batch(five):
    five[1].via = "token:1"
    leaf = batched.hash_of(batched.fields_of(five[1]))
    rows(five[1].pk).update(via="token:1", hash=leaf)
    (finding,) = Verification().findings()
    assert finding.kind == "batch_differs" and str(sealed()[0].event) in str(finding)


def test_a_reason_that_was_written_anew_is_found(five):
    assert five[0].commitment
    rows(five[0].pk).update(reason="陪读")
    assert found() == ["row_changed"]


def test_a_check_that_was_deleted_is_found(five):
    rows(five[4].pk)._raw_delete("default")
    assert found() == ["batch_differs"]


def test_a_batch_of_which_every_check_was_deleted_is_found(five):
    rows(*(one.pk for one in five[:3]))._raw_delete("default")
    assert found() == ["batch_differs"]


def _copy(check: GateCheck, **fields: Any) -> GateCheck:
    """Write another check as the database's owner can: hashed, wherever in the table."""
    values = {field.attname: getattr(check, field.attname) for field in check._meta.concrete_fields}
    forged = GateCheck(**{**values, "hash": None, "salt": "", "commitment": "", "reason": "", **fields})
    batched.prepare(forged)
    forged.save(force_insert=True)
    return forged


def _put_back(forged: GateCheck, beside: GateCheck) -> None:
    """Give a forged check the transaction of one that was sealed."""
    if POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE cases_gatecheck SET transaction = (SELECT transaction FROM cases_gatecheck WHERE id = %s)"
                " WHERE id = %s",
                [beside.pk, forged.pk],
            )


@pytest.mark.parametrize("days", [0, 1])
def test_a_check_that_was_inserted_is_found(five, days):
    gone = five[1].pk
    rows(gone)._raw_delete("default")
    forged = _copy(five[0], pk=gone, at=later(days=days, seconds=7))
    _put_back(forged, five[0])
    assert set(found()) == ({"batch_differs"} if days == 0 else {"batch_differs", "rows_slipped_in"})


@pytest.mark.skipif(not POSTGRESQL, reason="On SQLite a place is a key")
@pytest.mark.parametrize("days", [0, 1])
def test_a_check_that_was_inserted_among_sealed_transactions_is_found(five, days):
    forged = _copy(five[0], pk=None, at=later(days=days, seconds=7))
    _put_back(forged, five[0])
    assert found() == ["batch_differs" if days == 0 else "rows_slipped_in"]


@pytest.mark.skipif(not POSTGRESQL, reason="On SQLite keys begin at one")
def test_a_check_from_before_all_transactions_is_found(five):
    forged = _copy(five[0], pk=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_gatecheck SET transaction = -1 WHERE id = %s", [forged.pk])
    (finding,) = Verification().findings()
    assert finding.kind == "rows_slipped_in" and str(forged.pk) in str(finding)


def test_two_checks_that_changed_places_are_found(five):
    first, second = five[0], five[1]
    spare = 10**6
    for key, new in ((first.pk, spare), (second.pk, first.pk), (spare, second.pk)):
        rows(key).update(id=new)
    assert found().count("row_changed") == 2


def test_a_batch_whose_event_was_invented_does_not_follow(five):
    last = Event.objects.filter(action=SEALED).latest("pk")
    body = json.loads(last.body)
    forged = {**body, "serial": 9, "begins": body["ends"] + 5, "ends": body["ends"] + 9}
    ledger.record(SEALED, about=GateCheck, by=accounts.system(at=T), at=later(hours=1), **forged)
    assert set(found()) == {"batch_astray", "batch_differs"}


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite cannot hash")
@pytest.mark.parametrize("change", [{}, {"passed": False, "why": "RESTRICTED"}, {"reason": "别的"}, {"salt": "0"},
                                    {"hash": b"0" * 32}, {"hash": None}, {"at": later(days=1)}, {"mask": True},
                                    {"via": 'token:"'}], ids=str)  # fmt: skip
def test_postgresql_tells_by_itself_whether_a_window_fits(five, change):
    first = sealed()[0]
    rows(five[1].pk).update(**change)
    assert batch_sums.fit(GateCheck, first.window, [first], upto=None) is (change == {})


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite cannot hash")
def test_what_postgresql_hashes_is_what_a_row_hashes_of_whatever_kind(checked, monkeypatch):
    with_mask, bare = checked(), checked(later(microseconds=1))
    by_device = _copy(with_mask, pk=None, via="token:17", mask=True, at=later(microseconds=999_999))
    elsewhere = {"person": None, "issuer": DivisionFactory(code="31"), "follows": bare, "temperature": 38}
    _copy(by_device, pk=None, **elsewhere, colour="YELLOW", why="FEVER", passed=False)
    seal()
    monkeypatch.setattr(batches, "leaves_in", None)
    monkeypatch.setattr(verifying_batches, "leaves_in", None)
    assert found() == []


# --- what may go --------------------------------------------------------------------------------------------
def test_the_words_of_somebody_erased_are_gone_and_the_batch_fits(scene, checked):
    check = checked(reason="住校学生", person=scene.person())
    seal()
    asked = erasure.propose(
        check.person, reason="本人申请", by=scene.cast.bureau_one, at=DUE + timedelta(days=1)
    )
    erasure.approve(asked, by=scene.cast.bureau_two, at=DUE + timedelta(days=1))
    check.refresh_from_db()
    assert (check.reason, check.salt) == ("", "") and check.commitment and found() == []


def test_a_dropped_day_is_accepted_and_no_other(five, checked):
    other = checked(later(days=1))
    day, at = T.date(), later(days=91)
    seal(later(days=1))
    rows(*(one.pk for one in five))._raw_delete("default")
    batches.dropped(GateCheck, day, 5, by=accounts.system(at=at), at=at)
    assert found() == []
    rows(other.pk)._raw_delete("default")
    assert found() == ["batch_differs"]


def test_a_check_left_of_a_dropped_day_is_found(five):
    at = later(days=91)
    rows(*(one.pk for one in five[1:]))._raw_delete("default")
    batches.dropped(GateCheck, T.date(), 4, by=accounts.system(at=at), at=at)
    assert found() == ["rows_slipped_in"]


def test_a_day_that_was_dropped_before_its_time_is_found(five):
    rows(*(one.pk for one in five))._raw_delete("default")
    batches.dropped(GateCheck, T.date(), 5, by=accounts.system(at=T), at=later(days=3))
    assert found() == ["dropped_early"]
