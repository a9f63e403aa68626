"""Sealing: every committed event gets one place, whatever the order of the commits and however many sealers."""

import base64
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from healthcode.core.audit import checkpoints, ledger, sealing
from healthcode.core.audit.models import Event, Leaf, Seal
from healthcode.portal.recurring import ticking
from tests.cases.scenes import T

OTHER_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
POSTGRESQL = connection.vendor == "postgresql"


def write(cast: Any, count: int = 1) -> None:
    entries = [ledger.Entry("person.viewed", f"person:{number}") for number in range(count)]
    ledger.record_all(entries, by=cast.cdc_xinchang, at=T)


def places() -> list[tuple[int, int]]:
    return list(Leaf.objects.order_by("index").values_list("index", "event"))


def in_order() -> list[tuple[int, int]]:
    return list(enumerate(Event.objects.order_by("pk").values_list("pk", flat=True)))


def test_every_event_gets_its_place_in_a_row_without_gaps(cast):
    write(cast, 3)
    sealing.seal(at=T)
    write(cast, 2)
    sealing.seal(at=T)
    assert places() == in_order()


def test_a_seal_has_the_root_of_the_leaves_and_names_the_seal_before(cast):
    write(cast, 3)
    first = sealing.seal(at=T)
    write(cast)
    second = sealing.seal(at=T)
    assert second.previous == sealing.checkpoint_of(first).digest
    assert first.previous == checkpoints.FIRST and second.size == first.size + 1


def test_with_nothing_new_there_is_no_new_seal(cast):
    write(cast)
    assert sealing.seal(at=T) and sealing.seal(at=T) is None
    assert Seal.objects.count() == 1


def test_seals_do_not_go_back_in_time(cast):
    write(cast)
    first = sealing.seal(at=T)
    write(cast)
    assert sealing.seal(at=T - timedelta(days=1)).at_us == first.at_us + 1


def test_the_checkpoint_is_a_signed_note_that_is_read_back(cast):
    write(cast)
    checkpoint = sealing.checkpoint_of(sealing.seal(at=T))
    origin, size, root, *_more = checkpoint.note.splitlines()
    assert (origin, size, len(base64.b64decode(root))) == (checkpoint.origin, str(checkpoint.size), 32)
    assert checkpoints.parse(f"Dear Sirs,\r\n{checkpoint.note}\r\n-- \r\nthe portal") == [checkpoint]
    assert checkpoint.is_signed


def test_another_key_does_not_count_until_it_is_named(cast, settings):
    write(cast)
    checkpoint = sealing.checkpoint_of(sealing.seal(at=T))
    key = checkpoints.public_key()
    settings.SEAL_KEY = OTHER_KEY
    assert not checkpoint.is_signed
    settings.SEAL_RETIRED_KEYS = [key]
    assert checkpoint.is_signed


def test_a_retired_key_is_followed_by_the_new_one_in_the_same_chain(cast, settings):
    write(cast)
    sealing.seal(at=T)
    settings.SEAL_RETIRED_KEYS, settings.SEAL_KEY = [checkpoints.public_key()], OTHER_KEY
    write(cast)
    assert sealing.checkpoint_of(sealing.seal(at=T)).is_signed


def test_nothing_is_sealed_on_top_of_a_seal_that_was_not_signed_here(cast, settings):
    write(cast)
    sealing.seal(at=T)
    settings.SEAL_KEY = OTHER_KEY
    write(cast)
    with pytest.raises(sealing.BrokenChain):
        sealing.seal(at=T)


def test_a_text_without_a_checkpoint_is_told():
    with pytest.raises(checkpoints.NotACheckpoint):
        checkpoints.parse("healthcode/3306\n12\nnot a root\n")


def test_the_command_prints_the_checkpoint_and_the_public_key(cast, capsys):
    write(cast)
    call_command("seal_audit")
    assert checkpoints.parse(capsys.readouterr().out) == [sealing.latest()]
    call_command("seal_audit", key=True)
    assert capsys.readouterr().out.strip() == checkpoints.public_key()


def test_the_timer_seals(cast):
    write(cast)
    (step,) = (step for step in ticking.STEPS if step.name == "events sealed")
    (ticked,) = ticking.tick(at=T, steps=(step,))
    assert (ticked.failed, ticked.done) == (False, Leaf.objects.count())


def test_sealers_at_the_same_moment_give_each_event_one_place(transactional_db, cast, together):
    write(cast, 50)
    outcomes = together(*[lambda: sealing.seal(at=T)] * 4)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert places() == in_order()


def test_writers_and_sealers_together_lose_nothing(transactional_db, cast, together):
    actor = cast.cdc_xinchang

    def writer():
        for _ in range(10):
            ledger.record("person.viewed", about="person:1", by=actor, at=T)

    def sealer():
        for _ in range(10):
            sealing.seal(at=T)

    outcomes = together(writer, sealer, writer, sealer)
    sealing.seal(at=T)
    assert [one for one in outcomes if one is not None] == []
    assert sorted(event for _index, event in places()) == [event for _index, event in in_order()]
    assert [index for index, _event in places()] == list(range(len(in_order())))


@pytest.mark.skipif(not POSTGRESQL, reason="On SQLite writers queue: nothing commits late")
def test_an_event_that_commits_after_later_ones_were_sealed_is_sealed_next(transactional_db, cast):
    actor, written, go_on = cast.cdc_xinchang, threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            ledger.record("person.viewed", about="late:1", by=actor, at=T)
            written.set()
            go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=late)
    thread.start()
    written.wait(20)
    write(cast, 3)
    sealed = sealing.seal(at=T).size
    go_on.set()
    thread.join()
    late_event = Event.objects.get(target="late:1")
    assert (
        not Leaf.objects.filter(event=late_event.pk).exists()
        and late_event.pk < Event.objects.latest("pk").pk
    )
    sealing.seal(at=T)
    assert Leaf.objects.get(event=late_event.pk).index == sealed


@pytest.mark.skipif(not POSTGRESQL, reason="Only PostgreSQL numbers transactions")
def test_a_ledger_moved_to_a_younger_cluster_goes_on(cast):
    write(cast)
    last = sealing.seal(at=T)
    from healthcode.core.audit import triggers

    connection.check_constraints()
    triggers.drop(connection)
    Seal.objects.filter(pk=last.pk).update(
        watermark=2**40
    )  # the transactions there are numbered from the beginning
    write(cast)
    assert sealing.seal(at=T).size == last.size + 1
