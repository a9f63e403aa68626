"""Where a walk begins: somebody with each ground of the book, and what could tempt one account to lighten it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cases.models import Person
from cases.services import control
from cases.services.grounds import voids
from cases.services.persons import numbers, people
from cases.services.persons.identity import Identity
from tests.alone.walk import World
from tests.cases.scenes import Scene, fresh, later
from tests.complaints.desk import Desk
from tests.deliveries.conftest import HEADINGS, ground
from tests.factories import delivered, one_off, sealed

SOON, OVER = later(days=2), later(days=16)  # while every isolation runs, and after
Situation = Callable[[Scene], World]


def world(scene: Scene, *concerned: Person, at: datetime = SOON, **fields: Any) -> World:
    """Return a situation of these people and of a stranger with a negative of these days."""
    stranger = scene.person()
    scene.tested(stranger, at=at - timedelta(hours=3))
    return World([fresh(one) for one in (*concerned, stranger)], at, files_about(concerned[0]), **fields)


def files_about(person: Person) -> dict[str, list[bytes]]:
    """Return one file of each kind that could lighten the code of a person."""
    rows = {
        "GROUNDS": [ground(person, record, "", action="解除") for record in ("S1", "S2")],
        "RESULTS": [f"{person.document},2026-11-04 08:00,,阴性,市疾控,R901"],
        "CODES": [f"{person.name},{person.document},330624001,3301"],
        "DECLARATIONS": [f"D901,{person.document},否,,36.5,"],
    }
    return {kind: [sealed("\n".join((HEADINGS[kind], *of)))] for kind, of in rows.items()}


def contact(scene: Scene) -> World:
    """Red as a close contact, two days on."""
    person = scene.person()
    scene.clinical(person)
    return world(scene, person)


def contact_over(scene: Scene) -> World:
    """Red as a close contact, the days over."""
    person = scene.person()
    scene.clinical(person)
    return world(scene, person, at=OVER)


def contradicted_red(scene: Scene) -> World:
    """Red, the days over, and a positive of the hospital that nobody has answered."""
    person = scene.person()
    scene.clinical(person)
    scene.tested(person, at=OVER - timedelta(hours=9), outcome="POSITIVE")
    return world(scene, person, at=OVER)


def index_case(scene: Scene) -> World:
    """A confirmed case, and a contact who rests on it."""
    person, other = scene.person(), scene.person()
    index = scene.clinical(person, "CONFIRMED")
    scene.clinical(other, index_case=index)
    return world(scene, person, other)


def suspected(scene: Scene) -> World:
    person = scene.person()
    scene.clinical(person, "SUSPECTED")
    return world(scene, person)


def convalescent(scene: Scene) -> World:
    person = scene.person()
    scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(days=1))
    return world(scene, person)


def overseas_over(scene: Scene) -> World:
    person = scene.person()
    scene.overseas(person)
    return world(scene, person, at=OVER)


def ordered_at_home(scene: Scene) -> World:
    """Red by an order of the group, at home by an exception that was approved."""
    person = scene.person()
    scene.ordered(person, kind="CENTRAL_ISOLATION", days=14)
    fields = {"address": "羽林街道1号", "reason": "行动不便", "by": scene.cast.group_xinchang}
    stay = control.propose_home(fresh(person), **fields, at=later(hours=2))
    control.decide_home(stay, approve=True, by=scene.cast.duty_xinchang, at=later(hours=3))
    return world(scene, person, at=OVER)


def severe_area(scene: Scene) -> World:
    person = scene.person()
    scene.opened(person, "SEVERE_AREA", by=scene.cast.province, channel="PROVINCE", risk_area=scene.severe())
    return world(scene, person)


def sent_red(scene: Scene) -> World:
    """Red by the province's linked data, under its record S2."""
    return _sent(scene, "S2", "系统自动赋红码")


def sent_yellow(scene: Scene) -> World:
    """Yellow by the province's linked data, under its record S1."""
    return _sent(scene, "S1", "系统自动赋黄码")


def _sent(scene: Scene, record: str, key: str) -> World:
    person = scene.person()
    content = sealed("\n".join((HEADINGS["GROUNDS"], ground(person, record, key))))
    delivered(content, kind="GROUNDS", by=scene.cast.province, at=later())
    return world(scene, person)


def area_yellow(scene: Scene) -> World:
    """Yellow by a stay in an area that is listed."""
    person = scene.person()
    scene.risk(person)
    return world(scene, person)


def contradicted_yellow(scene: Scene) -> World:
    person = scene.person()
    scene.risk(person)
    scene.tested(person, at=SOON - timedelta(hours=5), outcome="POSITIVE", by=scene.cast.service_xinchang)
    return world(scene, person)


def fever(scene: Scene) -> World:
    person = scene.person()
    scene.fever(person)
    return world(scene, person)


def fever_examined(scene: Scene) -> World:
    """Yellow by a fever that a clinic has examined and a test has spoken of."""
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=later(hours=20))
    scene.tested(person, at=later(hours=22))
    return world(scene, person)


def other_yellow(scene: Scene) -> World:
    person = scene.person()
    scene.other_yellow(person)
    return world(scene, person)


def red_and_yellow(scene: Scene) -> World:
    """Red by isolation and yellow by fever and by linked data at once, the days over."""
    person = scene.person()
    scene.clinical(person)
    scene.fever(person)
    scene.automatic(person, "AUTO_YELLOW")
    return world(scene, person, at=OVER)


def joined(scene: Scene) -> World:
    """One human in two records, the second of them red."""
    person, twin = scene.person(), scene.person()
    scene.clinical(person)
    scene.merged(twin, person, at=later(hours=1))
    return world(scene, person, twin)


def join_waits(scene: Scene) -> World:
    """One human in two records, whose merge one officer has proposed."""
    person, twin = scene.person(), scene.person()
    scene.clinical(person)
    scene.merge_proposed(twin, person, at=later(hours=1))
    return world(scene, person, twin)


def elsewhere(scene: Scene) -> World:
    """Control served elsewhere, its certificate recorded and not confirmed."""
    person = scene.person()
    scene.overseas(person)
    scene.relocated(person, at=later(days=1))
    scene.certificate(person, at=OVER - timedelta(hours=1))
    return world(scene, person, at=OVER)


def exit_waits(scene: Scene) -> World:
    person = scene.person()
    scene.exit_reported(scene.clinical(person, "SUSPECTED"), "EXCLUDED", at=later(days=1))
    return world(scene, person)


def void_waits(scene: Scene) -> World:
    """A void that the bureau proposed on a finding of its own."""
    person = scene.person()
    scene.void_proposed(scene.clinical(person), at=later(days=1))
    return world(scene, person)


def own_void_waits(scene: Scene) -> World:
    """A void that CDC proposed of what it had reported."""
    person = scene.person()
    case = scene.clinical(person)
    fields = {"reason_class": "WRONG_PERSON", "reason": "同名", "by": scene.cast.cdc_xinchang}
    voids.propose(case, **fields, at=later(days=1))
    return world(scene, person)


def finding_seconded(scene: Scene) -> World:
    person = scene.person()
    scene.self_checked(scene.clinical(person), at=later(days=1))
    return world(scene, person)


def release_waits(scene: Scene) -> World:
    person = scene.person()
    case = scene.other_yellow(person)
    fields = {"document_number": "文件2026-9号", "reason": "解除", "by": scene.cast.group_xinchang}
    voids.propose_release(case, **fields, at=later(days=1))
    return world(scene, person)


def death_waits(scene: Scene) -> World:
    person = scene.person()
    scene.clinical(person)
    scene.death_recorded(person, at=later(days=1))
    return world(scene, person)


def number_waits(scene: Scene) -> World:
    """A red record whose number the service point wants changed."""
    person = scene.person()
    scene.clinical(person)
    typed = Identity(name=person.name, document_number=one_off(person.document), phone=person.phone)
    fields = {"address": "", "reason": "录错", "document": numbers.TYPED, "by": scene.cast.service_xinchang}
    people.correct(fresh(person), typed, **fields, at=later(days=1))
    return world(scene, person)


def lifting_waits(scene: Scene) -> World:
    """Yellow by an area whose lifting without a test one duty lead has proposed."""
    person, area = scene.person(), scene.listed()
    scene.risk(person, area)
    scene.change_proposed(area, "LIFT", at=later(days=1), test_still_due=False)
    return world(scene, person)


def own_delivery(scene: Scene) -> World:
    """Yellow and tested, by a file of the service point that can be taken back."""
    person = scene.person()
    scene.risk(person)
    row = f"{person.document},2026-11-03 08:00,,可疑,市疾控,R77"
    content = sealed("\n".join((HEADINGS["RESULTS"], row)))
    delivered(content, kind="RESULTS", by=scene.cast.service_xinchang, at=later(days=1, hours=1))
    return world(scene, person)


def ticket(scene: Scene) -> World:
    """Red, with a complaint that the bureau has signed for."""
    desk = Desk(scene)
    person = desk.red()
    taken = desk.taken(desk.routed(person))
    return world(scene, person, tickets=[fresh(taken)])


SITUATIONS: tuple[Situation, ...] = (
    *(contact, contact_over, contradicted_red, index_case, suspected, convalescent, overseas_over),
    *(ordered_at_home, severe_area, sent_red, sent_yellow, area_yellow, contradicted_yellow, fever),
    *(fever_examined, other_yellow, red_and_yellow, joined, join_waits, elsewhere, exit_waits, void_waits),
    *(own_void_waits, finding_seconded, release_waits, death_waits, number_waits, lifting_waits),
    *(own_delivery, ticket),
)
