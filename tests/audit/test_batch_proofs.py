"""A check at a door is proved by two short paths; one that waits too long for its batch is an alert."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from healthcode.core.audit import checkpoints, proofs, sealing
from healthcode.core.offices.models import User
from healthcode.portal.operation import status
from tests.audit.sealed_checks import seal
from tests.audit.test_proofs import SCRIPT


def _proved(tmp_path, proof):
    file = tmp_path / "proof.json"
    file.write_text(proofs.text(proof))
    command = [sys.executable, "-I", SCRIPT, file, checkpoints.public_key()]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_stranger_sees_that_a_check_is_in_a_batch_of_the_ledger(five, tmp_path):
    for check in five:
        done = _proved(tmp_path, proofs.of_row(check))
        assert done.returncode == 0 and f'"id":{check.pk},' in done.stdout, done.stderr


@pytest.mark.parametrize("field", ["row", "place", "row_path", "body", "event"])
def test_a_proof_of_a_check_that_was_changed_does_not_hold(five, tmp_path, field):
    proof = proofs.of_row(five[1])
    changed = {
        "row": {**proof["row"], "passed": not proof["row"]["passed"]},
        "place": proof["place"] + 1,
        "row_path": proof["row_path"][::-1],
        "body": proof["body"].replace('"count":3', '"count":4'),
        "event": [*proof["event"][:4], "rows.dropped", *proof["event"][5:]],
    }
    done = _proved(tmp_path, {**proof, field: changed[field]})
    assert done.returncode == 1 and done.stderr.startswith("WRONG")


def test_a_check_without_a_batch_cannot_be_proved(checked):
    with pytest.raises(proofs.NotSealed):
        proofs.of_row(checked())


def test_the_command_writes_the_proof_of_a_check(five, capsys):
    call_command("prove_audit", row=f"gatecheck:{five[0].pk}")
    assert json.loads(capsys.readouterr().out)["row"]["id"] == five[0].pk
    for name in ("gatecheck:0", "gatecheck:x", "person:1", "gatecheck"):
        with pytest.raises(CommandError):
            call_command("prove_audit", row=name)


def test_supervision_takes_the_proof_of_a_check_from_its_page(five, client, scene):
    User.objects.filter(pk=scene.cast.supervisor_city.pk).update(language="en")
    client.force_login(scene.cast.supervisor_city, backend="healthcode.core.offices.backends.RoleBackend")
    url = reverse("admin:audit_event_proof", args=(-five[0].pk,))
    assert url in client.get(reverse("admin:audit_event_change", args=(-five[0].pk,))).content.decode()
    assert client.get(url).json()["row"]["id"] == five[0].pk


def test_a_check_unsealed_for_five_minutes_is_late(checked):
    now = timezone.now()
    sealing.seal(at=now)
    checked(now - timedelta(minutes=4))
    assert "seal" not in status.look().late and status.look().ages["seal"] > 200
    checked(now - timedelta(minutes=6))
    seal(now)
    sealing.seal(at=now)
    assert "seal" not in status.look().ages
    checked(now - timedelta(minutes=6))
    assert "seal" in status.look().late
