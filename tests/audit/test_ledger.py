"""What the ledger says: one canonical text per event, its hash, and no word that someone typed."""

import hashlib
import json
import re
from datetime import UTC, date, datetime

import pytest

from healthcode.core.audit import ledger
from healthcode.core.audit.actions import ACTIONS
from healthcode.core.audit.models import Event, Note
from tests.cases.scenes import DUE, Scene, T, day, later


def record(cast, **fields):
    ledger.record("person.viewed", about="person:1", by=cast.cdc_xinchang, at=T, **fields)
    return Event.objects.latest("pk")


def test_the_leaf_hash_recomputes_from_the_row(cast):
    event = record(cast, purpose=3)
    parts = [event.at_us, event.actor, event.office, event.role, event.action, event.target, event.person]
    text = json.dumps({"event": parts, "body": event.body}, sort_keys=True, separators=(",", ":"))
    assert event.leaf == hashlib.sha256(b"\0" + text.encode()).hexdigest()


def test_every_stored_event_recomputes(cast):
    Scene(cast).person()
    assert all(event.leaf == ledger.leaf_hash(event) for event in Event.objects.all())


def test_any_change_of_a_row_changes_its_leaf(cast):
    event, leaves = record(cast, purpose=3), set()
    for field in ("actor", "office", "role", "action", "target", "person", "body"):
        changed = Event.objects.get(pk=event.pk)
        setattr(changed, field, getattr(changed, field) + "x")
        leaves.add(ledger.leaf_hash(changed))
    assert len(leaves | {event.leaf}) == 8


def test_an_instant_is_whole_microseconds(cast):
    assert ledger.microseconds(datetime(1970, 1, 2, 0, 0, 0, 1, tzinfo=UTC)) == 86_400_000_001
    assert record(cast).at_us == ledger.microseconds(T)


def test_a_body_is_ascii_sorted_and_without_spaces(cast):
    body = record(cast, z=date(2020, 8, 24), a="码", many={True}).body
    assert body == '{"a":"\\u7801","many":[true],"z":"2020-08-24"}'


def test_free_text_goes_in_only_as_a_commitment(cast):
    event = record(cast, notes={"reason": "邻居举报"})
    note = Note.objects.get(event=event)
    parts = json.loads(event.body)["reason"]["commitment"]
    assert parts == hashlib.sha256(f"{note.salt}\0邻居举报".encode()).hexdigest()
    assert "举报" not in event.body


def test_the_same_text_twice_has_two_commitments(cast):
    assert record(cast, notes={"reason": "x"}).body != record(cast, notes={"reason": "x"}).body


def test_erasing_a_text_leaves_the_ledger_valid(cast):
    event = record(cast, notes={"reason": "x"})
    Note.objects.all().delete()
    assert ledger.leaf_hash(Event.objects.get(pk=event.pk)) == event.leaf


def test_an_action_nobody_named_is_an_error(cast):
    with pytest.raises(KeyError):
        ledger.record("person.ignored", about="x", by=cast.cdc_xinchang, at=T)


def test_an_action_that_was_dropped_is_read_and_not_written(cast):
    assert ACTIONS["order.attached"].sentence
    with pytest.raises(KeyError):
        ledger.record("order.attached", by=cast.cdc_xinchang, at=T, about="order:1")


def test_every_action_is_a_noun_a_dot_and_a_verb_that_fits_its_column():
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", action) and len(action) <= 40 for action in ACTIONS)


def test_no_event_of_a_whole_story_holds_personal_data(cast):
    from cases.services import control
    from cases.services.persons import lookups

    scene = Scene(cast)
    assert cast.group_xinchang.office
    person = scene.person(name="欧阳晓月", phone="13812345678", address="某小区9幢")
    scene.clinical(person)
    lookups.unmask(person, reason="欧阳晓月要求", by=cast.group_xinchang, at=T)
    document = scene.registered("2号").number
    fields = {"until_day": day(20), "document": document, "reason": "欧阳晓月，13812345678"}
    control.extend(person, by=cast.group_xinchang, at=later(hours=1), **fields)
    scene.ended(person, at=DUE.replace(day=23))
    everything = "".join(f"{event.target}{event.person}{event.body}" for event in Event.objects.all())
    secret = [person.document, "13812345678", *(json.dumps(text)[1:-1] for text in ("欧阳晓月", "某小区9幢"))]
    assert not [text for text in secret if text in everything]
