"""Offices, staff and venues by file: whole or not at all, prepared by one administrator, granted by another."""

from datetime import timedelta

import pytest

from cases.models import SetupFile, Venue
from cases.services.engine import second_person
from cases.services.setup import files
from healthcode.core.audit.models import Event
from healthcode.core.offices import account_rules, accounts
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.refusals import NotAllowed

from .tables import NOW, OFFICES, STAFF, VENUES, faults_of, granted, prepared, table, workbook

NANMING = ("community-xinlin", "新林社区", "社区", "新昌县羽林街道")
ZHANG = ("zhang.san", "张三", "13800000001", "社区管控人员", "community-yulin")
LI = ("li.si", "李四", "13800000002", "管控责任人", "community-yulin")


def decide(cast, file, *, by="admin.two", **fields):
    files.decide(file, **{"approve": True, "by": cast[by], "at": NOW, **fields})


@pytest.mark.parametrize("made", [table, workbook])
def test_offices_of_a_file_are_open_once_another_administrator_grants_it(cast, made):
    file = prepared("OFFICES", made(OFFICES, NANMING))
    assert not Office.objects.filter(code="community-xinlin").exists()
    decide(cast, file)
    office = Office.objects.get(code="community-xinlin")
    assert (office.name, office.kind, office.division_id) == ("新林社区", "COMMUNITY", "330624001")


def test_staff_of_a_file_may_log_in_with_the_code_of_their_letter(cast):
    file = granted("STAFF", table(STAFF, ZHANG, LI))
    letters = files.take_letters(file, by=cast.admin_two, at=NOW)
    users = {user.username: user for user in User.objects.filter(username__in=("zhang.san", "li.si"))}
    assert {letter.user.username for letter in letters} == set(users)
    for letter in letters:
        user = users[letter.user.username]
        assert user.is_active
        assert user.password_is_temporary
        assert user.check_password(letter.code)


def test_an_account_of_a_file_bears_who_prepared_and_who_granted_it(cast):
    granted("STAFF", table(STAFF, ZHANG))
    user = User.objects.get(username="zhang.san")
    assert (user.created_by, user.granted_by) == (cast.admin_one, cast.admin_two)
    assert accounts.givers_of(user) == (cast.admin_one, cast.admin_two)


def test_venues_of_a_file_lie_in_the_area_of_their_office_unless_it_says_where(cast):
    granted("VENUES", table(VENUES, ("东门", "学校", "school")))
    venue = Venue.objects.get(name="东门")
    assert venue.division_id == venue.office.division_id


def test_each_office_and_account_has_an_event_of_its_own_that_names_who_prepared_it(cast):
    granted("OFFICES", table(OFFICES, NANMING))
    granted("STAFF", table(STAFF, ZHANG, LI))
    events = Event.objects.filter(action__in=("office.opened", "account.granted"), actor="admin.two")
    assert [event.action for event in events.order_by("pk")] == [
        "office.opened",
        "account.granted",
        "account.granted",
    ]
    assert all('"prepared_by":"admin.one"' in event.body for event in events)


def test_whoever_prepared_a_file_does_not_grant_it(cast):
    file = prepared("STAFF", table(STAFF, ZHANG))
    with pytest.raises(second_person.SamePerson):
        decide(cast, file, by="admin.one")
    assert not User.objects.filter(username="zhang.san").exists()


@pytest.mark.parametrize("by", ["duty.city", "supervisor.city", "bureau.one"])
def test_nobody_but_administrators_prepares_or_grants(cast, by):
    with pytest.raises(NotAllowed):
        prepared("STAFF", table(STAFF, ZHANG), by=by)
    with pytest.raises(NotAllowed):
        decide(cast, prepared("STAFF", table(STAFF, ZHANG)), by=by)


def test_a_file_is_sent_back_with_a_reason_and_nothing_of_it_exists(cast):
    file = prepared("STAFF", table(STAFF, ZHANG))
    with pytest.raises(second_person.SentBackWithoutReason):
        decide(cast, file, approve=False)
    decide(cast, file, approve=False, answer="角色不对")
    file.refresh_from_db()
    assert (file.decision, file.rows_sealed) == ("REFUSED", None)
    assert not User.objects.filter(username="zhang.san").exists()


def test_the_same_rows_wait_once_and_can_come_again_after_they_were_sent_back(cast):
    file = prepared("STAFF", table(STAFF, ZHANG))
    with pytest.raises(files.PreparedAlready):
        prepared("STAFF", workbook(STAFF, ZHANG))
    decide(cast, file, approve=False, answer="再核对")
    assert prepared("STAFF", table(STAFF, ZHANG)).pk != file.pk


def test_what_somebody_else_took_meanwhile_keeps_the_whole_file_from_being_granted(cast):
    file = prepared("STAFF", table(STAFF, LI, ZHANG))
    fields = {"name": "张三丰", "role": "community", "office": cast.office("community-yulin")}
    accounts.create(username="zhang.san", by=cast.admin_one, at=NOW, **fields)
    with pytest.raises(files.Overtaken, match="3"):
        decide(cast, file)
    assert not User.objects.filter(username="li.si").exists()


def test_namesakes_are_granted_only_once_somebody_made_sure_that_they_are_two_people(cast):
    namesake = ("zhang.san2", "张三", "13800000009", "社区管控人员", "community-nanming")
    file = prepared("STAFF", table(STAFF, ZHANG, namesake))
    with pytest.raises(account_rules.LooksLikeAnother, match=r"zhang\.san、zhang\.san2"):
        decide(cast, file)
    decide(cast, file, two_people=True)
    assert User.objects.filter(name="张三", is_active=True).count() == 2


def test_rows_that_are_not_those_prepared_are_not_granted_but_can_be_sent_back(cast):
    file, other = prepared("STAFF", table(STAFF, ZHANG)), prepared("STAFF", table(STAFF, LI))
    sealed = files.vault.encrypt("[]", owner=file.vault_owner("rows_sealed"))
    SetupFile.objects.filter(pk=file.pk).update(rows_sealed=sealed)
    with pytest.raises(files.Altered):
        decide(cast, file)
    decide(cast, file, approve=False, answer="内容不符")
    decide(cast, other)
    assert not User.objects.filter(username="zhang.san").exists()


def test_an_office_of_machines_comes_by_a_file_and_two(cast):
    feed = ("feed-mobile", "移动公司", "关联信息来源", "绍兴市")
    granted("OFFICES", table(OFFICES, feed))
    granted("STAFF", table(STAFF, ("feed.mobile", "移动接口", "", "关联信息来源（接口）", "feed-mobile")))
    machine = User.objects.get(username="feed.mobile")
    assert machine.is_active
    assert not machine.has_usable_password()


def test_letters_are_printed_once_by_whoever_granted_them(cast):
    file = granted("STAFF", table(STAFF, ZHANG))
    with pytest.raises(files.AnothersLetters):
        files.take_letters(file, by=cast.admin_one, at=NOW)
    files.take_letters(file, by=cast.admin_two, at=NOW)
    with pytest.raises(files.LettersGone):
        files.take_letters(file, by=cast.admin_two, at=NOW)
    file.refresh_from_db()
    assert file.letters_sealed is None


def test_letters_live_for_three_days(cast):
    file = granted("STAFF", table(STAFF, ZHANG))
    with pytest.raises(files.LettersGone):
        files.take_letters(file, by=cast.admin_two, at=NOW + timedelta(days=3))


def test_an_account_that_was_closed_meanwhile_has_no_letter(cast):
    file = granted("STAFF", table(STAFF, ZHANG, LI))
    closed = User.objects.get(username="zhang.san")
    accounts.deactivate(closed, reason="离职", by=cast.admin_one, at=NOW + timedelta(hours=1))
    letters = files.take_letters(file, by=cast.admin_two, at=NOW + timedelta(hours=2))
    assert [letter.user.username for letter in letters] == ["li.si"]


def test_a_file_without_rows_is_none(cast):
    with pytest.raises(files.NoRows):
        prepared("STAFF", table(STAFF))


def test_a_file_is_whole_or_stores_nothing(cast):
    wrong = ("li si", "李四", "", "社区管控人员", "community-yulin")
    assert faults_of("STAFF", table(STAFF, ZHANG, wrong)) == {3: [("username", "accounts.username_odd")]}
    assert not SetupFile.objects.exists()
