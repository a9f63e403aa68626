"""A stranger checks proofs with the script of `docs/` and the public key, far from the database."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from healthcode.core.audit import checkpoints, ledger, merkle, proofs, sealing
from healthcode.core.audit.models import Event
from tests.audit.test_merkle import grown, leaves, reader
from tests.cases.scenes import T

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_proof.py"
stranger = runpy.run_path(str(SCRIPT))
SIZES = st.integers(1, 60)


def written(cast, count=7):
    entries = [
        ledger.Entry("person.viewed", f"person:{number}", body={"page": "者"}) for number in range(count)
    ]
    ledger.record_all(entries, by=cast.cdc_xinchang, at=T)
    return Event.objects.latest("pk")


def checked(tmp_path, proof, key=None):
    file = tmp_path / "proof.json"
    file.write_text(proofs.text(proof))
    command = [sys.executable, "-I", SCRIPT, file, key or checkpoints.public_key()]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def inclusion(cast):
    event = written(cast)
    sealing.seal(at=T)
    return proofs.inclusion(event)


def test_the_script_is_short_enough_to_be_read_and_needs_no_package():
    text = SCRIPT.read_text(encoding="utf-8")
    imported = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert len(text.splitlines()) <= 110 and imported <= sys.stdlib_module_names


def test_a_stranger_sees_that_an_event_is_in_the_ledger(inclusion, tmp_path):
    done = checked(tmp_path, inclusion)
    assert done.returncode == 0 and "cdc.xinchang" in done.stdout


@pytest.mark.parametrize("field", ["event", "body", "index", "path", "checkpoint"])
def test_a_proof_that_was_changed_does_not_hold(inclusion, tmp_path, field):
    changed = {
        "event": [inclusion["event"][0] + 1, *inclusion["event"][1:]],
        "body": inclusion["body"].replace("page", "Page"),
        "index": inclusion["index"] - 1,
        "path": inclusion["path"][::-1],
        "checkpoint": inclusion["checkpoint"].replace("time 1", "time 2"),
    }
    done = checked(tmp_path, inclusion | {field: changed[field]})
    assert done.returncode == 1 and done.stderr.startswith("WRONG")


def test_the_key_comes_from_the_stranger_and_not_from_the_proof(inclusion, tmp_path, settings):
    settings.SEAL_KEY = "A" * 43 + "="
    assert checked(tmp_path, inclusion, checkpoints.public_key()).returncode == 1


def test_a_stranger_sees_that_the_ledger_only_grew(cast, tmp_path):
    written(cast)
    first = sealing.checkpoint_of(sealing.seal(at=T))
    written(cast)
    sealing.seal(at=T)
    done = checked(tmp_path, proofs.consistency(first))
    assert done.returncode == 0 and f"begins with the ledger of {first.size} leaves" in done.stdout


def test_the_commands_write_the_files(cast, tmp_path, capsys):
    event = written(cast)
    call_command("seal_audit")
    anchor = tmp_path / "anchor.txt"
    anchor.write_text(capsys.readouterr().out)
    call_command("prove_audit", event=event.pk)
    assert json.loads(capsys.readouterr().out) == proofs.inclusion(event)
    written(cast)
    call_command("seal_audit")
    capsys.readouterr()
    call_command("prove_audit", "--since", str(anchor))
    assert json.loads(capsys.readouterr().out)["kind"] == "consistency"


def test_nothing_is_proved_of_an_event_without_a_seal(cast):
    event = written(cast)
    with pytest.raises(CommandError, match="no seal yet"):
        call_command("prove_audit", event=event.pk)


@given(SIZES, st.data())
def test_every_leaf_of_every_tree_has_a_path_that_holds(size, data):
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(index, size, reader(leaves(size)))
    found = stranger["folded"](index, size - 1, path, leaves(size)[index])
    assert found[0] == grown(leaves(size)).root()


@given(SIZES, st.data())
def test_every_tree_continues_every_smaller_one(size, data):
    first = data.draw(st.integers(1, size))
    path = merkle.consistency(first, size, reader(leaves(size)))
    older, root = grown(leaves(first)).root(), grown(leaves(size)).root()
    notes = {first: (first, older), size: (size, root)}
    assert stranger_accepts(notes, first, size, path)


def stranger_accepts(notes, first, size, path):
    scope = stranger["main"].__globals__
    proof = {"kind": "consistency", "first": first, "checkpoint": size, "path": [one.hex() for one in path]}
    before = scope["checkpoint"], scope["json"]
    try:
        scope["checkpoint"] = lambda note, key: notes[note]
        scope["json"] = type("Read", (), {"loads": staticmethod(lambda text: proof)})
        return bool(stranger["main"](str(SCRIPT), ""))
    finally:
        scope["checkpoint"], scope["json"] = before
