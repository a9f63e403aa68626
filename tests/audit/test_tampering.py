"""What the database's owner can do to the ledger, triggers switched off, and that it is found.

The ledger holds a day's story under two seals; each test does one thing to it and names the findings.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext

from cases.models import Case, Transition
from healthcode.core.audit import ledger, sealing, triggers
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.models import Event, Leaf, Seal
from healthcode.core.audit.verifying import Verification
from healthcode.portal import reconciling
from tests.cases.scenes import Scene, T, later

STRANGER_KEY = base64.urlsafe_b64encode(b"s" * 32).decode()
Found = Callable[..., list[str]]


@pytest.fixture
def scene(cast: Any) -> Scene:
    """A person reported and entered, sealed; another one a day later, sealed; triggers off."""
    scene = Scene(cast)
    for at in (T, later(days=1)):
        scene.clinical(scene.person(at=at - timedelta(minutes=2)), at=at)
        sealing.seal(at=at + timedelta(minutes=1))
    connection.check_constraints()  # with deferred ones waiting, PostgreSQL drops no trigger
    triggers.drop(connection)
    return scene


@pytest.fixture
def anchor(scene: Scene) -> Checkpoint:
    """The checkpoint of the second seal, kept elsewhere."""
    last = sealing.latest()
    assert last is not None
    return last


def found(*anchors: Checkpoint) -> list[str]:
    kinds = [finding.kind for finding in Verification(anchors).findings()]
    return kinds + [finding.kind for finding in reconciling.findings()]


def event(action: str = "case.opened") -> Event:
    return Event.objects.filter(action=action).earliest("pk")


def edit(row: Event, *, hashed: bool, **said: Any) -> None:
    for field, value in said.items():
        setattr(row, field, value)
    leaf = {"leaf": ledger.leaf_hash(row)} if hashed else {}
    Event.objects.filter(pk=row.pk).update(**said, **leaf)


def place(row: Event) -> Leaf:
    return Leaf.objects.get(event=row.pk)


def swap(model: Any, one: Any, other: Any, *fields: str) -> None:
    for row, values in ((one, other), (other, one)):
        model.objects.filter(pk=row.pk).update(**{field: getattr(values, field) for field in fields})


def reseal() -> None:
    """Seal everything anew, as somebody with the key of the settings would."""
    Seal.objects.all()._raw_delete("default")
    Leaf.objects.all()._raw_delete("default")
    for row in Event.objects.all():
        Event.objects.filter(pk=row.pk).update(leaf=ledger.leaf_hash(row))
    sealing.seal(at=later(days=1, minutes=1))


def cut(size: int) -> None:
    """Cut off everything behind a size: seals, leaves, events, and what the events were about."""
    Seal.objects.filter(size__gt=size)._raw_delete("default")
    gone = list(Leaf.objects.filter(index__gte=size).values_list("event", flat=True))
    Leaf.objects.filter(index__gte=size)._raw_delete("default")
    Event.objects.filter(pk__in=gone)._raw_delete("default")


def forget(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_transition WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM cases_ordercase WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [case.pk])


def test_a_ledger_that_nobody_touched_fits(scene, anchor):
    assert found(anchor) == []


# --- events -------------------------------------------------------------------------------------------------
def test_an_edited_event(scene):
    edit(event("person.registered"), hashed=False, actor="cdc.city")
    assert found() == ["event_changed"]


def test_an_event_edited_and_hashed_anew(scene):
    edit(event("person.registered"), hashed=True, actor="cdc.city")
    assert found() == ["event_changed"]


def test_an_event_edited_and_hashed_anew_with_its_leaf(scene):
    row = event("person.registered")
    edit(row, hashed=True, actor="cdc.city")
    Leaf.objects.filter(event=row.pk).update(hash=ledger.leaf_hash(row))
    (finding,) = Verification().findings()
    assert (finding.kind, finding.since) == ("root_differs", Seal.objects.earliest("size"))


def test_a_deleted_event(scene):
    row = event("person.registered")
    Event.objects.filter(pk=row.pk)._raw_delete("default")
    (finding,) = Verification().findings()
    assert (finding.kind, finding.values) == ("event_deleted", {"event": row.pk, "leaf": place(row).index})


def test_an_event_deleted_with_its_leaf(scene):
    row = event("person.registered")
    place_of = Leaf.objects.filter(event=row.pk)
    place_of._raw_delete("default")
    Event.objects.filter(pk=row.pk)._raw_delete("default")
    assert found() == ["leaves_missing"]


def test_shifted_leaves(scene):
    for leaf in Leaf.objects.order_by("-index"):
        Leaf.objects.filter(index=leaf.index).update(index=leaf.index + 1)
    assert set(found()) == {"leaves_missing", "root_differs", "leaves_unsealed"}


def test_leaves_shifted_over_a_deleted_one(scene):
    Leaf.objects.filter(index=0)._raw_delete("default")
    for leaf in Leaf.objects.order_by("index"):
        Leaf.objects.filter(index=leaf.index).update(index=leaf.index - 1)
    assert set(found()) == {"root_differs", "leaves_missing", "slipped_in"}


def test_reordered_leaves(scene):
    one, other = Leaf.objects.order_by("index")[:2]
    Leaf.objects.filter(pk=one.pk).update(event=-1)
    Leaf.objects.filter(pk=other.pk).update(event=one.event, hash=one.hash)
    Leaf.objects.filter(pk=one.pk).update(event=other.event, hash=other.hash)
    assert found() == ["root_differs"]


def test_leaves_that_changed_their_events(scene):
    one, other = Leaf.objects.order_by("index")[:2]
    Leaf.objects.filter(pk=one.pk).update(event=-1)
    Leaf.objects.filter(pk=other.pk).update(event=one.event)
    Leaf.objects.filter(pk=one.pk).update(event=other.event)
    assert found() == ["event_changed"] * 2


def test_swapped_bodies(scene):
    swap(Event, event("case.reported"), event("order.opened"), "body")
    assert found().count("event_changed") == 2


def test_events_that_changed_places(scene):
    said = ("at_us", "actor", "office", "role", "action", "target", "person", "body", "leaf")
    swap(Event, event("person.registered"), event("order.opened"), *said)
    assert found() == ["event_changed"] * 2


def test_a_forged_leaf_behind_the_last_seal(scene):
    row = forged(at=later(days=1, minutes=2))
    Leaf.objects.create(index=Leaf.objects.count(), event=row.pk, hash=row.leaf)
    assert found() == ["leaves_unsealed"]


def test_an_event_sealed_long_after_it_is_dated(scene):
    forged(at=T)
    sealing.seal(at=later(days=1, minutes=3))
    assert found() == ["back_dated"]


def test_an_event_put_among_those_already_sealed(scene):
    row = event("person.registered")
    forged(at=T, pk=-1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_event SET transaction = 1 WHERE id = -1")
    assert row.pk > 0 and found() == ["slipped_in"]


def forged(*, at: Any, **said: Any) -> Event:
    row = Event(
        at_us=ledger.microseconds(at),
        actor="cdc.city",
        office="cdc",
        role="cdc",
        action="person.viewed",
        **said,
    )
    row.target, row.body = "person:1", "{}"
    row.leaf = ledger.leaf_hash(row)
    Event.objects.bulk_create([row])
    return row


def test_a_quotation_mark_does_not_hide_a_change(scene):
    """Actor and office exchange a part: put together carelessly, both would say the same."""
    row = event("person.registered")
    edit(row, hashed=False, actor=f'{row.actor}","{row.office}', office="")
    assert found() == ["event_changed"]


# --- seals --------------------------------------------------------------------------------------------------
def test_a_tail_cut_off(scene):
    last = Leaf.objects.latest("index")
    Event.objects.filter(pk=last.event)._raw_delete("default")
    Leaf.objects.filter(pk=last.pk)._raw_delete("default")
    assert "leaves_missing" in found()


def test_a_changed_signature(scene):
    seal = Seal.objects.earliest("size")
    Seal.objects.filter(pk=seal.pk).update(signature=base64.b64encode(bytes(64)).decode())
    assert found() == ["seal_unsigned"]


@pytest.mark.parametrize("garbled", ["", "not base64", "AAAA"])
def test_a_garbled_signature(scene, garbled):
    Seal.objects.filter(pk=Seal.objects.earliest("size").pk).update(signature=garbled)
    assert found() == ["seal_unsigned"]


def test_a_changed_root(scene):
    Seal.objects.filter(pk=Seal.objects.earliest("size").pk).update(root="0" * 64)
    assert set(found()) == {"root_differs", "seal_unsigned", "chain_broken"}


def test_a_deleted_seal(scene):
    Seal.objects.filter(pk=Seal.objects.earliest("size").pk)._raw_delete("default")
    assert found() == ["chain_broken"]


def test_a_deleted_last_seal(scene):
    Seal.objects.filter(pk=Seal.objects.latest("size").pk)._raw_delete("default")
    assert found() == ["leaves_unsealed"]


def test_sealed_anew_with_another_key(scene, settings):
    key, settings.SEAL_KEY = settings.SEAL_KEY, STRANGER_KEY
    edit(event("person.registered"), hashed=True, actor="cdc.city")
    reseal()
    settings.SEAL_KEY = key
    assert found() == ["seal_unsigned"]


# --- with an anchor -----------------------------------------------------------------------------------------
def test_a_clean_cut_is_found_with_an_anchor(scene, anchor):
    first = Seal.objects.earliest("size")
    case = Case.objects.latest("pk")
    cut(first.size)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_note")
    forget(case)
    assert (found(), found(anchor)) == ([], ["anchor_beyond"])


def test_all_written_anew_with_the_stolen_key_is_found_with_an_anchor(scene, anchor):
    edit(event("person.registered"), hashed=True, actor="cdc.city")
    reseal()
    assert (found(), found(anchor)) == ([], ["anchor_differs"])


def test_an_anchor_between_two_seals_of_the_ledger_is_compared_too(scene, anchor):
    older = sealing.checkpoint_of(Seal.objects.earliest("size"))
    edit(event("person.registered"), hashed=True, actor="cdc.city")
    reseal()
    assert found(older, anchor) == ["anchor_differs"] * 2


def test_an_anchor_that_somebody_made_is_told(scene, anchor, settings):
    key, settings.SEAL_KEY = settings.SEAL_KEY, STRANGER_KEY
    made = Checkpoint(anchor.origin, anchor.size, anchor.root, anchor.previous, anchor.at_us).signed()
    settings.SEAL_KEY = key
    assert found(made) == ["anchor_unsigned"]


# --- what is stored -----------------------------------------------------------------------------------------
CASE_CHANGES = {
    "ground": "SUSPECTED",
    "channel": "GROUP",
    "evidence_ref": "another letter",
    "began_on": (T + timedelta(days=3)).date(),
    "opened_at": T - timedelta(days=3),
    "entered_at": T - timedelta(days=3),
}


@pytest.mark.parametrize("field", CASE_CHANGES)
def test_a_case_changed_silently(scene, field):
    case = Case.objects.earliest("pk")
    Case.objects.filter(pk=case.pk).update(**{field: CASE_CHANGES[field]})
    assert found() == ["case_differs"]


def test_a_case_closed_silently(scene):
    case = Case.objects.earliest("pk")
    said = {
        "state": "ENDED",
        "exit": "CONTROL_ENDED",
        "closed_at": later(days=1),
        "closed_by": case.opened_by,
    }
    Case.objects.filter(pk=case.pk).update(**said)
    (finding,) = reconciling.findings()
    state, closed, *_rest = str(finding.values["fields"]).split(", ")
    assert state == f"{gettext('state')} (OPEN ≠ ENDED)"
    assert closed.startswith(f"{gettext('closed at')} (– ≠ 2026-11-03")


def test_a_case_given_to_somebody_else(scene):
    one, other = Case.objects.order_by("pk")[:2]
    Case.objects.filter(pk=one.pk).update(person=other.person)
    assert found() == ["case_differs"]


def test_a_case_deleted_silently(scene):
    forget(Case.objects.latest("pk"))
    assert found() == ["case_deleted", "conversion_deleted"]


def test_a_case_opened_silently(scene):
    case = Case.objects.earliest("pk")
    case.pk, case.evidence_ref = None, "X"
    case.save()
    assert found() == ["case_untold"]


@pytest.mark.parametrize("change", [{"to_colour": "YELLOW"}, {"clause": "1.3"}, {"act": "case.ended"}])
def test_a_conversion_changed_silently(scene, change):
    Transition.objects.filter(pk=Transition.objects.earliest("pk").pk).update(**change)
    assert found() == ["conversion_differs"]


def test_a_conversion_moved_in_time(scene):
    turn = Transition.objects.earliest("pk")
    Transition.objects.filter(pk=turn.pk).update(at=turn.at - timedelta(hours=1))
    assert found() == ["conversion_deleted", "conversion_untold"]


# --- the command --------------------------------------------------------------------------------------------
def test_the_command_tells_a_monitor_that_everything_fits(scene, anchor, tmp_path, capsys):
    file = tmp_path / "anchor.txt"
    file.write_text(anchor.note)
    call_command("verify_audit", "--anchor", str(file))
    assert f"{Leaf.objects.count()} " in capsys.readouterr().out


def test_the_command_says_what_differs_where_and_since_when(scene, capsys):
    row = event("person.registered")
    edit(row, hashed=False, actor="cdc.city")
    with pytest.raises(SystemExit) as left:
        call_command("verify_audit")
    said = capsys.readouterr().out
    assert left.value.code == 1 and str(row.pk) in said and "2026-11-02 09:01:00" in said


def test_the_command_does_not_pass_without_the_anchor_it_was_given(scene, tmp_path):
    file = tmp_path / "anchor.txt"
    file.write_text("lost")
    with pytest.raises(SystemExit) as left:
        call_command("verify_audit", "--anchor", str(file))
    assert left.value.code == 2
