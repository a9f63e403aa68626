"""What ended before its basis was kept: what the migration can tell is named, the rest is marked and never falls."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.db import connection, migrations

from cases.models import Basis, Case, Fact
from cases.policy.colours import Colour
from cases.services.samples import corrections, results
from healthcode.core.audit import takeover, triggers
from healthcode.portal import reconciling
from tests.api.conftest import Caller
from tests.cases.scenes import Scene, colour, fresh, later, sample
from tests.facts.endings import ENDINGS, read

MIGRATION: migrations.Migration = import_module("cases.migrations.0009_basis_of_earlier_endings")
EARLIER = "本系统记录解除依据之前已解除"
# Of what ended by these exits, what that very instant says of it.
TOLD = {
    "CONTROL_ENDED": {Fact.ORDER, Fact.RESULT},
    "TESTED_NEGATIVE": {Fact.RESULT},
    "FEVER_CLEARED": {Fact.FORM},
    "RECLASSIFIED": {Fact.REPORT},
    "RELEASED": {Fact.RELEASE},
    "AREA_LIFTED": {Fact.AREA},
    "DEATH": {Fact.DEATH},
    "RULE_BOOK": {Fact.BOOK},
}


def brought_up_to_date() -> None:
    """Take all bases away, as they were not there before, and let the migration find them."""
    connection.check_constraints()
    triggers.drop(connection)
    Basis.objects.all()._raw_delete("default")
    MIGRATION.derive(apps, SimpleNamespace(connection=connection, execute=_execute))
    triggers.install(connection)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_an_earlier_ending_rests_on_what_its_instant_tells_or_is_marked(scene: Scene, ending):
    case, _named = ending(scene)
    before = {(basis.fact, basis.key) for basis in case.bases.all()}
    brought_up_to_date()
    after = {(basis.fact, basis.key) for basis in case.bases.all()}
    assert not Case.objects.filter(state="ENDED", bases=None).exists()
    # A death had no row of its own: the person's key stood for it, which a later migration gives to the row.
    before |= {(Fact.DEATH, case.person_id) for fact, _key in before if fact == Fact.DEATH}
    assert after == {(Fact.EARLIER, None)} or after <= before
    if not before.isdisjoint(after):
        assert {fact for fact, _key in after} <= TOLD[fresh(case).exit]


@pytest.fixture
def tested(scene: Scene) -> Iterator[SimpleNamespace]:
    """Two people green by a negative: entered at the service point, and entered before and then taken up."""
    at_once, later_on = scene.person(), scene.person()
    for person in (at_once, later_on):
        scene.risk(person)
    by = scene.cast.service_xinchang
    one = scene.tested(at_once, at=later(hours=1), by=by)
    other = scene.tested(later_on, at=later(hours=1))
    results.apply(later_on, by=by, at=later(hours=2))
    brought_up_to_date()
    yield SimpleNamespace(at_once=at_once, later_on=later_on, one=one, other=other)


def test_whose_basis_is_told_falls_with_it(scene: Scene, tested):
    fields = {"reason": "录错人", "by": scene.cast.service_xinchang, "at": later(hours=5)}
    corrections.move(tested.one, to=scene.person(), **fields)
    assert colour(tested.at_once, later(hours=6)) == Colour.YELLOW


@pytest.mark.parametrize("how", ["moved", "corrected"])
def test_whose_basis_nobody_knows_never_falls(scene: Scene, tested, how: str):
    fields = {"reason": "录错", "by": scene.cast.hospital_city, "at": later(hours=5)}
    if how == "moved":
        corrections.move(tested.other, to=scene.person(), **fields)
    else:
        right = sample(tested.other.sampled_at, "LOST", report_number=tested.other.report_number)
        corrections.correct(tested.other, right, **fields)
    assert colour(tested.later_on, later(hours=6)) == Colour.GREEN


@pytest.mark.parametrize("words", [EARLIER, "ended before the basis of endings was kept"])
def test_page_and_api_say_that_it_ended_before_its_basis_was_kept(scene: Scene, tested, words: str):
    case, language = Case.objects.of(tested.later_on).get(), "zh-hans" if words == EARLIER else "en"
    assert words in read(scene, case, language, "change")
    with time_machine.travel(later(days=30), tick=False):
        rows = (
            Caller(fresh(scene.cast.supervisor_city))
            .get("cases", person=case.person.public_id)
            .json()["results"]
        )
    assert rows[0]["basis"] == [{"fact": "EARLIER", "key": None, "words": words}]


def test_what_the_migration_found_is_in_the_ledger_from_then_on(scene: Scene, tested):
    takeover.take_over(Basis, by=scene.cast.admin_one, at=later(days=1))
    # That the bases of now went away is what only this test did.
    assert {one.kind for one in reconciling.findings()} == {"basis_deleted"}
