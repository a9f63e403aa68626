"""The main job, end to end, as its users do it: with a browser, at the running server."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.models import Case, Person, Transition
from cases.policy.days import ZONE
from tests.e2e.conftest import Desk
from tests.factories import Cast, register, reported

LINE_LIST = Path(__file__).parent.parent / "files" / "line_list.csv"
START = datetime(2020, 9, 1, 9, 0, tzinfo=ZONE)

pytestmark = pytest.mark.django_db(transaction=True)


def typed(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def test_a_close_contact_from_report_to_green(
    cast: Cast, desk: Desk, clock: Callable[[datetime], None]
) -> None:
    clock(START)
    for name in ("group_xinchang", "officer_yulin", "service_xinchang"):
        getattr(cast, name)  # made on first use
    index = reported(register(by=cast.cdc_xinchang), by=cast.cdc_xinchang, at=START, ground="CONFIRMED")
    person = register(by=cast.cdc_xinchang, name="王小明")

    # CDC reports: nothing counts yet.
    desk.sit_down("cdc.xinchang")
    evidence = {"evidence_kind": "INVESTIGATION", "evidence_ref": "流调2020-001"}
    said = desk.do(
        "report", person, ground="CLOSE_CONTACT", began_on="2020-09-01", index_case=str(index.pk), **evidence
    )
    assert "新昌县重点人员管控组" in said
    assert desk.badge() == "绿码"

    # The group of the same level enters it: red at once, with an order of 14 days to the officer.
    desk.sit_down("group.xinchang")
    assert "王小明" in desk.text()
    shown = desk.attempt("enter-report", person, officer="officer.yulin", place="新昌县集中隔离点")
    assert "绿码" in shown and "红码" in shown  # the effect, before it is confirmed
    assert Case.objects.get(person=person).state == "REPORTED"
    desk.page.click("[name=_confirm]")
    assert desk.badge() == "红码"

    # The page explains: why, since when, under which clause, who, what ends it, whose act, the earliest moment.
    page = desk.text()
    for word in (
        "密切接触者",
        "1.1d",
        "新昌县重点人员管控组",
        "流调2020-001",
        "3.3",
        "管控责任人",
        "9月16日",
    ):
        assert word in page, word

    # A negative at the service point changes nothing.
    clock(START + timedelta(days=5))
    desk.sit_down("service.xinchang")
    sample = {"sampled_at": typed(START + timedelta(days=4, hours=20)), "laboratory": "新昌县检测中心"}
    desk.do("enter-result", person, outcome="NEGATIVE", report_number="A001", **sample)
    assert desk.badge() == "红码"

    # On day 13 the officer is refused, and what was typed is still there.
    day13 = START + timedelta(days=13)
    clock(day13)
    desk.sit_down("officer.yulin")
    sampled_at = typed(day13 - timedelta(hours=3))
    negative = {"sampled_at": sampled_at, "laboratory": "新昌县检测中心", "report_number": "A002"}
    said = desk.attempt("end-control", person, **negative)
    assert "尚未期满" in said and "9月16日" in said
    assert desk.page.input_value("[name=report_number]") == "A002"
    assert not person.results.filter(report_number="A002").exists()

    # On day 15 the officer ends control with the negative test: green.
    day15 = datetime(2020, 9, 16, 10, 0, tzinfo=ZONE)
    clock(day15)
    desk.sit_down("officer.yulin")
    desk.do("end-control", person, **{**negative, "sampled_at": typed(day15 - timedelta(hours=20))})
    assert desk.badge() == "绿码"

    # Both conversions are told with clause, office and actor.
    told = (
        Transition.objects.filter(person=person)
        .order_by("at")
        .values_list("from_colour", "to_colour", "clause")
    )
    assert list(told) == [("GREEN", "RED", "1.1d"), ("RED", "GREEN", "3.3")]
    page = desk.text()
    for word in ("1.1d", "新昌管控组员", "3.3", "羽林管控责任人", "羽林街道社区管控"):
        assert word in page, word
    assert desk.complaints == []


def test_a_line_list_of_forty_rows_comes_back_with_its_six_wrong_ones(
    cast: Cast, desk: Desk, clock: Callable[[datetime], None]
) -> None:
    clock(datetime(2026, 11, 2, 9, 0, tzinfo=ZONE))
    desk.sit_down("cdc.xinchang")
    page = desk.do("deliver", file=LINE_LIST)
    assert "尚未生效" in page and not Case.objects.exists()
    desk.page.get_by_role("link", name="确认执行", exact=True).click()
    desk.page.click("[name=_confirm]")
    desk.page.wait_for_selector("tr:has(td.field-row)")
    assert Case.objects.filter(state="REPORTED").count() == 34
    assert Person.objects.count() == 34
    returned = desk.page.locator("tr:has(td.field-row)")
    cells = ("row", "field_word", "reason")
    told = [[row.locator(f"td.field-{name}").inner_text() for name in cells] for row in returned.all()]
    assert [row for row, _field, _reason in told] == ["4", "11", "15", "24", "30", "37"]
    assert all(field and reason for _row, field, reason in told)
    assert desk.complaints == []
