"""What waits for whom: each list shows what its office can empty, and nothing twice."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection

from cases.models import ControlOrder
from cases.models.reading import reading
from cases.policy.days import local_day
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.engine.plans import Plan
from cases.services.grounds import cases, exits, voids
from cases.services.persons import deaths, transfers
from healthcode.core.audit import triggers
from healthcode.core.offices import accounts
from tests.factories import DivisionFactory

from .scenes import DUE, Scene, T, fresh, later


def waiting(scene: Scene, username: str, at) -> dict[str, int]:
    """Return how many wait on each list, asked as a page does, which finds at once what several lists ask."""
    asked_singly = {one.key: one.total for one in worklists(scene.cast[username], at)}
    with reading():
        asked_at_once = {one.key: one.total for one in worklists(scene.cast[username], at)}
    assert asked_at_once == asked_singly
    return asked_at_once


def test_a_report_waits_for_the_group_it_is_addressed_to(scene: Scene):
    scene.reported(scene.person())
    assert waiting(scene, "group.xinchang", later(hours=1))["reports"] == 1
    assert "reports" not in waiting(scene, "group.city", later(hours=1))


def test_a_report_sent_back_waits_for_its_reporter_until_made_again(scene: Scene):
    person = scene.person()
    cases.send_back(scene.reported(person), reason="信息不全", by=scene.cast.group_xinchang, at=T)
    assert waiting(scene, "cdc.xinchang", later(hours=1))["sent_back"] == 1
    scene.reported(person, at=later(hours=2))
    assert "sent_back" not in waiting(scene, "cdc.xinchang", later(hours=3))


def test_an_order_is_due_on_its_day_and_overdue_from_noon_on(scene: Scene):
    scene.clinical(scene.person())
    on_the_day, after = DUE + timedelta(hours=11, minutes=59), DUE + timedelta(hours=12)
    assert waiting(scene, "officer.yulin", on_the_day) == {"due_today": 1, "unmeasured": 1}
    assert waiting(scene, "officer.yulin", after) == {"overdue": 1, "unmeasured": 1}


def test_an_excluded_index_case_names_the_contacts_it_frees(scene: Scene):
    index, contact = scene.clinical(scene.person(), "SUSPECTED"), scene.person()
    scene.clinical(contact, index_case=index)
    fields = {"exit": "EXCLUDED", "happened_on": T.date(), "evidence_ref": "排除1"}
    report = exits.report(index, **fields, by=scene.cast.cdc_xinchang, at=later(hours=1))
    freed = exits.enter(report, by=scene.cast.group_xinchang, at=later(hours=2))
    assert [case.person for case in freed] == [contact]


def test_a_transfer_sent_back_waits_for_whoever_proposed_it_until_proposed_again(scene: Scene):
    person, to = scene.person(), DivisionFactory(code="330624002")
    fields = {"to": to, "reason": "搬家", "by": scene.cast.community_yulin}
    transfer = transfers.propose(person, **fields, at=T)
    transfers.refuse(transfer, answer="查无此人", by=scene.cast.community_nanming, at=later(hours=1))
    assert waiting(scene, "community.yulin", later(hours=2))["returned_transfers"] == 1
    transfers.propose(fresh(person), **fields, at=later(hours=3))
    assert "returned_transfers" not in waiting(scene, "community.yulin", later(hours=4))


def test_a_void_sent_back_waits_for_the_office_that_proposed_it_alone(scene: Scene):
    case = scene.clinical(scene.person())
    void = voids.propose(case, reason_class="ENTRY_ERROR", reason="x", by=scene.cast.group_xinchang, at=T)
    voids.refuse(void, answer="证据充分", by=scene.cast.cdc_xinchang, at=later(hours=1))
    assert waiting(scene, "group.xinchang", later(hours=2))["returned_voids"] == 1
    assert "returned_voids" not in waiting(scene, "cdc.xinchang", later(hours=2))


def test_nobody_is_asked_to_act_on_whose_death_is_being_checked(scene: Scene):
    person, other = scene.person(), scene.person()
    scene.clinical(person)
    scene.clinical(other)
    days = {"not_moved": later(hours=1), "overdue": DUE + timedelta(days=2)}

    def asked() -> list[int]:
        return [waiting(scene, "community.yulin", at).get(name, 0) for name, at in days.items()]

    assert asked() == [2, 2]
    deaths.record(
        person, on=local_day(T), certificate="死亡证明1", by=scene.cast.hospital_city, at=later(hours=1)
    )
    assert asked() == [1, 1]


def test_what_is_ready_to_end_is_not_due_as_well(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    scene.tested(person, at=DUE - timedelta(hours=9))
    assert waiting(scene, "officer.yulin", DUE + timedelta(hours=9)) == {"ready": 1, "unmeasured": 1}


def logged(scene: Scene, person, temperature: str, half: str, at) -> None:
    reading = control.HealthReading(at.date(), half, Decimal(temperature))
    control.log_health(person, reading, by=scene.cast.officer_yulin, at=at)


def test_a_fever_in_the_health_log_waits_until_it_is_gone(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    logged(scene, person, "38.9", "MORNING", later(hours=1))
    assert waiting(scene, "officer.yulin", later(hours=2))["fevers"] == 1
    logged(scene, person, "36.8", "EVENING", later(hours=9))
    assert "fevers" not in waiting(scene, "officer.yulin", later(hours=10))


def test_a_prepared_account_waits_for_the_other_administrator(scene: Scene):
    fields = {"role": "community", "office": scene.cast.office("community-yulin"), "name": "新账号"}
    accounts.create(username="new.clerk", **fields, by=scene.cast.admin_one, at=T)
    assert waiting(scene, "admin.two", later(hours=1)) == {"accounts": 1}
    assert waiting(scene, "admin.one", later(hours=1)) == {}


def test_an_order_whose_officer_cannot_end_it_waits_for_another(scene: Scene):
    scene.clinical(scene.person())
    assert "without_officer" not in waiting(scene, "group.xinchang", later(hours=1))
    post = {"role": "service_point", "office": scene.cast.service_xinchang.office}
    officer = accounts.reassign(scene.cast.officer_yulin, **post, by=scene.cast.admin_one, at=later(days=1))
    assert waiting(scene, "group.xinchang", later(days=1, hours=1))["without_officer"] == 1
    accounts.grant(officer, by=scene.cast.admin_two, at=later(days=1, hours=2))
    assert waiting(scene, "group.xinchang", later(days=2))["without_officer"] == 1


def test_a_clerk_of_the_hospital_answers_for_inpatients_alone(scene: Scene):
    plan = Plan(officer=scene.cast.hospital_city, site=scene.cast.office("hospital-city"))
    person = scene.person()
    scene.clinical(person, "CONFIRMED", plan=plan)
    assert "without_officer" not in waiting(scene, "group.xinchang", later(hours=1))
    triggers.drop(connection, ControlOrder._meta.db_table)
    ControlOrder.objects.update(kind="CENTRAL_ISOLATION")
    assert waiting(scene, "group.xinchang", later(hours=1))["without_officer"] == 1


def test_whoever_was_handed_over_and_is_red_still_waits_for_the_group_and_cdc(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    control.transfer_out(
        fresh(person),
        letter="移交函2026-1号",
        destination="江苏",
        by=scene.cast.group_xinchang,
        at=later(days=1),
    )
    for number in (2, 16, 60):
        for username in ("group.xinchang", "cdc.xinchang"):
            assert waiting(scene, username, later(days=number))["handed_over"] == 1
    scene.brought_back(person, at=later(days=61))
    assert "handed_over" not in waiting(scene, "group.xinchang", later(days=62))
    control.transfer_out(
        fresh(person),
        letter="移交函2026-2号",
        destination="江苏",
        by=scene.cast.group_xinchang,
        at=later(days=63),
    )
    assert waiting(scene, "group.xinchang", later(days=64))["handed_over"] == 1
