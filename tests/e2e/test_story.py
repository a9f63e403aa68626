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
DAY_15 = datetime(2020, 9, 16, 10, 0, tzinfo=ZONE)
NEGATIVE = {"laboratory": "新昌县检测中心", "report_number": "A002"}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


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
    cdc_reports(desk, person, index)
    group_enters(desk, person)
    clock(START + timedelta(days=5))
    service_point_tests(desk, person)
    clock(START + timedelta(days=13))
    officer_is_refused(desk, person)
    clock(DAY_15)
    officer_ends_control(desk, person)
    both_conversions_are_explained(desk, person)
    assert desk.complaints == []


def cdc_reports(desk: Desk, person: Person, index: Case) -> None:
    """Nothing counts yet."""
    desk.sit_down("cdc.xinchang")
    evidence = {"evidence_kind": "INVESTIGATION", "evidence_ref": "流调2020-001"}
    page = desk.do(
        "report", person, ground="CLOSE_CONTACT", began_on="2020-09-01", index_case=str(index.pk), **evidence
    )
    assert "新昌县重点人员管控组" in page
    assert desk.badge() == "绿码"


def group_enters(desk: Desk, person: Person) -> None:
    """The group of the same level enters it: red at once, with an order of 14 days to the officer."""
    desk.sit_down("group.xinchang")
    assert "王小明" in desk.text()
    effect = desk.attempt("enter-report", person, officer="officer.yulin", site="isolation-xinchang")
    assert "绿码" in effect and "红码" in effect  # before it is confirmed
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


def service_point_tests(desk: Desk, person: Person) -> None:
    """A negative at the service point changes nothing."""
    desk.sit_down("service.xinchang")
    sample = {"sampled_at": typed(START + timedelta(days=4, hours=20)), "laboratory": "新昌县检测中心"}
    desk.do("enter-result", person, outcome="NEGATIVE", report_number="A001", **sample)
    assert desk.badge() == "红码"


def officer_is_refused(desk: Desk, person: Person) -> None:
    """On day 13 it is too early, and what was typed is still there."""
    desk.sit_down("officer.yulin")
    sampled_at = typed(START + timedelta(days=13, hours=-3))
    page = desk.attempt("end-control", person, **NEGATIVE, sampled_at=sampled_at)
    assert "尚未期满" in page and "9月16日" in page
    assert desk.page.input_value("[name=report_number]") == "A002"
    assert not person.results.filter(report_number="A002").exists()


def officer_ends_control(desk: Desk, person: Person) -> None:
    """On day 15 the officer ends control with the negative test: green."""
    desk.sit_down("officer.yulin")
    desk.do("end-control", person, **NEGATIVE, sampled_at=typed(DAY_15 - timedelta(hours=20)))
    assert desk.badge() == "绿码"


def both_conversions_are_explained(desk: Desk, person: Person) -> None:
    """Each with its clause, office and actor."""
    conversions = Transition.objects.filter(person=person).order_by("at")
    assert list(conversions.values_list("from_colour", "to_colour", "clause")) == [
        ("GREEN", "RED", "1.1d"),
        ("RED", "GREEN", "3.3"),
    ]
    page = desk.text()
    for word in ("1.1d", "新昌管控组员", "3.3", "羽林管控责任人", "羽林街道社区管控"):
        assert word in page, word


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
    cells = ("row", "field_word", "reason_words")
    cells_of_rows = [
        [row.locator(f"td.field-{name}").inner_text() for name in cells] for row in returned.all()
    ]
    assert [row for row, _field, _reason in cells_of_rows] == ["4", "11", "15", "24", "30", "37"]
    assert all(field and reason for _row, field, reason in cells_of_rows)
    assert desk.complaints == []
