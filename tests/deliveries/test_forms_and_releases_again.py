"""Forms, releases and what was put right since, brought by two files, stand as long as one of the files does."""

from decimal import Decimal

import pytest

from cases.models import Declaration, LabResult
from cases.policy.colours import Colour
from cases.services.samples import amendments, corrections
from cases.services.samples.declarations import Form
from cases.services.samples.reports import LaboratoryReport
from tests.cases.scenes import Scene, colour, fresh, later, sound
from tests.deliveries.conftest import ground
from tests.deliveries.test_said_again import ORDERS, taken_back


def form(person, record: str = "D1", *, fever: str = "否", since: str = "") -> str:
    return f"{record},{person.document},{fever},,,{since}"


def both(send, kind: str, row: str, scene: Scene, *, hour: float, by: str = ""):
    """Let two files bring one row, the second with somebody else's beside it."""
    other = scene.person()
    more = {
        "DECLARATIONS": form(other, "D9"),
        "RESULTS": f"{other.document},2026-11-02 08:00,,阴性,县疾控,R9",
        "GROUNDS": ground(other, "P9", "系统自动赋黄码"),
    }[kind]
    first = send(kind, row, by=by, at=later(hours=hour))
    return [first, send(kind, row, more, by=by, at=later(hours=hour, minutes=10))]


@pytest.mark.parametrize("order", ORDERS)
def test_a_fever_that_two_files_declare_is_yellow_until_both_are_taken_back(scene: Scene, send, order):
    person = scene.person()
    files = both(send, "DECLARATIONS", form(person, fever="是", since="2026-11-01"), scene, hour=0)
    assert Declaration.objects.filter(person=person).count() == 1
    taken_back(scene, files[order[0]], 1)
    assert colour(person, later(hours=2)) == Colour.YELLOW
    taken_back(scene, files[order[1]], 3)
    assert colour(person, later(hours=4)) == Colour.GREEN
    sound()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("put_right", [False, True])
def test_a_clean_form_that_two_files_bring_bears_the_end_until_both_are_taken_back(
    scene: Scene, send, order, put_right
):
    person = scene.person()
    scene.fever(person, at=later(hours=-9))
    scene.visit(person, at=later(hours=-8))
    scene.tested(person, at=later(hours=-7))
    files = both(send, "DECLARATIONS", form(person), scene, hour=0)
    if put_right:
        row = Declaration.objects.get(person=person, batch=files[0])
        fields = {"reason": "体温漏填", "by": scene.cast.citizen, "at": later(minutes=30)}
        amendments.correct_form(row, Form(fever=False, temperature=Decimal("36.6")), **fields)
    taken_back(scene, files[order[0]], 1)
    assert colour(person, later(hours=2)) == Colour.GREEN
    taken_back(scene, files[order[1]], 3)
    assert colour(person, later(hours=4)) == Colour.YELLOW
    sound()


def test_a_form_that_says_otherwise_since_is_no_delivery_s(scene: Scene, send):
    person = scene.person()
    first = send("DECLARATIONS", form(person))
    row = Declaration.objects.get(person=person)
    fields = {"reason": "填错", "by": scene.cast.citizen, "at": later(minutes=30)}
    amendments.correct_form(row, Form(fever=True, onset_on=later().date()), **fields)
    second = send("DECLARATIONS", form(person), form(scene.person(), "D9"), at=later(hours=1))
    for hour, batch in enumerate((first, second), 2):
        taken_back(scene, batch, hour)
    assert colour(person, later(hours=5)) == Colour.YELLOW
    sound()


@pytest.mark.parametrize("order", ORDERS)
def test_a_release_that_two_files_bring_bears_the_end_until_both_are_taken_back(scene: Scene, send, order):
    person = scene.person()
    send("GROUNDS", ground(person, "P1", "系统自动赋黄码"))
    release = ground(person, "P1", "系统自动赋黄码", action="解除")
    files = both(send, "GROUNDS", release, scene, hour=1)
    assert colour(person, later(hours=2, minutes=30)) == Colour.GREEN
    taken_back(scene, files[order[0]], 3)
    assert colour(person, later(hours=4)) == Colour.GREEN
    taken_back(scene, files[order[1]], 5)
    assert colour(person, later(hours=6)) == Colour.YELLOW
    sound()


@pytest.mark.parametrize("order", ORDERS)
def test_a_result_put_right_stands_as_long_as_one_of_its_files_does(scene: Scene, send, order):
    person, by = scene.person(), "service.xinchang"
    scene.risk(person, at=later(hours=-2))
    files = both(send, "RESULTS", f"{person.document},2026-11-02 08:00,,阴性,县疾控,R1", scene, hour=0, by=by)
    row = LabResult.objects.get(person=person)
    right = LaboratoryReport(row.sampled_at, "NEGATIVE", "县疾控", "R1-1")
    corrections.correct(row, right, reason="编号更正", by=scene.cast[by], at=later(minutes=40))
    taken_back(scene, files[order[0]], 1)
    assert colour(person, later(hours=2)) == Colour.GREEN
    taken_back(scene, files[order[1]], 3)
    assert colour(fresh(person), later(hours=4)) == Colour.YELLOW
    sound()
