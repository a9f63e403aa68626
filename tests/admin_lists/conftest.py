"""One world, two sides: the same things happened to a person in Xinchang and to one in Yuecheng."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Batch, Case, Person
from cases.models.declarations import Mode
from cases.policy import days
from cases.services import areas, control, gates
from cases.services.grounds import exits, voids
from cases.services.persons import merges, people, transfers
from cases.services.persons.identity import Identity
from cases.services.samples import declarations
from healthcode.core.offices.models import User
from tests.factories import (
    Cast,
    DivisionFactory,
    OfficeFactory,
    UserFactory,
    contact,
    delivered,
    guarded,
    register,
    reported,
    resident_number,
    sampled,
)

CANARY = "金丝雀"
CANARY_ADDRESS = "越城秘密里八十八号"
CANARY_PHONE = "13312345678"


@dataclass
class Side:
    """One county's persons, with everything that can hang on a person."""

    person: Person
    duplicate: Person
    patient: Person
    case: Case
    secrets: tuple[str, ...]
    rows: list[Any] = field(default_factory=list)


@dataclass
class Staff:
    """Who acts on one side."""

    cdc: User
    group: User
    service: User
    community: User
    clinic: User
    officer: User


@dataclass
class World:
    cast: Cast
    here: Side
    there: Side
    batch: Batch


@pytest.fixture(scope="module")
def world(kept: None) -> World:
    """Xinchang (`here`), and Yuecheng (`there`) with the canary."""
    cast = Cast()
    # Noon: what happens within the hour happens on one day, at whatever time the tests run.
    at = datetime.combine(days.local_day(timezone.now()) - timedelta(days=3), time(12), days.ZONE)
    xinchang = Staff(
        cast.cdc_xinchang,
        cast.group_xinchang,
        cast.service_xinchang,
        cast.community_yulin,
        cast.clinic_xinchang,
        cast.officer_yulin,
    )
    here = _side(cast, xinchang, "330624001", at, name="新昌人", address="羽林路一号", phone="13900001111")
    yuecheng = Staff(
        cast.cdc_city,
        cast.group_city,
        cast.service_yuecheng,
        cast.community_yuecheng,
        UserFactory(username="clinic.yuecheng", role="clinic", office=_office("FEVER_CLINIC", "330602")),
        UserFactory(username="officer.yuecheng", role="officer", office=_office("COMMUNITY", "330602001")),
    )
    there = _side(cast, yuecheng, "330602001", at, name=CANARY, address=CANARY_ADDRESS, phone=CANARY_PHONE)
    batch = delivered(
        f"姓名,证件号码,现居住地区划,赋码原因,起算日期\n{CANARY}丁,3306,330602001,密切接触者,2020-08-24\n".encode(),
        file_name="绍兴密接名单.csv",
        by=cast.cdc_city,
        at=at,
    )
    area = areas.propose(
        areas.Listing("北京新发地", "HIGH", "国务院通报", from_at=at),
        by=cast.duty_city,
        at=at + timedelta(hours=1),
    )
    here.rows.append(area)
    # The same gate saw both: of the canary its keeper reads no more than a colour.
    venue = guarded("SCHOOL", at=at)
    for side in (here, there):
        side.rows += [venue, _checked(side.person, venue, by=cast.gate_school, at=at + timedelta(hours=2))]
    return World(cast, here, there, batch)


def _office(kind: str, division: str) -> Any:
    return OfficeFactory(kind=kind, division=DivisionFactory(code=division))


def _side(cast: Cast, staff: Staff, present: str, at: Any, **who: str) -> Side:
    minute = timedelta(minutes=1)
    number = resident_number()
    person = register(by=staff.service, present=present, at=at, document_number=number, **who)
    duplicate = register(by=staff.service, present=present, at=at, name=f"{who['name']}乙")
    patient = register(by=staff.service, present=present, at=at, name=f"{who['name']}丙")
    case = contact(person, cdc=staff.cdc, group=staff.group, at=at + minute)
    rows = [case, sampled(person, by=staff.service, at=at + 2 * minute)]
    rows += _controlled(staff, case, who["address"], at)
    rows.append(merges.propose(duplicate, person, reason="同一人", by=cast.bureau_one, at=at + 8 * minute))
    rows += _feverish(staff, duplicate, at)
    suspected = reported(
        patient, ground="SUSPECTED", evidence_kind="INVESTIGATION", by=staff.cdc, at=at + 12 * minute
    )
    rows.append(suspected)
    rows += _excluded(staff, register(by=staff.service, present=present, at=at, name=f"{who['name']}戊"), at)
    typed = Identity(who["name"], document_number=resident_number(), phone=who["phone"])
    fields = {"address": who["address"], "reason": "证件录错", "by": staff.service, "at": at + 30 * minute}
    rows.append(people.correct(person, typed, **fields).change)
    rows += person.transitions.all()
    rows += person.orders.all()
    masked = (person.masked_document, person.masked_phone)
    secrets = (who["name"], number, who["phone"], who["address"], *masked, str(person.public_id)[:8])
    return Side(person, duplicate, patient, case, secrets, rows)


def _controlled(staff: Staff, case: Case, address: str, at: datetime) -> list[Any]:
    """Return what hangs on somebody under control: a log, a stay at home, a transfer and a void that wait."""
    person, minute = case.person, timedelta(minutes=1)
    control.hand_over(person, officer=staff.officer, reason="指定", by=staff.group, at=at + 3 * minute)
    log = control.log_health(
        person,
        control.HealthReading(days.local_day(at), "MORNING", Decimal("36.5")),
        by=staff.officer,
        at=at + 4 * minute,
    )
    home = control.propose_home(person, address=address, reason="产妇", by=staff.group, at=at + 5 * minute)
    transfer = transfers.propose(
        person,
        to=DivisionFactory(code="330681001"),
        address=address,
        reason="搬家",
        by=staff.community,
        at=at + 6 * minute,
    )
    void = voids.propose(
        case, reason_class="ENTRY_ERROR", reason="名单有误", by=staff.group, at=at + 7 * minute
    )
    return [log, home, transfer, void]


def _feverish(staff: Staff, person: Person, at: datetime) -> list[Any]:
    """Return the declaration of a fever, and the visit that ruled it out."""
    minute = timedelta(minutes=1)
    form = declarations.Form(fever=True, onset_on=days.local_day(at))
    declared = declarations.declare(person, form, mode=Mode.GUIDED, by=staff.clinic, at=at + 9 * minute)
    visit = declarations.record_visit(
        person,
        visited_at=at + 10 * minute,
        ruled_out=True,
        record_number="F1",
        by=staff.clinic,
        at=at + 11 * minute,
    )
    return [declared, visit]


def _checked(person: Person, venue: Any, *, by: User, at: datetime) -> Any:
    presented = gates.PresentedCode(str(person.public_id))
    return gates.check(presented, venue=venue, temperature=Decimal("36.5"), by=by, at=at)


def _excluded(staff: Staff, person: Person, at: Any) -> list[Any]:
    from cases.services.grounds import cases

    case = reported(person, ground="SUSPECTED", evidence_kind="INVESTIGATION", by=staff.cdc, at=at)
    cases.enter(case, by=staff.group, at=at + timedelta(minutes=1))
    return [
        exits.report(
            case,
            exit="EXCLUDED",
            happened_on=days.local_day(at),
            evidence_ref="排除报告1",
            by=staff.cdc,
            at=at + timedelta(minutes=2),
        )
    ]
