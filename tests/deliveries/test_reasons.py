"""Why a row or a file comes back is stored as code and values, and read in the language of whoever reads it."""

import csv
import re

import pytest
from django.urls import reverse
from django.utils import translation

from cases.feeds import cells, deliveries, words
from cases.feeds.findings import sentences
from cases.models import Batch, RejectedRow
from cases.services.deliveries import batches
from healthcode.core.offices import stored_refusals
from healthcode.core.offices.refusals import Refusal
from tests.browsers import Browser
from tests.cases.scenes import Scene, T
from tests.factories import DivisionFactory, delivered, resident_number

pytestmark = pytest.mark.django_db

HEADING = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,证据类型,证据编号"
HAN = re.compile("[\u4e00-\u9fff]")
CLAUSE = {"zh-hans": "范围内：", "en": "is not one of"}


def row(began: str = f"{T:%Y-%m-%d}", ground: str = "疑似病人", number: str = "") -> str:
    return f"甲,身份证,{number or resident_number()},330624001,{ground},{began},检验报告,J1"


def listed(scene: Scene, *rows: str, confirmed: bool = True, heading: str = HEADING) -> Batch:
    DivisionFactory(code="330624001")
    content = "\n".join((heading, *rows)).encode()
    return delivered(content, by=scene.cast.cdc_xinchang, at=T, confirmed=confirmed)


def reader(scene: Scene, language: str) -> Browser:
    user = scene.cast.cdc_xinchang
    user.language = language
    user.save()
    client = Browser()
    client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
    return client


@pytest.mark.parametrize("worked_in", CLAUSE)
@pytest.mark.parametrize("read_in", CLAUSE)
@pytest.mark.parametrize("confirmed", [False, True])
def test_page_api_and_file_speak_the_readers_language_not_the_workers(scene, worked_in, read_in, confirmed):
    with translation.override(worked_in):
        batch = listed(scene, row(ground="不明"), row(), confirmed=confirmed)
    browser = reader(scene, read_in)
    page = browser.get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    answer = browser.get(reverse("api:delivery", args=(batch.pk,))).json()
    file = browser.get(reverse("admin:cases_batch_returned", args=(batch.pk, "csv")))
    with translation.override(worked_in):  # it streams when the request is over
        sent = b"".join(file.streaming_content).decode("utf-8-sig")
    one = answer["returned_rows"][0] if confirmed else answer["preview"]["returned"][0]
    for text in (page, one["reason"], one["faults"][0]["detail"], sent):
        assert [CLAUSE[language] in text for language in CLAUSE] == [
            read_in == language for language in CLAUSE
        ]
    assert one["faults"][0]["code"] == "deliveries.cell.unreadable"


def test_what_came_back_before_codes_were_stored_keeps_its_words(scene: Scene):
    batch = listed(scene, row(ground="不明"))
    RejectedRow.objects.update(faults=[], reason_text="与登记姓名不一致")
    assert batch.rejected_rows.get().reason == "与登记姓名不一致"
    preview = {"returned": [{"row": 2, "field": "姓名", "reason": "与登记姓名不一致", "asks": False}]}
    Batch.objects.update(state="CHECKED", preview=preview)
    rows = list(csv.reader(",".join(one) for one in deliveries.returned_rows(Batch.objects.get())))
    assert rows[1][-3:] == ["2", "姓名", "与登记姓名不一致"]


@pytest.mark.parametrize(
    ("heading", "code", "sentence"),
    [
        (HEADING.replace("姓名,", ""), "deliveries.heading.missing", "These columns are missing: 姓名."),
        (f"{HEADING},联系电话", "deliveries.heading.unknown", "No such columns: “联系电话” (“手机号”?)."),
        (f"{HEADING},姓名", "deliveries.heading.twice", "These columns stand there twice: 姓名."),
    ],
)
def test_a_file_that_came_back_as_a_whole_says_why_in_either_language(scene: Scene, heading, code, sentence):
    with translation.override("zh-hans"):
        batch = listed(scene, row(), heading=heading)
        assert (batch.state, batch.faults[0]["code"], bool(HAN.search(batch.fault))) == (
            "RETURNED",
            code,
            True,
        )
    with translation.override("en"):
        assert batch.fault == sentence


def test_a_heading_in_another_encoding_than_its_rows_says_so(scene: Scene):
    content = f"{HEADING}\n".encode() + f"{row()}\n".encode("gb18030")
    batch = delivered(content, by=scene.cast.cdc_xinchang, at=T)
    assert (batch.state, batch.faults[0]["code"]) == ("RETURNED", "deliveries.heading.two_encodings")


def test_how_columns_are_parted_is_said_in_the_readers_language(scene: Scene):
    with translation.override("en"):
        batch = listed(scene, row().replace(",", "\t"), heading=HEADING.replace(",", "\t"), confirmed=False)
    with translation.override("zh-hans"):
        assert any("制表符" in one for one in sentences(batch.findings))


def test_each_refusal_of_the_house_is_read_as_it_was_stored():
    for code, kind in Refusal.by_code.items():
        if kind.__init__ is not Refusal.__init__ or kind.__str__ is not Refusal.__str__:
            continue
        values = dict.fromkeys(stored_refusals.PLACES.findall(str(kind.message)), "甲")
        stored = stored_refusals.to_json(kind(**values))
        for language in ("zh-hans", "en"):
            with translation.override(language):
                read = stored_refusals.from_json(stored)
                assert (read.code, str(read)) == (code, str(kind(**values)))


def test_a_sentence_with_another_place_than_when_it_was_stored_is_read_all_the_same():
    stored = {"code": "deliveries.cell.hour_missing", "field": "sampled_at", "values": {"other": "1"}}
    with translation.override("en"):
        assert str(stored_refusals.from_json(stored)).startswith("“…” is a day alone")


def test_a_long_cell_is_quoted_in_part_alone():
    with pytest.raises(cells.CellRefused) as refused:
        cells.one_of(words.OUTCOMES, {"outcome": "甲" * 5000}, "outcome")
    assert len(stored_refusals.to_json(refused.value)["values"]["value"]) == stored_refusals.LONGEST


def test_the_button_leads_to_the_first_row_that_waits_and_names_it_with_its_reason(scene: Scene):
    rows = [row(number=resident_number()) for _ in range(2)]
    for at, changed in ((T, rows), (T, [one.replace("J1", "J2") for one in rows])):
        DivisionFactory(code="330624001")
        lines = [f"记录编号,{HEADING}", *(f"A{number},{one}" for number, one in enumerate(changed))]
        batch = delivered("\n".join(lines).encode(), by=scene.cast.cdc_xinchang, at=at)
    first, second = batch.rejected_rows.order_by("row")
    browser = reader(scene, "zh-hans")
    page = reverse("admin:cases_batch_change", args=(batch.pk,))
    assert f"decide-row/?row={first.pk}" in browser.get(page).content.decode()
    form = browser.get(f"{reverse('admin:do', args=('decide-row',))}?row={first.pk}").content.decode()
    assert f"{batch} · {first} · {first.reason}" in form
    batches.decide_row(first, RejectedRow.State.DISMISSED, by=scene.cast.cdc_xinchang, at=T)
    assert f"decide-row/?row={second.pk}" in browser.get(page).content.decode()
    batches.decide_row(second, RejectedRow.State.DISMISSED, by=scene.cast.cdc_xinchang, at=T)
    assert "decide-row" not in browser.get(page).content.decode()
