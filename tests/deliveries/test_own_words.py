"""What the portal itself writes as a reason or a purpose is read in the language of whoever reads it."""

import pytest
from django.urls import reverse
from django.utils import translation

from cases.feeds import deliveries
from cases.models import LabResult, LookUp, Person
from complaints.services.letters import HOTLINE_LETTER
from healthcode.core.audit import ledger
from healthcode.core.audit.commitments import digest, holds
from healthcode.core.audit.models import Note
from healthcode.core.own_words import MARK, OwnText, OwnWords, stored_of
from tests.browsers import Browser
from tests.cases.scenes import Scene, T, later
from tests.factories import DivisionFactory, delivered, resident_number, sealed

pytestmark = pytest.mark.django_db
RESULTS = "证件号码,采样时间,结果,检测机构,报告编号"
LINE_LIST = "姓名,证件类型,证件号码,现居住地区划,赋码原因,起算日期,证据类型,证据编号"
CORRECTED = {"zh-hans": "检测机构重新报告", "en": "The laboratory reports it anew"}


def reading(scene: Scene, username: str, language: str) -> Browser:
    user = scene.cast[username]
    user.language = language
    user.save()
    client = Browser()
    client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
    return client


@pytest.fixture
def corrected(scene: Scene) -> LabResult:
    """A result that its laboratory reported anew, taken by somebody who reads English."""
    person, by = scene.person(), scene.cast.hospital_city
    for hour, outcome in ((2, "阴性"), (3, "阳性")):
        content = sealed(f"{RESULTS}\n{person.document},2026-11-02 08:00,{outcome},检测中心,H7")
        batch = delivered(content, kind="RESULTS", by=by, at=later(hours=hour))
    with translation.override("en"):
        deliveries.accept(batch.rejected_rows.get(), by=by, at=later(hours=4))
    return LabResult.objects.uncorrected().get()


@pytest.fixture
def listed(scene: Scene) -> Person:
    """Somebody of another county whom a line list registered, worked on in English."""
    DivisionFactory(code="330602001")
    row = f"甲,身份证,{resident_number()},330602001,疑似病人,{T:%Y-%m-%d},检验报告,J1"
    with translation.override("en"):
        delivered(f"{LINE_LIST}\n{row}".encode(), by=scene.cast.cdc_xinchang, at=T)
    return LookUp.objects.get().person


@pytest.mark.parametrize("language", CORRECTED)
def test_the_reason_of_a_correction_is_in_the_readers_language_on_page_trail_and_api(
    scene, corrected, language
):
    result = reverse("admin:cases_labresult_change", args=(corrected.pk,))
    trail, api = reverse("admin:audit_event_changelist"), reverse("api:results")
    reads = (("cdc.city", result), ("cdc.city", api), ("supervisor.city", trail))
    for username, url in reads:
        text = reading(scene, username, language).get(url).content.decode()
        assert MARK not in text and "u001f" not in text
        assert [CORRECTED[each] in text for each in CORRECTED] == [each == language for each in CORRECTED]


@pytest.mark.parametrize(("language", "purpose"), [("zh-hans", "批次"), ("en", "delivery ")])
def test_what_a_delivery_looked_somebody_up_for_is_in_the_readers_language(scene, listed, language, purpose):
    look = LookUp.objects.get(person=listed)
    with translation.override(language):
        assert purpose in str(look.purpose) and purpose in f"{look.purpose}"


def test_what_is_committed_to_is_the_same_whatever_language_is_spoken(corrected):
    note = Note.objects.get(text__startswith=MARK)
    assert isinstance(note.text, OwnWords)
    found = []
    for language in CORRECTED:
        with translation.override(language):
            found.append((ledger.commitment(note.salt, note.text), digest(corrected, 0)))
            assert holds(corrected)
    assert found[0] == found[1]


def test_a_purpose_that_somebody_types_is_never_taken_for_the_portals_own(scene: Scene):
    person, typed = scene.person(), stored_of(HOTLINE_LETTER(number="1"))
    body = {"document_type": "RESIDENT_ID", "document_number": person.document, "purpose": typed}
    browser = reading(scene, "community.yuecheng", "en")
    answer = browser.post(
        reverse("api:look-up"), body, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    purpose = LookUp.objects.get().purpose
    assert answer.status_code == 200
    assert not isinstance(purpose, OwnWords) and purpose == typed.removeprefix(MARK)


def test_a_text_that_this_version_has_no_more_is_read_as_its_key():
    assert str(OwnWords(f'{MARK}{{"key":"gone.long_ago","values":{{}}}}')) == "gone.long_ago"


@pytest.mark.parametrize("language", CORRECTED)
def test_each_of_them_is_a_sentence_in_both_languages(language):
    with translation.override(language):
        texts = [str(own.sentence) for own in OwnText.by_key.values()]
    assert len(texts) > 10
    assert all(text.isascii() == (language == "en") for text in texts)
