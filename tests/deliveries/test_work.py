"""The work on a delivery: rehearsed, confirmed, applied chunk by chunk, begun again where it broke."""

import pytest

from cases.feeds import applying, deliveries
from cases.models import Batch, Case, RejectedRow, SourceRecord, Transition
from cases.policy.colours import Colour
from cases.selectors.deliveries import progress
from cases.services.deliveries import batches
from cases.services.deliveries.batches import DeliveryNotWaiting, NotYourDelivery
from healthcode.core.audit.models import Event
from healthcode.core.spreadsheets import csv_lines
from tests.cases.scenes import Scene, T, colour, fresh, later, refused
from tests.factories import delivered, resident_number, sealed

from .conftest import HEADINGS, ground


def checked(scene: Scene, *rows: str, by: str = "province") -> Batch:
    content = sealed("\n".join((HEADINGS["GROUNDS"], *rows)))
    return delivered(content, kind="GROUNDS", by=scene.cast[by], at=T, confirmed=False)


def clock():
    return later(minutes=5)


def test_a_preview_says_whose_code_would_turn_where_and_writes_nothing(scene: Scene):
    here, there = scene.person(), scene.person(present="330602001", by=scene.cast.service_yuecheng)
    rows = [ground(one, f"S{n}", "近14天内有境外旅居史") for n, one in enumerate((here, there))]
    batch = checked(scene, *rows, "S9,某人,1,330624001,赋码,近14天内有境外旅居史,2026-11-01,,,")
    assert batch.state == "CHECKED"
    assert (batch.preview["new"], batch.preview["rejected"]) == (2, 1)
    assert [(one["division"], one["to"], one["people"]) for one in batch.preview["turned"]] == [
        ("330602001", "RED", 1),
        ("330624001", "RED", 1),
    ]
    assert not (Case.objects.exists() or Transition.objects.exists() or SourceRecord.objects.exists())


def test_nothing_counts_before_it_is_confirmed(scene: Scene):
    person = scene.person()
    batch = checked(scene, ground(person, "S1", "近14天内有境外旅居史"))
    deliveries.work(batch, clock=clock)
    assert colour(person, later(hours=1)) == Colour.GREEN


def test_a_delivery_is_confirmed_once_and_by_its_own_office(scene: Scene):
    batch = checked(scene, ground(scene.person(), "S1", "近14天内有境外旅居史"))
    batches.confirm(batch, by=scene.cast.province, at=T)
    refused(DeliveryNotWaiting, batches.confirm, batch, by=scene.cast.province, at=T)
    listed = delivered(
        "姓名,证件号码,现居住地区划,赋码原因,起算日期\n".encode(), by=scene.cast.cdc_xinchang, at=T
    )
    refused(NotYourDelivery, batches.propose_undo, listed, reason="x", by=scene.cast.cdc_city, at=T)


def test_a_delivery_that_was_withdrawn_is_not_applied(scene: Scene):
    batch = checked(scene, ground(scene.person(), "S1", "近14天内有境外旅居史"))
    batches.cancel(batch, by=scene.cast.province, at=T)
    refused(DeliveryNotWaiting, batches.confirm, batch, by=scene.cast.province, at=T)


def test_a_machines_delivery_goes_on_without_waiting(scene: Scene):
    person = scene.person()
    content = sealed("\n".join((HEADINGS["GROUNDS"], ground(person, "S1", "近14天内有境外旅居史"))))
    delivered(content, kind="GROUNDS", by=scene.cast.province, at=T, at_once=True, confirmed=False)
    assert colour(person, later(hours=1)) == Colour.RED


class Killed(BaseException):
    """Nobody catches it: the worker is gone."""


@pytest.mark.parametrize("at_row", [0, 1, 2, 3, 4])
def test_a_worker_that_is_gone_at_any_row_leaves_each_row_taken_once(scene: Scene, at_row, monkeypatch):
    persons = [scene.person() for _ in range(5)]
    batch = checked(scene, *(ground(one, f"S{n}", "近14天内有境外旅居史") for n, one in enumerate(persons)))
    batches.confirm(batch, by=scene.cast.province, at=T)
    monkeypatch.setattr(applying, "CHUNK", 2)
    take, calls = applying.apply_row, []

    def dies(*fields):
        calls.append(fields)
        if len(calls) == at_row + 1:
            raise Killed
        return take(*fields)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(applying, "apply_row", dies)
        deliveries.work(batch, clock=clock)
    assert Case.objects.count() == fresh(batch).applied
    done = deliveries.work(batch, clock=clock)
    assert (done.state, done.accepted, Case.objects.count(), Transition.objects.count()) == (
        "APPLIED",
        5,
        5,
        5,
    )


def test_what_is_found_unfinished_is_begun_again_by_the_timer(
    scene: Scene, django_capture_on_commit_callbacks
):
    from cases import tasks

    person = scene.person()
    batch = checked(scene, ground(person, "S1", "近14天内有境外旅居史"))
    batches.confirm(batch, by=scene.cast.province, at=T)
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.begin_again(by=scene.cast.province, at=T) == 1
    assert fresh(batch).state == "APPLIED"


def test_returned_rows_can_be_corrected_in_the_file_and_delivered_again(scene: Scene):
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    number = resident_number()
    by = scene.cast.cdc_xinchang
    batch = delivered(f"{heading}\n=张三,{number},330624001,密切,2026-11-01,函1".encode(), by=by, at=T)
    returned = "".join(csv_lines(deliveries.returned_rows(batch)))
    assert "'=张三" in returned
    corrected = returned.replace("'=张三", "张三").replace("密切,", "密切接触者,").encode()
    assert delivered(corrected, by=by, at=later(hours=1)).accepted == 1


def held(scene: Scene, send) -> RejectedRow:
    person = scene.person()
    for evidence in ("CA1234/2020-10-31", "CA9999/2020-10-31"):
        batch = send("GROUNDS", ground(person, "S1", "系统自动赋黄码", evidence=evidence))
    return batch.rejected_rows.get()


def test_a_row_with_other_content_is_taken_on_somebodys_word(scene: Scene, send):
    row = held(scene, send)
    deliveries.accept(row, by=scene.cast.province, at=later(hours=1))
    assert fresh(row).state == "TAKEN"
    assert Case.objects.filter(evidence_ref="CA9999/2020-10-31").exists()


def test_a_row_with_other_content_is_left_out_once(scene: Scene, send):
    row, fields = held(scene, send), {"by": scene.cast.province, "at": later(hours=1)}
    batches.decide_row(row, RejectedRow.State.DISMISSED, **fields)
    refused(DeliveryNotWaiting, batches.decide_row, row, RejectedRow.State.TAKEN, **fields)
    assert Case.objects.count() == 1


def test_each_step_of_a_delivery_is_in_the_ledger(scene: Scene, send):
    send("GROUNDS", ground(scene.person(), "S1", "近14天内有境外旅居史"))
    events = Event.objects.filter(target__startswith="batch:").order_by("pk")
    actions = list(events.values_list("action", flat=True))
    assert actions == ["batch.received", "batch.confirmed", "batch.delivered"]


@pytest.mark.parametrize(
    ("state", "done", "left"),
    [
        ("APPLYING", 0, None),
        ("APPLYING", 1000, 27),
        ("APPLYING", 4000, 0),
        ("RECEIVED", 1000, 30),
        ("APPLIED", 4000, None),
    ],
)
def test_how_long_a_delivery_still_takes_is_its_pace_so_far(state, done, left):
    batch = Batch(
        state=state, applied=done, checked=done, row_count=4000, delivered_at=T, confirmed_at=later(minutes=1)
    )
    found = progress(batch, at=later(minutes=10))
    assert (found and found.minutes_left) == left
    assert (found is None) == (state == "APPLIED")
