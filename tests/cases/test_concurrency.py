"""Real threads, each with its own connection: no stale colour, no lost act, no deadlock shown."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from cases.models import ControlOrder, LabResult, Person, Transition
from cases.policy.colours import Colour
from cases.services import areas, control
from cases.services.deliveries import receiving
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.grounds import cases, exits
from cases.services.persons import people
from cases.services.persons.identity import Identity
from cases.services.samples import results
from healthcode.core.audit.models import Event
from tests.databases import run_together
from tests.factories import DivisionFactory, delivered, resident_number

from .scenes import DUE, Scene, T, colour, day, fresh, later, sample, sound

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = DUE + timedelta(hours=8)


@pytest.fixture(autouse=True)
def real_commits(transactional_db):
    """Let every test here commit for real."""


def together(*acts):
    """Run acts in threads; whatever refused was refused in words, never by the database."""
    outcomes = run_together(*acts)
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)] == []
    sound()
    return outcomes


def refusals(outcomes) -> list[Refusal]:
    return [one for one in outcomes if isinstance(one, Refusal)]


def test_of_two_who_end_one_case_one_does(scene: Scene):
    person, by = scene.person(), scene.cast.officer_yulin
    scene.clinical(person)
    scene.tested(person, at=DUE - timedelta(hours=9))
    outcomes = together(*[lambda: control.end(fresh(person), by=by, at=MORNING)] * 2)
    assert len(refusals(outcomes)) == 1
    assert Event.objects.filter(action="case.ended").count() == 1


def test_a_positive_that_arrives_during_the_end_is_never_overlooked(scene: Scene):
    person, officer, hospital = scene.person(), scene.cast.officer_yulin, scene.cast.hospital_city
    scene.clinical(person)
    scene.tested(person, at=DUE - timedelta(hours=9))
    positive = sample(DUE, "POSITIVE")
    together(
        lambda: control.end(fresh(person), by=officer, at=MORNING),
        lambda: results.enter(fresh(person), positive, by=hospital, at=MORNING),
    )
    result = LabResult.objects.get(outcome="POSITIVE")
    ended = Transition.objects.filter(to_colour="GREEN").first()
    assert ended is None or ended.at < result.entered_at


def test_two_cases_ended_together_leave_green(scene: Scene):
    person, by = scene.person(), scene.cast.group_xinchang
    reports = [scene.exit_reported(scene.clinical(person, "SUSPECTED"), "EXCLUDED") for _ in range(2)]
    together(*(lambda report=report: exits.enter(report, by=by, at=later(hours=1)) for report in reports))
    assert colour(person, later(days=1)) == Colour.GREEN
    assert list(Transition.objects.order_by("at").values_list("to_colour", flat=True)) == ["RED", "GREEN"]


def test_a_case_opened_while_another_ends_keeps_red(scene: Scene):
    person, by = scene.person(), scene.cast.group_xinchang
    report = scene.exit_reported(scene.clinical(person, "SUSPECTED"), "EXCLUDED")
    waiting = scene.reported(person)
    together(
        lambda: exits.enter(report, by=by, at=later(hours=1)),
        lambda: cases.enter(waiting, by=by, at=later(hours=1)),
    )
    assert colour(person, later(days=1)) == Colour.RED
    assert ControlOrder.objects.standing().get().kind == "CENTRAL_ISOLATION"


def test_one_report_entered_twice_at_once_counts_once(scene: Scene):
    case, by = scene.reported(scene.person()), scene.cast.group_xinchang
    outcomes = together(*[lambda: cases.enter(fresh(case), by=by, at=later(hours=1))] * 2)
    assert len(refusals(outcomes)) == 1


def test_a_contact_entered_while_its_index_case_is_excluded_does_not_stay_red(scene: Scene):
    index, by = scene.clinical(scene.person(), "SUSPECTED"), scene.cast.group_xinchang
    person = scene.person()
    waiting, report = scene.reported(person, index_case=index), scene.exit_reported(index, "EXCLUDED")
    outcomes = together(
        lambda: cases.enter(waiting, by=by, at=later(hours=1)),
        lambda: exits.enter(report, by=by, at=later(hours=1)),
    )
    excluded = not isinstance(outcomes[1], Refusal)
    assert not (excluded and colour(person, later(days=1)) == Colour.RED)


def test_opposed_exclusions_over_the_same_contacts_do_not_wait_for_each_other(scene: Scene):
    one, two = (scene.clinical(scene.person(), "SUSPECTED") for _ in range(2))
    persons = [scene.person() for _ in range(5)]
    for index, order in ((one, persons), (two, list(reversed(persons)))):
        for person in order:
            scene.clinical(person, index_case=index)
    reports, by = [scene.exit_reported(index, "EXCLUDED") for index in (one, two)], scene.cast.group_xinchang
    outcomes = together(
        *(lambda report=report: exits.enter(report, by=by, at=later(hours=1)) for report in reports)
    )
    assert refusals(outcomes) == []
    assert {colour(person, later(days=1)) for person in persons} == {Colour.GREEN}


def test_two_liftings_over_the_same_persons_free_them_all(scene: Scene):
    both, persons, by = (
        [scene.listed(), scene.listed()],
        [scene.person() for _ in range(5)],
        scene.cast.duty_deputy,
    )
    for area, order in zip(both, (persons, list(reversed(persons))), strict=True):
        for person in order:
            scene.risk(person, area)
    changes = [scene.change_proposed(area, "LIFT", test_still_due=False) for area in both]
    fields = {"approve": True, "by": by, "at": later(hours=1)}
    together(*(lambda change=change: areas.decide_change(change, **fields) for change in changes))
    assert {colour(person, later(days=1)) for person in persons} == {Colour.GREEN}


def test_a_lifting_and_an_entry_at_once_leave_no_yellow_without_an_area(scene: Scene):
    area, person = scene.listed(), scene.person()
    claim, by, city = (
        scene.claim("RISK_AREA", risk_area=area),
        scene.cast.community_yulin,
        scene.cast.duty_deputy,
    )
    change = scene.change_proposed(area, "LIFT", test_still_due=False)
    fields = {"approve": True, "by": city, "at": later(hours=1)}
    outcomes = together(
        lambda: cases.open_case(person, claim, channel=cases.Channel.COMMUNITY, by=by, at=later(hours=1)),
        lambda: areas.decide_change(change, **fields),
    )
    lifted = not isinstance(outcomes[1], Refusal)
    assert not (lifted and colour(person, later(days=1)) == Colour.YELLOW)


def test_one_document_registered_at_once_is_one_person(scene: Scene):
    number, present = resident_number(), DivisionFactory(code="330624001")
    users = [scene.cast.service_xinchang, scene.cast.clinic_xinchang, scene.cast.community_yulin]
    identity = Identity("张三", document_number=number)
    outcomes = together(
        *(lambda by=by: people.register(identity, present=present, by=by, at=T) for by in users)
    )
    assert Person.objects.count() == 1
    assert sorted(one.outcome for one in outcomes) == ["KNOWN", "KNOWN", "REGISTERED"]


def test_two_lists_naming_the_same_people_in_opposite_orders_are_both_taken(scene: Scene):
    assert scene.cast.group_city.office
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    known = [scene.person().document for _ in range(4)]
    new = [resident_number() for _ in range(4)]
    lines = [f"测试,{number},330624001,密切接触者,2026-11-01" for number in (*known, *new)]
    Person.objects.update(name="测试")
    files = [
        "\n".join((heading, *(f"{line},函{sender}" for line in order))).encode()
        for sender, order in (("县", lines), ("市", list(reversed(lines))))
    ]
    users = (scene.cast.cdc_xinchang, scene.cast.cdc_city)
    taken = together(
        *(
            lambda file=file, by=by: delivered(file, file_name="x.csv", by=by, at=T)
            for file, by in zip(files, users, strict=True)
        )
    )
    assert [batch.accepted for batch in taken] == [8, 8]
    assert Person.objects.count() == 8


def test_one_file_delivered_twice_at_once_is_one_delivery(scene: Scene):
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    DivisionFactory(code="330624001")
    file = f"{heading}\n张三,{resident_number()},330624001,密切接触者,2026-11-01,函1".encode()
    by = scene.cast.cdc_xinchang
    fields = {"kind": "LINE_LIST", "file_name": "x.csv", "by": by, "at": T}
    (one, first), (two, second) = together(
        *[lambda: receiving.receive(receiving.store([file], at=T), **fields)] * 2
    )
    assert (one, sorted((first, second))) == (two, [False, True])


def test_a_stale_page_loses_against_the_act_that_came_first(scene: Scene):
    person, by = scene.person(), scene.cast.group_xinchang
    scene.clinical(person)
    seen = fresh(person).version
    document = scene.registered("2号").number
    fields = {"document": document, "reason": "x", "by": by, "at": later(hours=1), "seen": seen}
    outcomes = together(
        *(lambda n=n: control.extend(fresh(person), until_day=day(n), **fields) for n in (20, 21))
    )
    assert len(refusals(outcomes)) == 1


def test_a_merge_while_a_case_is_opened_loses_no_colour(scene: Scene):
    from cases.services.persons import merges

    duplicate, survivor = scene.person(), scene.person()
    merge, two = scene.merge_proposed(duplicate, survivor), scene.cast.bureau_two
    waiting, by = scene.reported(fresh(duplicate)), scene.cast.group_xinchang
    outcomes = together(
        lambda: merges.approve(merge, by=two, at=later(hours=1)),
        lambda: cases.enter(waiting, by=by, at=later(hours=1)),
    )
    entered = not isinstance(outcomes[1], Refusal)
    assert (colour(survivor, later(days=1)) == Colour.RED) == entered
    assert not isinstance(outcomes[0], OperationalError | NotAllowed)
