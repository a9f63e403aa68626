"""What a check that was sent later says besides is sealed with it; of others the hash is what it was before."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from cases.models import GateCheck, RuleBook
from cases.services import gates, passes
from cases.services.gates import late
from healthcode.core.audit import batched, triggers
from tests.audit.sealed_checks import found, rows, seal
from tests.cases.scenes import T, later
from tests.factories import guarded
from tests.gate.test_passes import digits


@pytest.fixture
def sent(scene):
    """Return a check on paper that was sent later, and sealed."""
    printed = passes.print_paper(scene.person(), by=scene.cast.service_xinchang, at=T)
    taken = late.Taken(
        device_id=uuid.UUID(int=7),
        taken_at=later(minutes=1),
        presented=gates.PresentedCode(digits(printed)),
        temperature=Decimal("36.5"),
        venue=guarded("SCHOOL"),
        rule_book=RuleBook.objects.in_force(T).pk,
        reason="住校学生",
        by_telephone="GREEN",
    )
    made, _is_new = late.take(taken, by=scene.cast.gate_school, at=later(minutes=5))
    seal(later(minutes=6))
    return made


def test_it_fits_its_batch(sent):
    assert found() == []


@pytest.mark.parametrize(
    "change",
    [
        {"on_pass": "RED"},
        {"on_pass": ""},
        {"sent_at": later(minutes=4)},
        {"device_id": uuid.UUID(int=8)},
        {"colour_then": "RED"},
        {"colour_then": ""},
    ],
    ids=str,
)
def test_whatever_it_says_besides_is_sealed(sent, change):
    triggers.drop(connection)
    rows(sent.pk).update(**change)
    assert found() == ["row_changed"]


def test_a_check_at_a_door_with_a_network_says_nothing_of_this(checked):
    fields = batched.fields_of(checked(T))
    assert not fields.keys() & {"on_pass", "sent_at", "device_id", "colour_then"}
    assert len(fields) == len(GateCheck.batch_fields) + len(("row", "id", "commitment"))


def test_it_is_sealed_after_checks_of_a_later_instant(sent, checked):
    checked(later(minutes=5, seconds=1))
    assert seal(later(minutes=7)) == 1 and found() == []
    assert rows(sent.pk).get().at < later(minutes=5) - timedelta(minutes=3)
