"""Texts that are told again and again: kept by the lead, inserted by whoever tells, and never with a colour."""

import pytest
from django.urls import reverse

from complaints.models import Notice, TextModule
from complaints.services import modules, telling, wording
from healthcode.core.audit.models import Event
from healthcode.core.offices.refusals import NotAllowed
from tests.admin.conftest import at_desk as at_desk
from tests.cases.scenes import refused
from tests.complaints.desk import NEXT, NOON

WORDS = {
    "title": "补材料",
    "text": "请带身份证和检测报告到就近服务点。",
    "text_en": "Bring your card.",
    "shortcut": "1",
}


@pytest.fixture
def lead(desk):
    return desk.cast.lead_city


@pytest.fixture
def kept(lead):
    return modules.create(**WORDS, by=lead, at=NOON)


def test_it_is_entered_changed_and_withdrawn_on_record(kept, lead):
    modules.change(kept, **{**WORDS, "text": "请带户口簿。"}, by=lead, at=NEXT)
    modules.withdraw(kept, by=lead, at=NEXT)
    actions = (
        Event.objects.filter(target=f"textmodule:{kept.pk}").order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["text_module.created", "text_module.changed", "text_module.withdrawn"]
    assert not TextModule.objects.in_use().exists()


@pytest.mark.parametrize("username", ["bureau.one", "community.yulin", "supervisor.city", "admin.one"])
def test_nobody_but_a_lead_keeps_texts(desk, kept, username):
    by = desk.cast[username]
    refused(NotAllowed, modules.create, **WORDS, by=by, at=NOON)
    refused(NotAllowed, modules.change, kept, **WORDS, by=by, at=NOON)
    refused(NotAllowed, modules.withdraw, kept, by=by, at=NOON)


@pytest.mark.parametrize(
    ("field", "text"),
    [("text", "您的健康码现为绿码。"), ("text", "您已不是红码。"), ("text_en", "Your code is green.")],
)
def test_a_text_that_says_a_present_colour_is_refused(lead, field, text):
    refusal = refused(modules.SaysColour, modules.create, **{**WORDS, field: text}, by=lead, at=NOON)
    assert refusal.field == field


@pytest.mark.parametrize("text", ["期满后转绿码，请按时检测。", "黄女士会与您联系。"])
def test_other_words_of_colour_are_taken(lead, text):
    assert modules.create(**{**WORDS, "text": text}, by=lead, at=NOON).text == text


def test_a_text_with_a_telephone_number_is_refused(lead):
    refused(
        modules.SaysNumber,
        modules.create,
        **{**WORDS, "text": "请拨打 0575-86000001 咨询。"},
        by=lead,
        at=NOON,
    )


def test_a_text_of_a_word_is_refused(lead):
    refused(modules.steps.TextTooShort, modules.create, **{**WORDS, "text": "好"}, by=lead, at=NOON)


def test_two_texts_in_use_have_no_key_in_common(kept, lead):
    refused(modules.ShortcutTaken, modules.create, **{**WORDS, "title": "另一"}, by=lead, at=NOON)
    modules.withdraw(kept, by=lead, at=NEXT)
    assert modules.create(**WORDS, by=lead, at=NEXT).shortcut == "1"


def test_what_is_withdrawn_is_neither_changed_nor_withdrawn_again(kept, lead):
    modules.withdraw(kept, by=lead, at=NEXT)
    refused(modules.AlreadyWithdrawn, modules.withdraw, kept, by=lead, at=NEXT)
    refused(modules.AlreadyWithdrawn, modules.change, kept, **WORDS, by=lead, at=NEXT)


def test_what_was_told_stays_when_its_module_changes(desk, kept, lead):
    ticket = desk.upheld()
    telling.tell(ticket, channel="CALL", reached="本人", text=kept.text, by=ticket.owner, at=NOON)
    modules.change(kept, **{**WORDS, "text": "请带户口簿。"}, by=lead, at=NEXT)
    assert WORDS["text"] in Notice.objects.get().text


def test_words_changed_after_they_were_inserted_meet_the_rule_of_colours_as_ever(desk, kept):
    ticket = desk.upheld()
    untrue = kept.text + "您的健康码现为绿码。"
    refused(
        wording.AnotherColour,
        telling.tell, ticket, channel="CALL", reached="本人", text=untrue, by=ticket.owner, at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize(("language", "words"), [("zh-hans", WORDS["text"]), ("en", WORDS["text_en"])])
def test_it_is_offered_in_the_language_of_the_citizen(desk, kept, at_desk, language, words):
    ticket = desk.taken(language=language)
    page = at_desk(ticket.owner).get(reverse("admin:complaints_ticket_do", args=(ticket.pk, "reply")))
    assert [text for _module, text in page.context_data["modules"]] == [words]


def test_one_without_english_is_not_offered_to_whoever_reads_english(desk, lead, at_desk):
    modules.create(**{**WORDS, "text_en": ""}, by=lead, at=NOON)
    ticket = desk.taken(language="en")
    page = at_desk(ticket.owner).get(reverse("admin:complaints_ticket_do", args=(ticket.pk, "reply")))
    assert page.context_data["modules"] == []


def test_the_pages_of_the_lead_do_all_three(desk, lead, at_desk):
    client = at_desk(lead)
    client.post(reverse("admin:complaints_textmodule_do", args=("create",)), WORDS)
    module = TextModule.objects.get()
    act = lambda name: reverse("admin:complaints_textmodule_act", args=(module.pk, name))  # noqa: E731
    client.post(act("change-text"), {**WORDS, "title": "补交材料"})
    client.post(act("withdraw"), {})
    module.refresh_from_db()
    assert module.title == "补交材料" and module.withdrawn_by == lead
    assert "补交材料" in client.get(reverse("admin:complaints_textmodule_changelist")).content.decode()


def test_a_refused_text_stands_on_its_field(desk, lead, at_desk):
    page = at_desk(lead).post(
        reverse("admin:complaints_textmodule_do", args=("create",)), {**WORDS, "text": "您的健康码现为绿码。"}
    )
    assert page.context_data["form"].errors["text"] and not TextModule.objects.exists()
