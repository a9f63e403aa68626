"""What those do who keep accounts, rule books and the desk: step by step, where the focus stands and what is said."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from cases.models import RuleBook
from cases.policy import shipped
from cases.policy.days import ZONE
from complaints.models.choices import TicketState
from complaints.services import handling
from healthcode.core.offices.models import User
from tests.cases.scenes import Scene, fresh
from tests.e2e.conftest import Desk
from tests.e2e.keys import Strokes
from tests.e2e.test_deciders_journeys import confirm, home
from tests.e2e.test_desk import routed
from tests.factories import Cast

Clock = Callable[[datetime], None]
TEN = datetime(2026, 11, 2, 10, 0, tzinfo=ZONE)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def choose(strokes: Strokes, **values: str) -> None:
    """Choose in lists by the mouse, each a click."""
    for name, value in values.items():
        strokes.desk.page.select_option(f"[name={name}]", value)
        strokes.clicks += 1


def test_an_account_is_prepared_by_one_administrator_and_granted_by_another(cast: Cast, desk: Desk) -> None:
    desk.sit_down("admin.one")
    one = Strokes(desk)
    one.press("Alt+a")
    desk.page.wait_for_url("**/offices/user/do/create/**")
    for field, facts in (("username", "new.clerk"), ("full_name", "张三")):
        assert one.focus() == field
        one.write(facts)
        one.press("Enter")
    assert one.focus() == "role"
    choose(one, role="community")
    one.press("Enter")
    assert one.focus() == "office"
    choose(one, office=str(cast.office("community-yulin").pk))
    confirm(one)
    desk.page.wait_for_selector("ul.messagelist .success")
    assert "须由另一名账号管理员启用" in desk.page.inner_text("ul.messagelist")
    home(one, keys=7, clicks=2)
    user = User.objects.get(username="new.clerk")
    assert not user.is_active and "张三" not in desk.page.inner_text("main")  # it waits for somebody else

    desk.sit_down("admin.two")
    two = Strokes(desk)
    assert "张三" in desk.page.inner_text("main")
    two.click(".worklist a[href*='/offices/user/']")
    desk.page.wait_for_url(f"**/offices/user/{user.pk}/change/**")
    two.press("Alt+b")
    desk.page.wait_for_selector("form.act-form button:focus")  # granting asks for nothing but the press
    facts = desk.page.inner_text("main")
    assert all(one in facts for one in ("张三", "new.clerk", "账号管理员甲", "社区管控人员"))
    confirm(two)
    desk.page.wait_for_selector("article.letter")
    assert "new.clerk" in desk.page.inner_text("article.letter")
    home(two, keys=4, clicks=1)
    assert fresh(user).is_active and desk.complaints == []


def test_a_rule_book_is_proposed_and_decided_step_by_step(cast: Cast, desk: Desk, tmp_path: Path) -> None:
    book = tmp_path / "新版本.toml"
    text = shipped.text(shipped.IN_FORCE)
    book.write_text(text.replace('"shaoxing-2020-91"', '"shaoxing-2020-92"'), encoding="utf-8")
    desk.sit_down("policy.city")
    editor = Strokes(desk)
    editor.click("main a[href*='/do/propose-rule-book/']")
    desk.page.wait_for_selector("[name=file]:focus")
    desk.page.set_input_files("[name=file]", book)
    editor.clicks += 1
    editor.press("Enter")
    print(editor.focus())
    assert editor.focus() == "effective_from"
    editor.write("明0800")
    editor.press("Enter")  # nothing counts yet: what it changes stands on the page it leads to
    desk.page.wait_for_url("**/cases/rulebook/*/change/**")
    assert "待值班负责人复核" in desk.page.inner_text("ul.messagelist")
    home(editor, keys=3, clicks=2)
    proposed = RuleBook.objects.get(version="shaoxing-2020-92")
    assert proposed.adopted_at is None

    desk.sit_down("duty.city")
    duty = Strokes(desk)
    assert "待复核的政策版本" in desk.page.inner_text("main")
    duty.click(".worklist a[href*='/do/decide-rule-book/']")
    desk.page.wait_for_selector("[name=decision]:focus")  # of the versions there is one
    assert "shaoxing-2020-92" in desk.page.inner_text("main") and "市政策员" in desk.page.inner_text("main")
    duty.press("1")
    confirm(duty)
    desk.page.wait_for_selector("ul.messagelist .success")
    home(duty, keys=4, clicks=1)
    assert fresh(proposed).decision == "APPROVED" and desk.complaints == []


def test_the_lead_rules_on_what_came_back_and_shares_out_what_waits(
    cast: Cast, desk: Desk, clock: Clock
) -> None:
    clock(TEN)
    now, scene = timezone.now(), Scene(cast)
    yesterday = timezone.localdate(now) - timedelta(days=1)
    tickets = []
    for minutes in (40, 30):
        person = scene.person(at=now - timedelta(days=2))
        scene.clinical(person, began_on=yesterday, at=now - timedelta(hours=20))
        tickets.append(routed(cast, person, now - timedelta(minutes=minutes)))
    back, waits = tickets
    reason = "该件涉及门岗态度，不属健康码问题。"
    handling.send_back(back, reason=reason, by=cast.bureau_one, at=now - timedelta(minutes=20))

    desk.sit_down("lead.city")
    lead = Strokes(desk)
    lead.click("form[action*='/desk_rule/through/'] button")
    desk.page.wait_for_selector("[name=ruling]:focus")
    assert back.number in desk.page.inner_text("main")
    lead.write("仍由大数据局办理，门岗态度另转。")
    lead.press("Control+Enter")
    desk.page.wait_for_url("**/through/**/?settled=1")
    assert "不得再次退回" in desk.page.inner_text("ul.messagelist") and "共1件" in desk.page.inner_text(
        "main"
    )
    assert lead.focus() == "首页"
    home(lead, keys=2, clicks=1)
    assert fresh(back).state == TicketState.ROUTED

    lead = Strokes(desk)
    lead.click("#menu summary:has-text('投诉咨询')")
    lead.click("#menu a[href='/complaints/ticket/']")
    desk.page.wait_for_selector("#result_list")
    desk.page.check(f"#result_list tr:has-text('{waits.number}') input[type=checkbox]")
    desk.page.check(f"#result_list tr:has-text('{back.number}') input[type=checkbox]")
    desk.page.wait_for_selector(".actions:has-text('已勾选2条')")
    lead.clicks += 2
    desk.page.select_option("[name=action]", "do_give")
    lead.clicks += 1
    lead.click(".actions button")
    desk.page.wait_for_selector("[name=to]:focus")
    assert "共2件" in desk.page.inner_text("main")
    lead.press("2")
    assert desk.page.is_checked("[name=to][value='bureau.one']")
    confirm(lead)
    desk.page.wait_for_selector("main h2:has-text('已办理')")
    assert desk.page.inner_text("main").count("现由大数据局甲承办。") == 2
    home(lead, keys=4, clicks=6)
    owners = {fresh(one).owner for one in (back, waits)}
    assert owners == {cast.bureau_one} and desk.complaints == []
