"""The hold of mass coding (3.1c): above twenty within the hour on one ground and evidence, somebody looks first."""

import pytest

from cases.models import Case, MassHold
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import holds, second_person
from cases.services.refusals import NotAllowed
from tests.cases.scenes import Scene, colour, later, refused

from .conftest import ground

DOCUMENT = "浙防指〔2020〕12号"


def rows(
    scene: Scene, number: int, start: int = 0, key: str = "系统自动赋红码", evidence: str = DOCUMENT
) -> list[str]:
    return [ground(scene.person(), f"S{start + n}", key, evidence=evidence) for n in range(number)]


def states() -> dict[str, int]:
    return {state: Case.objects.filter(state=state).count() for state in ("OPEN", "HELD")}


def test_twenty_count_at_once(scene: Scene, send):
    send("GROUNDS", *rows(scene, 20))
    assert states() == {"OPEN": 20, "HELD": 0}


def test_twenty_one_wait_all_of_them(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    assert states() == {"OPEN": 0, "HELD": 21}
    hold = MassHold.objects.get()
    assert (hold.ground, hold.evidence_ref, hold.resolved, hold.reached) == ("AUTO_RED", DOCUMENT, True, 21)


def test_splitting_over_deliveries_does_not_get_round_it(scene: Scene, send):
    send("GROUNDS", *rows(scene, 12))
    send("GROUNDS", *rows(scene, 12, start=50), at=later(minutes=30))
    assert states() == {"OPEN": 12, "HELD": 12}


def test_an_hour_later_it_is_counted_anew(scene: Scene, send):
    send("GROUNDS", *rows(scene, 12))
    send("GROUNDS", *rows(scene, 12, start=50), at=later(minutes=61))
    assert states() == {"OPEN": 24, "HELD": 0}


def test_other_references_that_nobody_can_resolve_count_together(scene: Scene, send):
    send("GROUNDS", *rows(scene, 12, evidence="赋红码一批"))
    send("GROUNDS", *rows(scene, 12, start=50, evidence="赋红码二批"))
    assert states() == {"OPEN": 12, "HELD": 12}
    assert MassHold.objects.get().resolved is False


@pytest.mark.parametrize("key", ["近14天内有境外旅居史", "疑似病人"])
def test_typed_grounds_of_the_province_never_wait(scene: Scene, send, key):
    send("GROUNDS", *rows(scene, 25, key=key))
    assert states() == {"OPEN": 25, "HELD": 0}


def test_a_held_case_changes_no_colour(scene: Scene, send):
    person = scene.person()
    send("GROUNDS", ground(person, "S100", "系统自动赋红码"), *rows(scene, 20))
    assert colour(person, later(hours=1)) == Colour.GREEN


def test_approved_by_the_duty_lead_all_count_with_their_orders(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    assert (
        holds.decide(MassHold.objects.get(), approve=True, by=scene.cast.duty_city, at=later(hours=1)) == 21
    )
    assert states() == {"OPEN": 21, "HELD": 0}
    assert Case.objects.filter(served_by__isnull=False).count() == 21


def test_sent_back_none_counts_and_the_reason_stays(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    said = {"by": scene.cast.duty_city, "at": later(hours=1)}
    refused(second_person.ReasonMissing, holds.decide, MassHold.objects.get(), approve=False, **said)
    holds.decide(MassHold.objects.get(), approve=False, answer="没有依据", **said)
    assert Case.objects.filter(state=State.REFUSED, closing_reason="没有依据").count() == 21


def test_a_hold_is_decided_once(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    said = {"approve": True, "by": scene.cast.duty_city}
    holds.decide(MassHold.objects.get(), at=later(hours=1), **said)
    refused(second_person.AlreadyDecided, holds.decide, MassHold.objects.get(), at=later(hours=2), **said)


@pytest.mark.parametrize("by", ["group.xinchang", "supervisor.city", "province", "bureau.one"])
def test_others_decide_no_hold(scene: Scene, send, by):
    send("GROUNDS", *rows(scene, 21))
    refused(
        NotAllowed, holds.decide, MassHold.objects.get(), approve=True, by=scene.cast[by], at=later(hours=1)
    )


def test_the_duty_lead_and_supervision_are_told(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    for username in ("duty.city", "supervisor.city"):
        told = {one.key: one for one in worklists(scene.cast[username], later(hours=1))}
        assert told["holds"].urgent, username


def test_a_hold_says_how_many_wait_in_which_township(scene: Scene, send):
    send("GROUNDS", *rows(scene, 21))
    assert [people for _name, people in holds.by_township(MassHold.objects.get())] == [21]


@pytest.mark.parametrize("reference", ["浙防指〔2020〕12号", "CA1234/2020-10-31", "G7512 2020-10-31"])
def test_documents_flights_and_trains_can_be_resolved(scene: Scene, reference):
    assert holds.resolves(reference)


def test_a_case_and_a_listed_area_can_be_resolved_and_what_does_not_exist_cannot(scene: Scene):
    case, area = scene.overseas(scene.person()), scene.listed(name="某区某街道")
    assert holds.resolves(f"case:{case.pk}") and holds.resolves(area.name)
    assert not any(holds.resolves(one) for one in ("case:999999", "某处", "领导口头", ""))


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


def test_a_clinical_ground_sent_again_after_its_void_counts_and_is_told(scene: Scene, send):
    from healthcode.audit.models import Event

    assert voided_and_sent_again(scene, send, "疑似病人").state == "OPEN"
    assert Event.objects.filter(action="case.reimposed").count() == 1
