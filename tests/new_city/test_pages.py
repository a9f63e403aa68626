"""The pages of a new city: a file is posted, its faults come back at once, another grants it, letters are printed."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import SetupFile
from cases.services.setup import files
from healthcode.core.offices.models import User
from tests.browsers import Browser

from .tables import OFFICES, STAFF, VENUES, granted, prepared, table

ZHANG = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")
NAMESAKE = ("zhang.san2", "张三", "13800000002", "社区管控人员", "community-yulin")


@pytest.fixture
def client(cast):
    browser = Browser()
    browser.force_login(cast.admin_one)
    return browser


@pytest.fixture
def second(cast):
    browser = Browser()
    browser.force_login(cast.admin_two)
    return browser


def post(client, kind, content, *, name="名册.csv"):
    fields = {"kind": kind, "file": SimpleUploadedFile(name, content), "_confirm": "1"}
    return client.post(reverse("admin:cases_setupfile_do", args=("prepare",)), fields)


def page(file):
    return reverse("admin:cases_setupfile_change", args=(file.pk,))


def act(client, file, name, **fields):
    return client.post(
        reverse("admin:cases_setupfile_act", args=(file.pk, name)), {**fields, "_confirm": "1"}
    )


def test_a_file_goes_from_the_form_to_the_letters_by_pages_alone(client, second):
    response = post(client, "STAFF", table(STAFF, ZHANG))
    file = SetupFile.objects.get()
    assert (response.status_code, response.url) == (302, page(file))
    assert act(second, file, "decide", decision="approve").url == page(file)
    letters = act(second, file, "letters")
    user = User.objects.get(username="zhang.san")
    code = re.search(r'class="secret-text">([a-z0-9-]+)<', letters.content.decode()).group(1)
    assert user.check_password(code)
    assert letters.content.decode().count('<article class="letter"') == 1
    assert "no-store" in letters["Cache-Control"]


def test_every_fault_stands_on_the_file_with_its_row_and_column(client):
    rows = (("li si", "李四", "", "社区", "community-yulin"), ("", "王五", "", "管控责任人", "没有"))
    errors = list(post(client, "STAFF", table(STAFF, *rows)).context["form"].errors["file"])
    assert errors[0] == "有2行存在错误，整份名册未保存。"
    assert [error.split("：", 1)[0] for error in errors[1:]] == [
        "第2行，角色",
        "第2行，登录名",
        "第3行，登录名",
        "第3行，单位",
    ]
    assert not SetupFile.objects.exists()


def test_a_thousand_faults_are_named_and_the_others_counted(client, monkeypatch):
    monkeypatch.setattr("cases.operations.setup_files.NAMED", 2)
    errors = (
        post(client, "STAFF", table(STAFF, *[("", "王五", "", "", "")] * 2)).context["form"].errors["file"]
    )
    assert len(errors) == 4
    assert errors[-1] == "另有4处错误。"


def test_a_file_that_is_no_table_says_so_on_the_field(client):
    errors = post(client, "STAFF", b"\x00\x01").context["form"].errors
    assert "file" in errors


def test_the_page_of_a_file_shows_counts_first_rows_and_who_looks_alike(second):
    file = prepared("STAFF", table(STAFF, ZHANG, NAMESAKE), at=timezone.now())
    text = second.get(page(file)).content.decode()
    assert "社区管控人员 <strong>2</strong>" in text
    assert text.count("zhang.san2") == 3  # in the first rows, as one who looks like another, and as the other
    assert "名册内容尚未生效。" in text


def test_namesakes_are_asked_about_on_the_form(second):
    file = prepared("STAFF", table(STAFF, ZHANG, NAMESAKE), at=timezone.now())
    refused = act(second, file, "decide", decision="approve")
    assert "two_people" in refused.context["form"].errors
    act(second, file, "decide", decision="approve", two_people="on")
    assert User.objects.filter(name="张三").count() == 2


def test_what_cannot_be_granted_any_more_is_named_on_the_page(second, cast):
    file = prepared("OFFICES", table(OFFICES, ("new", "新社区", "社区", "新昌县羽林街道")))
    granted("OFFICES", table(OFFICES, ("new", "另一社区", "社区", "新昌县羽林街道")))
    text = second.get(page(file)).content.decode()
    assert "已不能启用的内容" in text
    assert "file" not in act(second, file, "decide", decision="approve").context["form"].errors
    assert "第2行" in str(act(second, file, "decide", decision="approve").context["form"].errors)


def test_whoever_prepared_a_file_is_not_offered_to_grant_it(client):
    file = prepared("STAFF", table(STAFF, ZHANG))
    assert "decide" not in [one["name"] for one in client.get(page(file)).context["buttons"]]


def test_letters_are_offered_to_whoever_granted_them_until_they_are_printed(client, second):
    file = granted("STAFF", table(STAFF, ZHANG), at=timezone.now())
    names = [
        [one["name"] for one in browser.get(page(file)).context["buttons"]] for browser in (client, second)
    ]
    assert names == [["confirmations"], ["letters"]]
    act(second, file, "letters")
    assert second.get(page(file)).context["buttons"] == []
    again = second.get(page(file)).content.decode()
    assert "secret-text" not in again


def test_letters_whose_three_days_are_over_are_not_offered(second):
    file = granted("STAFF", table(STAFF, ZHANG), at=timezone.now() - timedelta(days=4))
    assert second.get(page(file)).context["buttons"] == []


def test_the_home_page_names_what_waits_for_the_other_administrator(client, second):
    prepared("STAFF", table(STAFF, ZHANG), at=timezone.now())
    cards = {card.key for card in second.get(reverse("admin:index")).context["home"].cards}
    assert "setup_files" in cards
    assert "setup_files" not in {
        card.key for card in client.get(reverse("admin:index")).context["home"].cards
    }
    granted("VENUES", table(VENUES, ("东门", "学校", "school")))
    granted("STAFF", table(STAFF, ("li.si", "李四", "", "管控责任人", "community-yulin")), at=timezone.now())
    cards = {card.key for card in second.get(reverse("admin:index")).context["home"].cards}
    assert "letters" in cards


@pytest.mark.parametrize("kind", ["offices", "staff", "venues"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_the_columns_take_is_a_page_with_templates(client, cast, kind, language):
    User.objects.filter(pk=cast.admin_one.pk).update(language=language)
    about = client.get(reverse("admin:cases_setupfile_columns", args=(kind,)))
    assert len(about.context["helps"]) >= 5
    for form in ("csv", "xlsx"):
        sent = client.get(reverse("admin:cases_setupfile_template", args=(kind, form)))
        assert sent.headers["Content-Disposition"].endswith(f'template-{kind}.{form}"')


def test_templates_are_for_administrators_and_of_the_three_kinds(client, cast):
    assert client.get(reverse("admin:cases_setupfile_columns", args=("results",))).status_code == 404
    client.force_login(cast.supervisor_city)
    assert client.get(reverse("admin:cases_setupfile_columns", args=("staff",))).status_code == 403


def test_supervision_reads_the_files_and_changes_none(client, cast):
    file = prepared("STAFF", table(STAFF, ZHANG))
    client.force_login(cast.supervisor_city)
    assert client.get(page(file)).context["buttons"] == []
    client.force_login(cast.duty_city)
    assert client.get(page(file)).status_code in (302, 403)


def test_a_file_that_is_not_what_was_prepared_says_so_and_can_only_be_sent_back(second):
    file = prepared("STAFF", table(STAFF, ZHANG))
    sealed = files.vault.encrypt("[]", owner=file.vault_owner("rows_sealed"))
    SetupFile.objects.filter(pk=file.pk).update(rows_sealed=sealed)
    assert "保存的内容与导入时不一致" in second.get(page(file)).content.decode()
    assert act(second, file, "decide", decision="approve").context["form"].non_field_errors()
    act(second, file, "decide", decision="refuse", reason="内容不符")
    file.refresh_from_db()
    assert file.decision == "REFUSED"
