"""What an area bore ends by set, and to the ledger and to everybody it is what a single ending would be (1.2b, 1.4)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case, ControlOrder, Person, Transition
from cases.policy.colours import Colour
from cases.services.areas import changes
from cases.services.engine import tracks
from healthcode.core.audit import takeover
from healthcode.core.audit.models import Event
from healthcode.portal import reconciling
from tests.cases.scenes import Scene, T, colour, fresh, later, order_of
from tests.factories import DivisionFactory
from tests.facts.test_areas import BEIJING, SEVERE, tracked

KINDS = ("LIFT", "WITHDRAW")


def area_of(scene: Scene, **fields):
    return scene.listed(name="丰台", division=DivisionFactory(code=BEIJING), from_at=T, **fields)


def changed(scene: Scene, area, kind: str, **span: float) -> int:
    return scene.changed(fresh(area), kind, test_still_due=False, at=later(**span))


@pytest.mark.parametrize("kind", KINDS)
def test_those_by_track_and_those_by_hand_end_alike(scene: Scene, kind):
    by_track = [tracked(scene) for _ in range(3)]
    area, by_hand = area_of(scene), scene.person()
    scene.risk(by_hand, area, at=later(minutes=1))
    assert changed(scene, area, kind, hours=2) == 4
    assert {colour(one, later(hours=3)) for one in (*by_track, by_hand)} == {Colour.GREEN}
    rows = [
        (case.state, case.exit, case.closing_reason, case.bases.get().fact) for case in Case.objects.all()
    ]
    assert len(set(rows)) == 1
    turned = Transition.objects.filter(to_colour="GREEN")
    assert {(one.from_colour, one.case.person_id) for one in turned} == {
        ("YELLOW", one.pk) for one in (*by_track, by_hand)
    }
    assert list(reconciling.findings()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_case_has_its_event_and_each_code_its_own(scene: Scene, kind):
    people = [tracked(scene) for _ in range(2)]
    area = area_of(scene)
    changed(scene, area, kind, hours=2)
    for action in ("case.ended", "code.turned"):
        events = Event.objects.filter(action=action, at_us__gt=0).order_by("-pk")[:2]
        assert {event.person for event in events} == {one.audit_person for one in people}
        assert {event.target for event in events} == {f"case:{case.pk}" for case in Case.objects.all()}


def test_another_ground_keeps_the_colour_and_writes_no_conversion(scene: Scene):
    person = tracked(scene)
    area = area_of(scene)
    scene.overseas(person, at=later(hours=1))
    before = Transition.objects.count()
    assert changed(scene, area, "WITHDRAW", hours=2) == 1
    assert colour(person, later(hours=3)) == Colour.RED
    assert Transition.objects.count() == before


def test_the_case_of_a_merged_record_turns_the_code_of_the_one_that_stands_for_it(scene: Scene):
    duplicate, survivor = tracked(scene), scene.person()
    area = area_of(scene)
    scene.merged(duplicate, survivor, at=later(hours=1))
    changed(scene, area, "WITHDRAW", hours=2)
    assert colour(survivor, later(hours=3)) == Colour.GREEN
    assert Transition.objects.latest("pk").person == survivor
    assert list(reconciling.findings()) == []


@pytest.mark.parametrize("fields", [{}, SEVERE])
def test_a_case_opened_by_set_on_a_merged_record_is_that_records_in_the_ledger_too(scene: Scene, fields):
    duplicate, survivor = tracked(scene), scene.person()
    scene.merged(duplicate, survivor, at=later(hours=1))
    area_of(scene, **fields)
    assert colour(survivor, later(hours=2)) == (Colour.RED if fields else Colour.YELLOW)
    assert Case.objects.open().get().person == duplicate
    turned = Event.objects.filter(action="code.turned").latest("pk")
    assert turned.person == fresh(survivor).audit_person
    assert list(reconciling.findings()) == []


@pytest.mark.parametrize("fields", [{}, SEVERE])
def test_a_case_held_by_set_on_a_merged_record_is_that_records_in_the_ledger_too(scene: Scene, fields):
    duplicate, survivor = tracked(scene), scene.person()
    scene.merged(duplicate, survivor, at=later(hours=1))
    area = area_of(scene, **fields)
    scene.voided(Case.objects.open().get(), at=later(hours=2))
    assert tracks.match(fresh(area), by=scene.cast.duty_deputy, at=later(hours=3)).cases == 0
    assert Case.objects.get(state="HELD").person == duplicate
    assert list(reconciling.findings()) == []


def test_isolation_for_the_area_alone_is_let_go_and_another_one_stays(scene: Scene):
    alone, also = tracked(scene), tracked(scene)
    area = area_of(scene, **SEVERE)
    scene.overseas(also, at=later(hours=1))
    changed(scene, area, "WITHDRAW", hours=2)
    assert not alone.orders.filter(ended_at=None).exists()
    assert set(order_of(also).served.values_list("case__ground", flat=True)) >= {"OVERSEAS"}
    assert [colour(one, later(hours=3)) for one in (alone, also)] == [Colour.GREEN, Colour.RED]
    assert list(reconciling.findings()) == []


def test_a_merged_record_and_one_held_in_a_place_are_let_go_alike(scene: Scene):
    duplicate, survivor, placed = tracked(scene), scene.person(), tracked(scene)
    area = area_of(scene, **SEVERE)
    scene.merged(duplicate, survivor, at=later(hours=1))
    ControlOrder.objects.of(placed).update(place="羽林街道1号")
    takeover.take_over(ControlOrder, by=scene.cast.duty_city, at=later(hours=1))
    changed(scene, area, "WITHDRAW", hours=2)
    assert not ControlOrder.objects.standing().exists()
    assert set(ControlOrder.objects.exclude(ending="SUPERSEDED").values_list("ending", flat=True)) == {
        "LAPSED"
    }
    assert list(reconciling.findings()) == []


def test_ten_times_as_many_take_as_many_statements(scene: Scene):
    counts = []
    for number in (1, 10):
        for _ in range(number):
            tracked(scene)
        area = area_of(scene, **SEVERE)
        with CaptureQueriesContext(connection) as queries:
            changed(scene, area, "WITHDRAW", hours=number)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("by_track", [True, False])
def test_whoever_came_on_after_the_locks_makes_the_act_begin_anew(scene: Scene, monkeypatch, by_track):
    first, second = tracked(scene), tracked(scene) if by_track else scene.person()
    area = area_of(scene)
    if not by_track:
        scene.risk(second, area, at=later(hours=1))
    reads, reached = [], changes._reached

    def read_too_early(*args):
        reads.append(args)
        return Person.objects.filter(pk=first.pk).values("pk") if len(reads) == 1 else reached(*args)

    monkeypatch.setattr(changes, "_reached", read_too_early)
    assert changed(scene, area, "WITHDRAW", hours=2) == 2
    assert len(reads) == 2
    assert {colour(one, later(hours=3)) for one in (first, second)} == {Colour.GREEN}
