"""The hold of mass coding (3.1c): above twenty within the hour on one ground and evidence, somebody looks first."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from cases.models import Batch, Case, MassHold, RuleBook
from cases.policy.colours import Colour
from cases.policy.parts import Parameters
from cases.services.engine import holds
from cases.services.engine.evidence import resolves
from healthcode.core.audit import commitments
from healthcode.core.audit.models import Event
from healthcode.core.audit.recorded import target_of
from healthcode.core.offices import roles
from healthcode.core.offices.refusals import NotAllowed
from healthcode.core.offices.roles import Reach
from tests.cases.scenes import Scene, T, colour, later, refused

from .conftest import ground

DOCUMENT = "浙防指〔2020〕12号"


def rows(
    scene: Scene, number: int, start: int = 0, key: str = "系统自动赋红码", evidence: str = DOCUMENT
) -> list[str]:
    return [ground(scene.person(), f"S{start + n}", key, evidence=evidence) for n in range(number)]


@pytest.fixture
def send(send: Callable[..., Batch]) -> Callable[..., Batch]:
    """Send as machines do who need no preview."""
    return partial(send, at_once=True)


@pytest.fixture
def few(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hold be needed above four: what is counted as one does not depend on how many are too many."""
    assert RuleBook.objects.in_force(
        T
    ).policy  # read before: nothing sets a field of a class that is so changed
    monkeypatch.setattr(Parameters, "mass_hold_threshold", 4)


def states() -> dict[str, int]:
    return {state: Case.objects.filter(state=state).count() for state in ("OPEN", "HELD")}


def test_twenty_count_at_once(scene: Scene, send):
    send("GROUNDS", *rows(scene, 20))
    assert states() == {"OPEN": 20, "HELD": 0}


def test_splitting_over_deliveries_does_not_get_round_it(scene: Scene, send):
    send("GROUNDS", *rows(scene, 12))
    send("GROUNDS", *rows(scene, 12, start=50), at=later(minutes=30))
    assert states() == {"OPEN": 12, "HELD": 12}


def test_a_hold_is_in_the_ledger_once_however_many_come_to_it(scene: Scene, few, send):
    send("GROUNDS", *rows(scene, 5))
    send("GROUNDS", *rows(scene, 3, start=50), at=later(minutes=30))
    assert Event.objects.filter(action="hold.raised", target=target_of(MassHold.objects.get())).count() == 1
    assert commitments.holds(MassHold.objects.get())


def test_an_hour_later_it_is_counted_anew(scene: Scene, few, send):
    send("GROUNDS", *rows(scene, 3))
    send("GROUNDS", *rows(scene, 3, start=50), at=later(minutes=61))
    assert states() == {"OPEN": 6, "HELD": 0}


@pytest.mark.parametrize(("microseconds", "waiting"), [(0, 0), (-1, 3)])
def test_the_hour_is_over_to_the_microsecond(scene: Scene, few, send, microseconds, waiting):
    send("GROUNDS", *rows(scene, 3))
    last = Case.objects.latest("entered_at").entered_at
    send("GROUNDS", *rows(scene, 3, start=50), at=last + timedelta(hours=1, microseconds=microseconds))
    assert states()["HELD"] == waiting


def test_an_office_that_brought_some_in_does_not_let_them_count(scene: Scene, few, send, monkeypatch):
    send("GROUNDS", *rows(scene, 5))
    monkeypatch.setitem(roles.ACTS["hold.decide"].reach, "province", Reach.ALL)
    hold = MassHold.objects.get()
    refused(holds.OwnOpenings, holds.decide, hold, approve=True, by=scene.cast.province, at=later(hours=1))


def test_a_county_decides_a_hold_whose_people_all_live_there(scene: Scene, few, send):
    send("GROUNDS", *rows(scene, 5))
    decided = {"approve": True, "by": scene.cast.duty_xinchang, "at": later(hours=1)}
    assert holds.decide(MassHold.objects.get(), **decided) == 5


def test_one_with_somebody_of_another_county_is_the_citys(scene: Scene, few, send):
    elsewhere = ground(scene.person(present="330602001"), "S90", "系统自动赋红码", evidence=DOCUMENT)
    send("GROUNDS", *rows(scene, 4), elsewhere)
    hold, at = MassHold.objects.get(), later(hours=1)
    refused(NotAllowed, holds.decide, hold, approve=True, by=scene.cast.duty_xinchang, at=at)
    assert holds.decide(hold, approve=True, by=scene.cast.duty_city, at=at) == 5


def test_other_references_that_nobody_can_resolve_count_together(scene: Scene, few, send):
    send("GROUNDS", *rows(scene, 3, evidence="赋红码一批"))
    send("GROUNDS", *rows(scene, 3, start=50, evidence="赋红码二批"))
    assert states() == {"OPEN": 3, "HELD": 3}
    assert MassHold.objects.get().resolved is False


@pytest.mark.parametrize("key", ["近14天内有境外旅居史", "疑似病人"])
def test_typed_grounds_of_the_province_never_wait(scene: Scene, few, send, key):
    send("GROUNDS", *rows(scene, 6, key=key))
    assert states() == {"OPEN": 6, "HELD": 0}


def test_a_held_case_changes_no_colour(scene: Scene, few, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S100", "系统自动赋红码"), *rows(scene, 4))
    assert colour(person, later(hours=1)) == Colour.GREEN


@pytest.mark.parametrize("reference", ["浙防指〔2020〕12号", "浙防指[2020]12号", "浙防指（２０２０） 12 号"])
def test_a_document_of_the_register_is_resolved_however_it_is_spelled(scene: Scene, reference):
    scene.documented(DOCUMENT)
    assert resolves(reference, at=T)


@pytest.mark.parametrize(
    "reference", [DOCUMENT, "浙防指〔2020〕99号", "CA1234/2020-10-31", "G7512 2020-10-31"]
)
def test_a_shape_is_no_evidence(scene: Scene, reference):
    assert not resolves(reference, at=T)


def test_a_case_and_a_listed_area_can_be_resolved_and_what_does_not_exist_cannot(scene: Scene):
    case, area = scene.clinical(scene.person(), "CONFIRMED"), scene.listed(name="某区某街道")
    assert resolves(f"case:{case.pk}", at=T) and resolves(area.name, at=T)
    assert not any(resolves(one, at=T) for one in ("case:999999", "某处", "领导口头", "", "——"))


def voided_and_sent_again(scene: Scene, send, key: str) -> Case:
    person = scene.person()
    send("GROUNDS", ground(person, "S1", key))
    scene.voided(Case.objects.get(), at=later(hours=1))
    send(
        "GROUNDS",
        ground(person, "S1", key),
        ground(scene.person(), "S2", "近14天内有境外旅居史"),
        at=later(hours=2),
    )
    return Case.objects.exclude(state="VOIDED").get(person=person)


def test_what_was_voided_and_is_sent_again_waits(scene: Scene, send):
    assert voided_and_sent_again(scene, send, "系统自动赋黄码").state == "HELD"


@pytest.mark.parametrize("key", ["疑似病人", "近14天内有境外旅居史", "系统自动赋红码"])
def test_whatever_ground_it_is_and_it_is_told(scene: Scene, send, key):
    from healthcode.core.audit.models import Event

    assert voided_and_sent_again(scene, send, key).state == "HELD"
    assert Event.objects.filter(action="case.reimposed").count() == 1
