"""What the database's owner can do to events and their leaves, triggers switched off, and that it is found."""

from django.db import connection

from healthcode.core.audit import ledger, sealing
from healthcode.core.audit.models import Event, Leaf, Seal
from healthcode.core.audit.verifying import Verification
from tests.cases.scenes import T, later

from .owner import edit, event, forged, found, place, swap


def test_a_ledger_that_nobody_touched_fits(scene, anchor):
    assert found(anchor) == []


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
    assert found() == ["leaves_missing", "person_untold"]


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
    columns = ("at_us", "actor", "office", "role", "action", "target", "person", "body", "leaf")
    swap(Event, event("person.registered"), event("order.opened"), *columns)
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


def test_a_quotation_mark_does_not_hide_a_change(scene):
    """Actor and office exchange a part: put together carelessly, both would say the same."""
    row = event("person.registered")
    edit(row, hashed=False, actor=f'{row.actor}","{row.office}', office="")
    assert found() == ["event_changed"]
