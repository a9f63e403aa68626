"""What the ledger calls a row, and whose it is: its model says so, once, and never otherwise."""

import re

import pytest
from django.apps import apps

from cases.models import Case, ControlOrder, HomeStay, Void
from healthcode.core.audit import collected, ledger
from healthcode.core.audit.models import Event, Seal
from healthcode.core.audit.recorded import Recorded, target_of
from tests.cases.scenes import Scene, T

# The ledger keeps these for ever: a model may be renamed, what its rows are called may not.
NAMES = {
    "area", "areachange", "basis", "batch", "call", "case", "certificate", "channel", "death", "deathwithdrawal",
    "declaration", "division", "document", "draft", "erasure", "event", "exitreport", "extension", "gatecheck",
    "healthlog", "hold", "homestay", "inquiry", "merge", "message", "number", "office", "opinion", "order",
    "pass", "passkey", "person", "release", "relocation", "repeat", "result", "reversal", "rulebook", "seal",
    "second_factor", "selfcheck", "served", "setup_file", "shift", "strike", "textmodule", "ticket", "token",
    "transfer", "undo", "user", "venue", "visit", "void",
}  # fmt: skip


def recorded() -> list[type[Recorded]]:
    return [model for model in apps.get_models() if issubclass(model, Recorded)]


@pytest.mark.any_database
def test_every_name_in_the_ledger_stays_and_is_one_models():
    names = [model.audit_name for model in recorded() if model.audit_name]
    assert sorted(names) == sorted(NAMES)


@pytest.mark.any_database
def test_every_name_is_one_that_reconciling_reads():
    assert [name for name in NAMES if not re.fullmatch(collected.NAME, name)] == []


def test_a_row_without_a_name_is_a_matter_of_another():
    nameless = [model for model in recorded() if not model.audit_name]
    assert all(model.audit_row is not Recorded.audit_row for model in nameless)


@pytest.mark.any_database
def test_a_proposal_is_told_of_where_its_thing_is():
    assert target_of(Void(case=Case(pk=17))) == "case:17"
    assert target_of(HomeStay(order=ControlOrder(pk=4))) == "order:4"


@pytest.mark.any_database
def test_a_seal_is_called_by_its_size():
    assert target_of(Seal(pk=2, size=4096)) == "seal:4096"


@pytest.mark.any_database
def test_a_list_is_called_by_its_model_and_what_has_no_row_by_a_name():
    assert (target_of(Case), target_of("presences")) == ("list:cases.case", "presences")


def test_the_person_of_a_row_is_written_with_it(cast):
    person = Scene(cast).person()
    ledger.record("person.viewed", about=person, by=cast.cdc_xinchang, at=T)
    event = Event.objects.latest("pk")
    assert (event.target, event.person) == (f"person:{person.pk}", str(person.public_id))


def test_another_record_of_the_person_is_written_where_the_act_was_on_that(cast):
    scene = Scene(cast)
    person, other = scene.person(), scene.person()
    ledger.record("person.viewed", about=person, person=other, by=cast.cdc_xinchang, at=T)
    assert Event.objects.latest("pk").person == str(other.public_id)


def test_what_concerns_nobody_has_no_person(cast):
    ledger.record("office.opened", about=cast.cdc_xinchang.office, by=cast.cdc_xinchang, at=T)
    assert Event.objects.latest("pk").person == ""
