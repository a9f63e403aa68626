"""Nothing gets stuck: one worker has a delivery at a time, and work that breaks ends where somebody sees it."""

import pytest

from cases.feeds import applying, deliveries
from cases.feeds.leases import claim
from cases.models import Batch, Case
from cases.selectors import worklists
from cases.services.deliveries import batches, receiving
from cases.services.deliveries.batches import DeliveryNotWaiting
from cases.services.engine.refusals import NotAllowed
from healthcode.core.acts import leases
from healthcode.core.audit.models import Event
from tests.cases.scenes import Scene, T, fresh, later, refused
from tests.factories import delivered, sealed

from .conftest import HEADINGS, ground

OVERSEAS = "近14天内有境外旅居史"


class Unforeseen(Exception):
    """What no code expects."""


def content_of(scene: Scene, number: int = 3) -> bytes:
    rows = [ground(scene.person(), f"S{n}", OVERSEAS) for n in range(number)]
    return sealed("\n".join((HEADINGS["GROUNDS"], *rows)))


def confirmed(scene: Scene, number: int = 3) -> Batch:
    by = scene.cast.province
    batch = delivered(content_of(scene, number), kind="GROUNDS", by=by, at=T, confirmed=False)
    return batches.confirm(batch, by=by, at=T)


def work(batch: Batch, minutes: float = 1) -> Batch:
    return deliveries.work(batch, clock=lambda: later(minutes=minutes))


@pytest.fixture
def broken(monkeypatch):
    """Let every row after the first `good` ones be an error that nobody foresaw; None mends it."""
    take, state = applying.apply_row, {"good": None, "calls": 0}

    def apply_row(*args):
        state["calls"] += 1
        if state["good"] is not None and state["calls"] > state["good"]:
            raise Unforeseen
        return take(*args)

    monkeypatch.setattr(applying, "apply_row", apply_row)
    monkeypatch.setattr(applying, "CHUNK", 1)

    def set_good(good):
        state.update(good=good, calls=0)

    return set_good


@pytest.fixture
def failed(scene: Scene, broken) -> Batch:
    """A delivery of three rows of which one was applied."""
    batch = confirmed(scene)
    broken(1)
    work(batch)
    broken(0)
    return work(batch)


def test_a_delivery_that_one_worker_has_is_not_begun_by_a_second(scene: Scene):
    batch = confirmed(scene)
    assert claim(batch, clock=lambda: T) is not None
    assert (work(batch).state, Case.objects.count()) == ("APPLYING", 0)


def test_a_lease_that_ran_out_is_taken_over_and_the_first_worker_stops(scene: Scene):
    batch = confirmed(scene)
    lease = claim(batch, clock=lambda: T)
    done = work(batch, minutes=6)
    assert (done.state, done.accepted) == ("APPLIED", 3)
    with pytest.raises(leases.TakenOver):
        lease.renew()


def test_a_worker_that_was_overtaken_applies_no_row_more(scene: Scene, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 1)
    batch, counted = confirmed(scene), deliveries._count

    def counted_then_overtaken(lease, *args):
        counted(lease, *args)
        Batch.objects.filter(pk=batch.pk).update(claims=99)

    monkeypatch.setattr(deliveries, "_count", counted_then_overtaken)
    assert (work(batch).state, Case.objects.count()) == ("APPLYING", 1)


def test_a_lease_is_given_back_when_the_work_is_done(scene: Scene):
    assert work(confirmed(scene)).claimed_until is None


def test_an_unforeseen_error_is_tried_once_more_and_then_ends_the_work(scene: Scene, broken, caplog):
    batch = confirmed(scene)
    broken(0)
    assert work(batch).state == "APPLYING"
    assert work(batch).state == "FAILED"
    assert f"delivery {batch.pk} " in caplog.text
    assert Event.objects.filter(action="batch.given_up", target=f"batch:{batch.pk}").count() == 1
    broken(None)
    assert work(batch).state == "FAILED"  # the timer does not begin it again


def test_rows_that_were_counted_in_between_give_it_another_two_tries(scene: Scene, broken):
    batch = confirmed(scene)
    for _try in range(2):
        broken(1)  # each worker gets one row further
        assert work(batch).state == "APPLYING"


def test_an_error_while_a_file_is_checked_ends_the_work_too(scene: Scene, broken):
    broken(0)
    batch = delivered(content_of(scene), kind="GROUNDS", by=scene.cast.province, at=T)
    assert work(batch).state == "FAILED"


def test_workers_that_are_gone_without_a_word_are_counted(scene: Scene):
    batch = confirmed(scene)
    for number in range(leases.DEATHS):
        claim(batch, clock=lambda n=number: later(hours=n))
    assert work(batch, minutes=60 * 24).state == "FAILED"


def test_a_database_that_is_away_is_no_fault_of_the_delivery(scene: Scene, broken, monkeypatch):
    batch = confirmed(scene)
    broken(0)
    monkeypatch.setattr(leases.outages, "cannot_write", lambda error: True)
    for _try in range(3):
        with pytest.raises(Unforeseen):
            work(batch)
    assert (fresh(batch).state, fresh(batch).claimed_until) == ("APPLYING", None)


def listed_at(user) -> set[str]:
    return {one.key for one in worklists.worklists(user, later(hours=1))}


def test_a_failed_delivery_is_on_its_senders_and_the_bureaus_list(scene: Scene, failed: Batch):
    assert failed.state == "FAILED"
    assert [
        "failed" in listed_at(scene.cast[name]) for name in ("province", "bureau.one", "hospital.city")
    ] == [True, True, False]


@pytest.mark.parametrize("username", ["province", "bureau.one"])
def test_what_a_failed_delivery_applied_is_taken_back(scene: Scene, failed: Batch, username):
    assert (failed.applied, Case.objects.open().count()) == (1, 1)
    fields = {"by": scene.cast[username], "at": later(hours=1)}
    refused(DeliveryNotWaiting, batches.cancel, failed, **fields)
    undo = batches.propose_undo(failed, reason="停止", **fields)
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    assert (fresh(failed).state, Case.objects.open().count()) == ("UNDONE", 0)


def test_a_failed_delivery_of_which_nothing_was_applied_is_withdrawn(scene: Scene, broken):
    broken(0)
    batch = work(delivered(content_of(scene), kind="GROUNDS", by=scene.cast.province, at=T))
    fields = {"at": later(hours=1)}
    refused(NotAllowed, batches.cancel, batch, by=scene.cast.hospital_city, **fields)
    refused(DeliveryNotWaiting, batches.propose_undo, batch, reason="x", by=scene.cast.province, **fields)
    assert batches.cancel(batch, by=scene.cast.bureau_one, **fields).state == "CANCELLED"


def test_the_same_file_sent_again_goes_on_where_the_failed_one_stopped(scene: Scene, broken):
    content, by = content_of(scene), scene.cast.province
    batch = delivered(content, kind="GROUNDS", by=by, at=T, confirmed=False)
    batches.confirm(batch, by=by, at=T)
    broken(1)
    work(batch)
    broken(0)
    assert work(batch).state == "FAILED"
    broken(None)
    again = delivered(content, kind="GROUNDS", by=by, at=later(hours=1))
    assert (again.pk, again.state, again.accepted, again.tries) == (batch.pk, "APPLIED", 3, 0)
    assert Event.objects.filter(action="batch.resumed").count() == 1


def test_an_upload_that_broke_off_is_forgotten_after_a_day(scene: Scene):
    receiving.store([b"x"], at=T)
    taken, _is_new = receiving.receive(
        receiving.store([b"y"], at=T), kind="GROUNDS", file_name="y", by=scene.cast.province, at=T
    )
    fields = {"by": scene.cast.province}
    assert receiving.forget_broken(at=later(hours=23), **fields) == 0
    assert receiving.forget_broken(at=later(hours=25), **fields) == 1
    assert taken.parts.count() == 1
