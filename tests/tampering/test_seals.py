"""What the database's owner can do to seals, and what only an anchor kept elsewhere finds."""

import base64

import pytest
from django.db import connection

from cases.models import Case
from healthcode.core.audit import sealing
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.models import Event, Leaf, Seal

from .owner import STRANGER_KEY, cut, edit, event, forget_everything, found, reseal


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
    forget_everything(case)
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
