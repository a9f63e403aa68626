"""Each page speaks one language: no English on a Chinese page, no Chinese of ours on an English one."""

import re
from html.parser import HTMLParser
from operator import methodcaller

import pytest
from django.contrib import admin
from django.urls import reverse

from cases.management.demo.cast import OFFICES, USERS
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from healthcode.core.offices import divisions
from tests.factories import sampled
from tools import messages

pytestmark = pytest.mark.any_database

NAMES = {row[0] for row in (*USERS, *OFFICES)} | {name_en for *_rest, name_en in divisions.rows() if name_en}
# Names of formats, switches and versions that people read in either language.
KEPT = (
    "English",
    "Alt+A",
    "Alt+B",
    "Alt+N",
    "Alt+H",
    "CSV",
    "XLSX",
    "XLSM",
    "XLS",
    "ODS",
    "NDJSON",
    "END",
    "UTF",
    "SHA",
    "KOR",
    "JSON",
    "shaoxing-2020-91",
    "began",
    "isolation",
    "True",
    "False",
)
# What the guide's staff do not say: the guide has its own word for each.
NEVER = (
    *("颜色等级", "设置颜色", "用户", "公民", "案件", "患者", "入境人员", "冻结", "拒绝", "提交", "推送"),
    *("双人复核", "居家隔离", "位置数据", "熔断", "工单"),
)
ROLES = (
    "group.xinchang",
    "community.yulin",
    "officer.yulin",
    "service.xinchang",
    "duty.city",
    "admin.one",
    "supervisor.city",
)


class Visible(HTMLParser):
    """The words of a page that a person sees or hears."""

    silent = ("script", "style", "code")
    texts = ("title", "alt", "placeholder", "aria-label")

    def __init__(self, body):
        super().__init__()
        self.within, self.words = 0, []
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        self.within += tag in self.silent
        attributes = dict(attributes)
        self.words += [attributes[name] for name in self.texts if attributes.get(name)]

    def handle_endtag(self, tag):
        self.within -= tag in self.silent

    def handle_data(self, data):
        if not self.within and data.strip():
            self.words.append(" ".join(data.split()))


@pytest.fixture
def pages(cast, red, now):
    """Return a function: the pages about one red, tested person or in general that a user is the first of some to open.

    A list and the form of an act are the same whoever opens them; where there are buttons and menus all look.
    Of the acts of others one: that page is always the same.
    """
    person = red(name="张三")
    sampled(person, by=cast.officer_yulin, at=now)
    of_all = (
        reverse("admin:index"),
        reverse("admin:password_change"),
        *(
            reverse(f"admin:cases_person_{name}", args=(person.pk,))
            for name in ("change", "explanation", "history")
        ),
        "/no/such/page/",
    )
    lists = [
        (reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"), page.may_read)
        for page in admin.site._registry.values()
    ]
    about = [
        (reverse("admin:cases_person_do", args=(person.pk, one.name)), methodcaller("may", one.act))
        for one in PERSON_OPERATIONS
    ]
    others = [
        (reverse("admin:do", args=(one.name,)), methodcaller("may", one.act)) for one in DESK_OPERATIONS
    ]

    def of(username, usernames):
        user, before = cast[username], [cast[name] for name in usernames[: usernames.index(username)]]
        own = [
            url
            for url, opens_to in (*lists, *about, *others)
            if opens_to(user) and not any(opens_to(one) for one in before)
        ]
        foreign = [url for url, opens_to in about if not opens_to(user)]
        return (*of_all, *own, *foreign[:1])

    return of


def english(text):
    """Return the English words of a text; names, numbers and what both languages keep are none."""
    if text in NAMES:
        return []
    for known in KEPT:
        text = text.replace(known, "")
    return re.findall(r"(?<![\w.-])[A-Za-z]{3,}(?![\w.:-])", text)


@pytest.mark.parametrize("username", ROLES)
def test_no_english_is_left_on_a_chinese_page(cast, pages, at_desk, username):
    client = at_desk(cast[username], "zh-hans")
    left = {}
    for url in pages(username, ROLES):
        words = [text for text in Visible(client.get(url).content.decode()).words if english(text)]
        left |= {url: words} if words else {}
    assert not left


@pytest.mark.parametrize("username", ROLES[::2])
def test_no_translation_appears_on_an_english_page(cast, pages, at_desk, username):
    # Short ones can be part of a name: 综合服务点 is also what an office is called.
    chinese = [text for each in messages.messages(messages.read()) for text in messages.strings(each)]
    sentences = {text for text in chinese if len(text) > 5 and "%" not in text and not text.isascii()}
    sentences -= {name for _code, _kind, _division, name, *_rest in OFFICES}
    client = at_desk(cast[username], "en")
    left = {}
    for url in pages(username, ROLES[::2]):
        words = sentences & set(Visible(client.get(url).content.decode()).words)
        left |= {url: words} if words else {}
    assert not left


@pytest.mark.parametrize("word", NEVER)
def test_the_guide_has_another_word(word):
    texts = [text for each in messages.messages(messages.read()) for text in messages.strings(each)]
    assert not [text for text in texts if word in text]


def test_a_case_is_no_illness():
    texts = [text for each in messages.messages(messages.read()) for text in messages.strings(each)]
    assert not [text for text in texts if "病例" in text.replace("关联病例", "")]
