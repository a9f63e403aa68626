"""Rule books at the desk: propose, read what it changes, preview, decide, replay."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.models import RuleBook
from cases.policy import shipped
from cases.services.book import rulebooks
from tests.factories import contact, register

from .conftest import texts

GUIDE, PROVINCE = shipped.VERSIONS


def typed(instant) -> str:
    return f"{timezone.localtime(instant):%Y-%m-%dT%H:%M}"


def post(client, name, **fields):
    return client.post(reverse("admin:do", args=(name,)), {**fields, "_confirm": "1"}, follow=True)


def upload(client, text, now, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("book.toml", content)
    return post(client, "propose-rule-book", file=file, effective_from=typed(now), **fields)


@pytest.fixture
def proposed(cast, now) -> RuleBook:
    text = shipped.text(PROVINCE)
    return rulebooks.propose(text, effective_from=now, by=cast.policy_city, at=now)


def page(client, name, *args, **params):
    return client.get(reverse(f"admin:cases_rulebook_{name}", args=args), params)


def test_the_editor_uploads_a_text_and_reads_what_it_changes(cast, at_desk, now):
    page_texts = texts(upload(at_desk(cast.policy_city), shipped.text(PROVINCE), now))
    assert RuleBook.objects.get(decision="PENDING").version == PROVINCE
    assert "community health monitoring (green)" in page_texts.body.lower()
    assert "home medical observation required by rule (red)" in page_texts.body.lower()
    assert not page_texts.inline


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_faulty_text_is_told_with_its_line_and_key_on_the_field(cast, at_desk, now, language):
    broken = shipped.text(PROVINCE).replace('colour             = "RED"', 'colour = "BLUE"', 1)
    response = upload(at_desk(cast.policy_city, language), broken, now)
    (fault,) = response.context["form"].errors["file"]
    line = broken[: broken.index('"BLUE"')].count("\n") + 1
    assert ("第" if language != "en" else "line ") + str(line) in fault
    assert "grounds.CONFIRMED.colour" in fault
    assert not RuleBook.objects.filter(decision="PENDING").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", "省".encode("gb18030"), b"", b"\x00", b"a = 1"])
def test_what_is_no_rule_book_is_refused_on_the_field(cast, at_desk, now, content):
    response = upload(at_desk(cast.policy_city), content, now)
    assert response.status_code == 200 and response.context["form"].errors["file"]


def test_a_whole_way_from_the_upload_to_the_turn(cast, at_desk, now, proposed):
    instant = now + timedelta(hours=1)
    fields = {"book": proposed.pk, "decision": "approve", "effective_from": typed(instant)}
    response = post(at_desk(cast.duty_city), "decide-rule-book", **fields)
    assert "Approved" in texts(response).body
    rulebooks.adopt_due(by=cast.duty_city, at=instant)
    assert RuleBook.objects.in_force(instant + timedelta(minutes=1)) == proposed


def test_sending_back_without_a_reason_keeps_the_form(cast, at_desk, proposed):
    response = post(at_desk(cast.duty_city), "decide-rule-book", book=proposed.pk, decision="refuse")
    assert response.context["form"].errors["reason"]


def test_what_was_sent_back_waits_for_the_editor_with_the_reason(cast, at_desk, now, proposed):
    rulebooks.decide(proposed, approve=False, answer="文号有误", by=cast.duty_city, at=now)
    page_texts = texts(at_desk(cast.policy_city).get(reverse("admin:index"))).body
    assert "文号有误" in page_texts and reverse("admin:do", args=("propose-rule-book",)) in page_texts


def test_a_proposal_waits_for_the_citys_duty_lead_alone(cast, at_desk, proposed):
    link = reverse("admin:cases_rulebook_change", args=(proposed.pk,))
    waits = {
        name: link in texts(at_desk(cast[name]).get("/")).body for name in ("duty.city", "duty.xinchang")
    }
    assert waits == {"duty.city": True, "duty.xinchang": False}


def test_an_approved_book_is_on_the_list_of_both_until_it_is_in_force(cast, at_desk, now, proposed):
    instant = now + timedelta(days=1)
    rulebooks.decide(proposed, approve=True, effective_from=instant, by=cast.duty_city, at=now)
    link = reverse("admin:cases_rulebook_change", args=(proposed.pk,))
    for user in (cast.policy_city, cast.duty_city):
        assert link in texts(at_desk(user).get("/")).body


@pytest.mark.parametrize(
    ("by", "status"),
    [("policy.city", 200), ("duty.city", 200), ("supervisor.city", 200), ("group.xinchang", 403)],
)
def test_the_preview_is_for_those_who_work_on_the_book(cast, at_desk, proposed, by, status):
    assert page(at_desk(cast[by]), "effect", proposed.pk).status_code == status


def test_a_draft_is_no_business_of_other_offices(cast, at_desk, proposed):
    assert page(at_desk(cast.group_xinchang), "text", proposed.pk).status_code == 404
    assert page(at_desk(cast.group_xinchang), "text", RuleBook.objects.first().pk).status_code == 200


def test_the_text_comes_as_it_was_adopted(cast, at_desk):
    response = page(at_desk(cast.policy_city), "text", RuleBook.objects.get().pk)
    assert response.content.decode() == shipped.text(GUIDE)


@pytest.mark.parametrize(
    ("by", "status"), [("duty.city", 200), ("supervisor.city", 200), ("policy.city", 403)]
)
def test_a_past_day_is_replayed_for_duty_lead_and_supervisor(cast, at_desk, now, by, status):
    then = now - timedelta(days=3)
    person = register(by=cast.service_xinchang, at=then)
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then + timedelta(minutes=1))
    day = timezone.localtime(now - timedelta(days=2)).date()
    response = page(at_desk(cast[by]), "replay", day=day, division="330624")
    assert response.status_code == status
    if status == 200:
        assert [row.displayed for row in response.context["replay"].colours] == [1, 0, 0]
        assert person.name not in texts(response).body


@pytest.mark.parametrize(
    "asked", [{"day": "2999-01-01"}, {"day": "1990-01-01"}, {"day": "x"}, {"division": "11"}]
)
def test_a_day_or_division_that_cannot_be_replayed_is_said_on_its_field(cast, at_desk, now, asked):
    fields = {"day": timezone.localtime(now).date(), "division": "3306", **asked}
    response = page(at_desk(cast.duty_city), "replay", **fields)
    assert set(response.context["form"].errors) == set(asked)


def test_a_county_replays_its_own_days(cast, at_desk, now):
    fields = {"day": timezone.localtime(now).date()}
    client = at_desk(cast.duty_xinchang)
    assert page(client, "replay", division="330624001", **fields).context["replay"]
    assert page(client, "replay", division="330602001", **fields).context["form"].errors
