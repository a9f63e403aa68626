"""Taking a whole delivery back: the opposite of each of its acts, on two persons' word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.models import Case, LabResult, Presence, RiskArea, Undo
from cases.policy.colours import Colour
from cases.services import control
from cases.services.deliveries import batches
from cases.services.deliveries.batches import DeliveryNotWaiting
from cases.services.engine import asking_again, second_person
from cases.services.engine.refusals import NotAllowed
from cases.services.samples import corrections, results
from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from tests.cases import books
from tests.cases.scenes import Scene, T, colour, day, fresh, later, order_of, refused, sample, sound

from .conftest import SENDERS, ground


def undone(scene: Scene, batch, by: str = "duty.city", **fields) -> Undo:
    undo = batches.propose_undo(
        batch, reason="文件发错", by=scene.cast[SENDERS[batch.kind]], at=later(hours=1)
    )
    batches.decide_undo(undo, approve=True, by=scene.cast[by], at=later(hours=2), **fields)
    return fresh(undo)


def test_grounds_are_voided_and_the_code_is_what_it_was(scene: Scene, send):
    person = scene.person()
    undone(scene, send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史")))
    assert (colour(person, later(hours=3)), Case.objects.get().state) == (Colour.GREEN, "VOIDED")
    sound()


def test_until_a_duty_lead_agrees_everything_stands(scene: Scene, send):
    person = scene.person()
    batch = send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史"))
    batches.propose_undo(batch, reason="x", by=scene.cast.province, at=later(hours=1))
    assert colour(person, later(hours=2)) == Colour.RED


def test_a_result_is_withdrawn_and_the_yellow_it_ended_stands_again(scene: Scene, send):
    person = scene.person()
    scene.risk(person, began_on=day(-1))
    row = f"{person.document},2026-11-02 08:00,,阴性,县疾控,R1"
    batch = send("RESULTS", row, by="service.xinchang")
    assert colour(person, later(minutes=30)) == Colour.GREEN
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.service_xinchang, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.YELLOW
    assert not LabResult.objects.uncorrected().exists()
    sound()


def corrected(scene: Scene, row, how: str, person) -> None:
    """Let the office that sent a result correct it: whose it is, what was mistyped, or what was found."""
    by = scene.cast.service_xinchang
    if how == "moved":
        corrections.move(row, to=fresh(person), reason="证件号码录错", by=by, at=later(minutes=20))
        return
    number = "R8" if how == "number" else row.report_number
    right = replace(sample(row.sampled_at, report_number=number), laboratory=row.laboratory)
    corrections.correct(row, right, reason="录错", by=by, at=later(minutes=20))


@pytest.mark.parametrize(
    ("how", "outcome", "after"),
    [
        ("moved", "阴性", Colour.YELLOW),
        ("number", "阴性", Colour.YELLOW),
        ("outcome", "可疑", Colour.GREEN),  # a finding of their own, and not the file's
    ],
)
def test_a_result_put_right_since_is_withdrawn_with_its_file_whoever_has_it_now(
    scene: Scene, send, how, outcome, after
):
    person = scene.person()
    scene.risk(person, began_on=day(-1))
    named = scene.person() if how == "moved" else person
    row = f"{named.document},2026-11-02 08:00,,{outcome},县疾控,R1"
    batch = send("RESULTS", row, by="service.xinchang")
    corrected(scene, LabResult.objects.get(), how, person)
    assert colour(person, later(minutes=30)) == Colour.GREEN
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.service_xinchang, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    assert colour(person, later(hours=3)) == after
    sound()


def test_areas_not_decided_yet_are_sent_back_and_tracks_are_dropped(scene: Scene, send):
    undone(scene, send("AREAS", "A1,某地,110106,高风险,2026-11-01 00:00,通报1号,否,,"))
    assert RiskArea.objects.get().decision == "REFUSED"
    person = scene.person()
    undone(scene, send("PRESENCES", f"{person.document},旅居,110106,,2026-10-30 08:00,2026-10-31 08:00"))
    assert not Presence.objects.exists()


def test_what_was_taken_back_can_be_sent_again(scene: Scene, send):
    person = scene.person()
    row = ground(person, "S1", "近14天内有境外旅居史")
    undone(scene, send("GROUNDS", row))
    assert send("GROUNDS", row, at=later(hours=3)).accepted == 1
    assert colour(person, later(hours=4)) == Colour.RED


def test_another_ground_on_the_same_person_stands_on(scene: Scene, send):
    person = scene.person()
    scene.clinical(person)
    undone(scene, send("GROUNDS", ground(person, "S1", "近14天内有境外旅居史")))
    assert colour(person, later(hours=3)) == Colour.RED


@pytest.mark.parametrize("by", ["province", "supervisor.city", "group.city", "duty.xinchang"])
def test_only_a_duty_lead_decides(scene: Scene, send, by):
    batch = send("GROUNDS", ground(scene.person(), "S1", "近14天内有境外旅居史"))
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.province, at=later(hours=1))
    refused(NotAllowed, batches.decide_undo, undo, approve=True, by=scene.cast[by], at=later(hours=2))


def test_sent_back_with_a_reason_everything_stands(scene: Scene, send):
    batch = send("GROUNDS", ground(scene.person(), "S1", "近14天内有境外旅居史"))
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.province, at=later(hours=1))
    fields = {"by": scene.cast.duty_city, "at": later(hours=2)}
    refused(second_person.SentBackWithoutReason, batches.decide_undo, undo, approve=False, **fields)
    batches.decide_undo(undo, approve=False, answer="名单无误", **fields)
    assert (fresh(batch).state, Case.objects.open().count()) == ("APPLIED", 1)


def test_a_delivery_is_taken_back_once(scene: Scene, send):
    batch = send("GROUNDS", ground(scene.person(), "S1", "近14天内有境外旅居史"))
    undone(scene, batch)
    refused(DeliveryNotWaiting, batches.propose_undo, batch, reason="x", by=scene.cast.province, at=T)


def test_a_red_that_a_later_act_ended_on_a_result_of_the_delivery_stands_again(scene: Scene, send):
    person = scene.person()
    scene.clinical(person)
    end = order_of(person).until
    row = f"{person.document},{end - timedelta(hours=30):%Y-%m-%d 08:00},,阴性,县疾控,R1"
    batch = send("RESULTS", row, at=end - timedelta(hours=2))
    control.end(person, by=scene.cast.officer_yulin, at=end)
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.hospital_city, at=end + timedelta(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=end + timedelta(hours=2))
    assert colour(person, end + timedelta(hours=3)) == Colour.RED
    sound()


def test_contacts_of_an_index_case_that_was_delivered_go_free_with_it(scene: Scene, send):
    index_person, contact = scene.person(), scene.person()
    batch = send("GROUNDS", ground(index_person, "S1", "确诊病人"))
    scene.clinical(contact, index_case=Case.objects.get(batch=batch), at=later(minutes=30))
    undone(scene, batch)
    assert {colour(one, later(hours=3)) for one in (index_person, contact)} == {Colour.GREEN}
    sound()


def test_what_a_duty_lead_agreed_to_is_not_held_again(scene: Scene, send):
    books.adopted(scene, books.with_small_holds(), at=later(hours=-2))
    people = [scene.person() for _ in range(3)]
    for person in people:
        document = scene.documented(f"浙防指〔2020〕{100 + person.pk}号")
        scene.automatic(person, "AUTO_YELLOW", evidence_ref=document.number)
    rows = [f"{one.document},2026-11-02 09:30,,阴性,县疾控,R{one.pk}" for one in people]
    batch = send("RESULTS", *rows, at=later(hours=1))
    for person in people:
        results.apply(person, by=scene.cast.service_xinchang, at=later(hours=2))
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.hospital_city, at=later(days=2))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(days=2))
    assert {colour(one, later(days=3)) for one in people} == {Colour.YELLOW}


def test_nobodys_ending_is_compared_with_the_facts_of_all_others(scene: Scene, send, monkeypatch):
    people = [scene.person() for _ in range(3)]
    for person in people:
        scene.risk(person, began_on=day(-1))
    rows = [f"{one.document},2026-11-02 08:00,,阴性,县疾控,R{one.pk}" for one in people]
    batch = send("RESULTS", *rows, by="service.xinchang")
    asked, stands = [], asking_again.stands

    class Unread(frozenset):
        """Whoever goes through all facts of an act for each of its people takes the square of their number."""

        def __iter__(self):
            raise AssertionError

    def watched(case, answered, *others):
        asked.append(answered)
        return stands(case, Unread(answered), *others)

    monkeypatch.setattr(asking_again, "stands", watched)
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.service_xinchang, at=later(hours=1))
    batches.decide_undo(undo, approve=True, by=scene.cast.duty_city, at=later(hours=2))
    assert len(asked) == 3 and len({id(one) for one in asked}) == 1
    assert {colour(one, later(hours=3)) for one in people} == {Colour.YELLOW}


def test_events_of_an_act_on_many_are_all_written_though_in_parts(scene: Scene, monkeypatch):
    monkeypatch.setattr(ledger, "PART", 2)
    entries = [ledger.entry("batch.rows_read", "batch:1") for _ in range(5)]
    ledger.record_all(entries, by=scene.cast.province, at=T)
    written = Event.objects.filter(action="batch.rows_read")
    assert written.count() == 5 and list(written.order_by("pk")) == list(written.order_by("at_us", "pk"))
