"""What is wrong with a number, a text or a choice is said in the portal's own words, in the reader's language."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localtime

from healthcode.core.acts import attempts
from tests.admin.conftest import texts
from tests.factories import Cast, register

pytestmark = pytest.mark.any_database

WRONG = [
    ("pool_size", "1", "Write 2 or more.", "此处至少为2。"),
    ("pool_size", "2.5", "Write a whole number, in digits.", "请用数字填写整数。"),
    ("laboratory", "甲" * 101, "At most 100 characters: you wrote 101.", "至多100个字，您填写了101个。"),
    ("outcome", "GOOD", "This is not among the choices here.", "此处没有这个选项，请重新选择。"),
    ("sampled_at", "周三早上", "A day and a time are written like", "请填写日期和时间"),
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("field", "value", "english", "chinese"), WRONG)
def test_a_limit_is_told_in_the_portals_words(
    cast: Cast, at_desk, typed, now, language, field, value, english, chinese
):
    person = register(by=cast.service_xinchang, at=now - timedelta(days=1))
    client = at_desk(cast.service_xinchang, language)
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    body = texts(client.post(address, {**typed(now), field: value, "_next": "1"}, follow=True)).body
    assert (english if language == "en" else chinese) in body


def test_a_time_in_full_width_signs_needs_no_script(cast: Cast, at_desk, typed, now):
    person = register(by=cast.service_xinchang, at=now - timedelta(days=3))
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    yesterday = localtime(now - timedelta(days=1))
    spoken = f"{yesterday.year}年{yesterday.month}月{yesterday.day}日 9时30分"
    page = at_desk(cast.service_xinchang).post(address, {**typed(now), "sampled_at": spoken, "_confirm": "1"})
    assert page.status_code == 302
    assert localtime(person.results.get().sampled_at) == yesterday.replace(
        hour=9, minute=30, second=0, microsecond=0
    )


def test_a_time_typed_short_is_kept_in_full_so_that_it_means_the_same_tomorrow(
    cast: Cast, at_desk, typed, now
):
    person = register(by=cast.service_xinchang, at=now - timedelta(days=3))
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    client = at_desk(cast.service_xinchang)
    effect = client.post(address, {**typed(now), "sampled_at": "昨天 ９：３０", "_next": "1"})
    mark = parse_qs(effect.request["QUERY_STRING"])["attempt"][0]
    kept = attempts.recall(mark, page=address, by=cast.service_xinchang, at=now)
    assert kept is not None
    assert kept.data["sampled_at"] == [f"{localtime(now - timedelta(days=1)):%Y-%m-%d} 09:30"]


@pytest.mark.parametrize("act", ["decide-area-change", "decide-strike"])
def test_a_number_longer_than_any_row_has_is_no_choice(cast: Cast, at_desk, act):
    field = "area" if act == "decide-area-change" else "document"
    address = reverse("admin:do", args=(act,))
    fields = {field: "9" * 40, "decision": "approve", "_next": "1"}
    answer = at_desk(cast.duty_city).post(address, fields, follow=True)
    assert answer.context["form"].errors[field] == ["This is not among the choices here."]


def test_nothing_to_look_for_is_asked_for(cast: Cast, at_desk):
    address = reverse("admin:do", args=("look-up",))
    answer = at_desk(cast.service_xinchang).post(address, {"document_type": "RESIDENT_ID", "_confirm": "1"})
    assert answer.context["form"].errors["document_number"] == ["Fill this in."]


def test_an_empty_file_is_told_in_the_portals_words(cast: Cast, at_desk):
    address = reverse("admin:do", args=("deliver",))
    file = SimpleUploadedFile("results.csv", b"")
    answer = at_desk(cast.service_xinchang, "zh-hans").post(
        address, {"file": file, "_confirm": "1"}, follow=True
    )
    assert "这是空文件。" in texts(answer).body and "提交" not in texts(answer).body
