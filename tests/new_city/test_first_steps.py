"""The first steps of a new city: on an administrator's home until all are done, each ticked by what is stored."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases.models import Venue
from cases.services.roster import shifts
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.staff import OfficeKind, Role
from healthcode.portal.first_steps import first_steps
from tests.browsers import Browser
from tests.factories import guarded, token_of

from .tables import NOW, STAFF, prepared, table


def undone(cast):
    return [str(step.label) for step in first_steps(cast.admin_one, at=NOW) if not step.done]


def finished(cast):
    """Do what the cast of the demo has not done."""
    guarded()
    token_of(cast.province, until=NOW + timedelta(days=90), at=NOW)
    duty = cast.duty_city
    span = {"from_at": NOW, "until": NOW + timedelta(hours=8)}
    shifts.enter(user=duty, office=duty.office, phone="13800000000", leads=True, **span, by=duty, at=NOW)
    ledger.record("audit.exported", about="seal:9", by=cast.supervisor_city, at=NOW)


def test_the_list_is_gone_once_everything_is_done(cast):
    assert undone(cast)
    finished(cast)
    assert first_steps(cast.admin_one, at=NOW) == ()


def test_nobody_but_administrators_has_the_list(cast):
    assert first_steps(cast.duty_city, at=NOW) == first_steps(cast.supervisor_city, at=NOW) == ()


def without(kind):
    """Close an office's kind, as if none of it had been opened: the rows stay, since nothing is deleted here."""
    Office.objects.filter(kind=kind).update(kind=OfficeKind.ADMINISTRATION)


@pytest.mark.parametrize(
    ("undo", "missing"),
    [
        (lambda: without(OfficeKind.CDC), "疾控中心"),
        (lambda: without(OfficeKind.ISOLATION_SITE), "集中隔离点"),
        (lambda: User.objects.filter(role=Role.CLINIC).update(is_active=False), "发热门诊工作人员"),
    ],
)
def test_a_step_names_what_is_missing(cast, undo, missing):
    finished(cast)
    undo()
    steps = [step for step in first_steps(cast.admin_one, at=NOW) if not step.done]
    assert [missing in str(step.missing) for step in steps] == [True]
    assert all(step.url for step in steps)


def test_an_administrator_who_has_not_chosen_a_password_does_not_count(cast):
    finished(cast)
    User.objects.filter(username="admin.two").update(password_is_temporary=True)
    others = User.objects.filter(role=Role.ADMINISTRATOR).exclude(username__in=("admin.one", "admin.two"))
    others.update(is_active=False)
    assert len(undone(cast)) == 1


def test_venues_and_the_anchor_are_ticked_by_what_is_stored(cast):
    before = undone(cast)
    assert not Venue.objects.exists()
    guarded()
    assert len(before) - len(undone(cast)) == 1
    ledger.record("audit.anchored", about="seal:9", by=cast.supervisor_city, at=NOW, receivers=1)
    assert len(before) - len(undone(cast)) == 2


def test_the_home_page_links_each_step_to_where_it_is_done(cast):
    browser = Browser()
    browser.force_login(cast.admin_one)
    page = browser.get(reverse("admin:index")).content.decode()
    assert "新城市启用前的准备步骤" in page
    for step in first_steps(cast.admin_one, at=NOW):
        if step.url and not step.done:
            assert f'href="{step.url}"' in page
            assert browser.get(step.url).status_code == 200


def test_in_chinese_a_step_is_done_and_not_done_at(cast):
    User.objects.filter(pk=cast.admin_one.pk).update(language="zh-hans")
    client = Browser()
    client.force_login(cast.admin_one)
    page = client.get(reverse("admin:index")).content.decode()
    assert "已完成</span>" in page and "完成于</span>" not in page


def test_a_step_whose_file_waits_for_the_other_administrator_says_so(cast):
    before = [str(step.waits) for step in first_steps(cast.admin_one, at=NOW) if step.waits]
    row = ("zhang", "张三", "13800000001", "社区管控人员", "community-yulin")
    prepared("STAFF", table(STAFF, row))
    waits = [step for step in first_steps(cast.admin_one, at=NOW) if step.waits]
    assert before == [] and [step.url.partition("?")[2] for step in waits] == ["kind=STAFF"]


def test_the_page_of_a_step_begins_with_its_kind_of_file(cast):
    browser = Browser()
    browser.force_login(cast.admin_one)
    page = browser.get(reverse("admin:cases_setupfile_do", args=("prepare",)) + "?kind=STAFF")
    assert page.context["form"]["kind"].initial == "STAFF"


def test_an_address_fills_in_no_decision(cast):
    browser = Browser()
    browser.force_login(cast.duty_deputy)
    page = browser.get(reverse("admin:do", args=("decide-area",)) + "?decision=approve")
    assert not page.context["form"]["decision"].initial
