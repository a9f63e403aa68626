"""What is wrong in a file of a new city: all of it at once, each fault with its row and column, and nothing stored."""

import pytest
from django.utils import translation

from cases.feeds import setup_columns, setup_files, templates
from cases.feeds.rows import NotATable
from cases.models import SetupFile
from cases.services.setup import files
from healthcode.core.offices import accounts
from tests.factories import DivisionFactory, OfficeFactory

from .tables import NOW, OFFICES, STAFF, VENUES, faults_of, granted, prepared, table, workbook

GOOD = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")


def test_all_faults_of_all_rows_come_at_once(cast):
    rows = (
        ("li si", "李四", "", "社区", "community-yulin"),
        GOOD,
        ("", "——", "1" * 21, "值班负责人", "没有这个单位"),
        ("duty.city", "王五", "", "值班负责人", "community-yulin"),
    )
    assert faults_of("STAFF", table(STAFF, *rows)) == {
        2: [("role", "deliveries.cell.unreadable"), ("username", "accounts.username_odd")],
        4: [
            ("username", "deliveries.cell.empty"),
            ("name", "words.say_nothing"),
            ("phone", "deliveries.cell.unreadable"),
            ("office", "setup.unknown_office"),
        ],
        5: [("role", "accounts.wrong_office_kind"), ("username", "accounts.username_taken")],
    }
    assert not SetupFile.objects.exists()


def test_rows_of_one_file_are_compared_with_each_other(cast):
    again, twice = ("zhang.san", "李四", "", "社区管控人员", "community-yulin"), ("zhang.2", *GOOD[1:])
    assert faults_of("STAFF", table(STAFF, GOOD, again, twice)) == {
        3: [("username", "accounts.username_taken")],
        4: [("name", "accounts.one_account_each")],
    }


def test_one_human_who_has_an_account_already_is_found(cast):
    fields = {"name": "张三", "phone": "+86 13800000001", "role": "community"}
    office, by = cast.office("community-nanming"), cast.admin_one
    user = accounts.create(username="old", office=office, by=by, at=NOW, **fields)
    accounts.grant(user, by=cast.admin_two, at=NOW)
    assert faults_of("STAFF", table(STAFF, GOOD)) == {2: [("name", "accounts.one_account_each")]}


def test_faults_of_offices(cast):
    DivisionFactory(code="330203")
    rows = (
        ("有空格 的", "甲", "社区", "新昌县羽林街道"),
        ("community-yulin", "乙", "社区", "新昌县羽林街道"),
        ("c", "丙", "社区", "海曙区"),
        ("d", "丁", "居委", "没有的街道"),
        ("c", "戊", "社区", "330624001"),
    )
    assert faults_of("OFFICES", table(OFFICES, *rows)) == {
        2: [("code", "offices.code_odd")],
        3: [("code", "offices.code_taken")],
        4: [("division", "offices.outside_the_city")],
        5: [("kind", "deliveries.cell.unreadable"), ("division", "divisions.unknown")],
        6: [("code", "offices.code_taken")],
    }


def test_faults_of_venues(cast):
    rows = (
        ("东门", "学校", "community-yulin"),
        ("西门", "影院楼", "school"),
        ("南门", "学校", "school"),
        ("南门", "学校", "school"),
    )
    assert faults_of("VENUES", table(VENUES, *rows)) == {
        2: [("office", "venues.no_gate_office")],
        3: [("kind", "deliveries.cell.unreadable")],
        5: [("name", "venues.name_taken")],
    }
    away = table((*VENUES, "所在区划"), ("北门", "学校", "school", "绍兴市越城区"))
    DivisionFactory(code="330602")
    assert faults_of("VENUES", away) == {2: [("division", "venues.outside_the_office")]}


def test_an_office_is_named_by_its_code_or_its_full_name_in_either_language(cast):
    office = cast.office("community-yulin")
    names = (office.code, office.name, office.name_en.upper())
    rows = [(f"clerk.{place}", "张三", "", "社区管控人员", name) for place, name in enumerate(names)]
    file = prepared("STAFF", table(STAFF, *rows))
    assert {row["office"] for row in files.rows_of(file)} == {office.code}


def test_a_name_that_several_offices_have_names_none(cast):
    for code in ("one", "two"):
        OfficeFactory(code=code, name="中心卫生院")
    row = (*GOOD[:4], "中心卫生院")
    assert faults_of("STAFF", table(STAFF, row)) == {2: [("office", "setup.several_offices")]}


def test_a_file_that_is_no_table_comes_back_as_a_whole(cast):
    with pytest.raises(NotATable, match="角色"):
        prepared("STAFF", table(("登录名", "姓名", "单位"), GOOD))
    with pytest.raises(NotATable):
        prepared("STAFF", b"PK\x03\x04 cut off")


def test_a_file_is_not_larger_than_what_can_be_looked_at(cast, monkeypatch):
    with pytest.raises(setup_files.SetupFileTooLarge):
        prepared("STAFF", b"x" * (setup_files.MAX_BYTES + 1))
    monkeypatch.setattr(setup_files, "MAX_ROWS", 1)
    with pytest.raises(NotATable, match="1"):
        prepared("STAFF", table(STAFF, GOOD, ("li.si", "李四", "", "社区管控人员", "community-yulin")))


def test_digits_that_a_spreadsheet_keeps_as_a_number_are_read(cast):
    granted("STAFF", workbook(STAFF, ("zhang.san", "张三", 13800000001, "社区管控人员", "community-yulin")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["OFFICES", "STAFF", "VENUES"])
def test_a_template_comes_back_accepted_and_its_example_passed_over(cast, kind, form, language):
    with translation.override(language):
        made = templates.make(form, setup_columns.helps(kind, NOW))
        assert setup_files.read(made, kind=kind, at=NOW).rows == []


@pytest.mark.parametrize("kind", ["OFFICES", "STAFF", "VENUES"])
def test_every_word_that_a_template_offers_is_taken(cast, kind):
    for one in setup_columns.helps(kind, NOW):
        name = setup_columns.headings(kind)[one.word]
        column = setup_columns.takes(kind, NOW)[name]
        assert all(column.read({name: word}, name) for word in one.words)


def test_headings_and_words_are_taken_in_english_too(cast):
    heading = ("Username", "Name", "Role", "Office", "Head of the office")
    row = ("zhang.san", "张三", "Community worker", "community-yulin", "yes")
    assert prepared("STAFF", table(heading, row)).counts == {"community": 1}


@pytest.mark.parametrize(
    ("language", "heading", "word"),
    [("zh-hans", "角色", "社区管控人员"), ("en", "Role", "Community worker")],
)
def test_headings_and_words_are_offered_in_the_readers_language(cast, language, heading, word):
    with translation.override(language):
        found = {one.word: one for one in setup_columns.helps("STAFF", NOW)}
        assert found[heading].words.count(word) == 1
        assert found[heading].example == word
        wrong = setup_files.read(table(STAFF, (*GOOD[:3], "x1", GOOD[4])), kind="STAFF", at=NOW).faults
        assert word in str(wrong[2][0])
