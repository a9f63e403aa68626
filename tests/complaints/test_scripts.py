"""What is read out: for a grandmother, with places by their names and only days that lie ahead."""

import re

import pytest

from cases.models import Shift
from cases.selectors.explanation import explain
from complaints.selectors.scripts import script
from tests.cases.scenes import later

from .desk import NOON

CLAUSE = re.compile(r"[0-9]\.[0-9][a-g]?(?![0-9])")


def read_out(person, *, at=NOON, language="zh-hans", **who):
    return script(explain(person, at=at), language=language, **who)


def sick(desk):
    person = desk.scene.person()
    desk.scene.fever(person)
    return person


def stayed(desk):
    person = desk.scene.person()
    desk.scene.risk(person)
    return person


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("make", [lambda desk: desk.red(), sick, stayed, lambda desk: desk.scene.person()])
def test_the_document_is_called_by_its_name_and_no_clause_by_its_number(desk, make, language):
    words = read_out(make(desk), language=language)
    title = "《“健康码”管理服务机制》实施指南" if language == "zh-hans" else "Implementation guide"
    assert title in words and not CLAUSE.search(words), words


def test_a_red_is_asked_to_stay_in_and_told_whom_to_ring(desk):
    words = read_out(desk.red())
    assert "请勿外出" in words and "0575-" in words, words


def test_who_is_on_duty_in_the_officers_office_is_named_first(desk):
    person = desk.red()
    office = desk.cast.community_yulin.office
    Shift.objects.create(
        office=office,
        user=desk.cast.community_yulin,
        phone="0575-86999999",
        leads=False,
        from_at=later(days=-1),
        until=later(days=1),
        entered_by=desk.cast.community_yulin,
        entered_at=later(days=-1),
    )
    assert "0575-86999999" in read_out(person)


def test_a_yellow_hears_the_places_by_their_names_and_where_to_be_tested(desk):
    words = read_out(stayed(desk))
    office = desk.cast.office("service-xinchang")
    assert "学校" in words and "农贸市场" in words and "所列场所" not in words
    assert office.name in words and office.phone in words


def test_address_and_hours_are_told_where_the_office_has_them(desk):
    office = desk.cast.office("service-xinchang")
    office.address, office.hours = "鼓山中路168号", "每天8:00至20:00"
    office.save()
    words = read_out(stayed(desk))
    assert "鼓山中路168号" in words and "每天8:00至20:00" in words


def test_a_fever_hears_of_the_fever_clinic(desk):
    assert desk.cast.office("clinic-xinchang").name in read_out(sick(desk))


def test_a_fever_hears_that_it_was_declared_and_not_through_which_office(desk):
    words = read_out(sick(desk))
    assert "填写健康码信息时申报" in words and desk.cast.citizen.office.name not in words


def test_whoever_reported_is_not_called_whoever_entered_it(desk):
    cdc = desk.cast.office("cdc-xinchang").name
    assert f"由{cdc}上报" in read_out(desk.red())
    assert f"由{desk.cast.community_yulin.office.name}录入" in read_out(stayed(desk))


def test_what_follows_by_the_policy_was_entered_by_nobody(desk):
    person = desk.scene.person()
    case = desk.scene.clinical(person, ground="CONFIRMED")
    desk.scene.exited(case, "DISCHARGED", at=later(hours=1))
    words = read_out(person, at=later(hours=2))
    assert "按政策由上一项赋码原因转入" in words and "录入" not in words


def test_what_the_province_sends_or_linked_data_says_is_called_so(desk):
    sent, matched = desk.scene.person(), desk.scene.person()
    desk.scene.opened(sent, "OVERSEAS", channel="PROVINCE", by=desk.cast.province)
    desk.scene.automatic(matched, "AUTO_RED")
    assert "由省级下发" in read_out(sent) and "经数据比对认定" in read_out(matched)


def test_a_day_that_is_over_is_not_read_out(desk):
    person = desk.red()
    ahead, behind = read_out(person), read_out(person, at=later(days=40))
    assert "最早" in ahead and "最早" not in behind


def test_whoever_is_not_verified_hears_what_every_colour_means_and_nothing_of_the_code(desk):
    words = read_out(desk.red(), relation="UNVERIFIED")
    assert "密切接触者" not in words and all(colour in words for colour in ("红码", "黄码", "绿码"))
