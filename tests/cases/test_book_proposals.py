"""Who proposes a rule book and who decides it, from when it may count, and what text is none."""

from datetime import timedelta

import pytest

from cases.models import RuleBook
from cases.models.rulebooks import VERSION_LENGTH
from cases.services.book import rulebooks
from cases.services.engine import second_person
from cases.services.engine.refusals import NotAllowed

from . import books
from .books import GUIDE, PROVINCE, adopted, proposed, text_of
from .scenes import DUE, Scene, T, fresh, later, refused

DAY_16 = DUE + timedelta(days=1, hours=8)
DAY_18 = DUE + timedelta(days=3, hours=8)


def test_the_proposer_does_not_decide(scene: Scene):
    refused(NotAllowed, rulebooks.decide, proposed(scene), approve=True, by=scene.cast.policy_city, at=T)


@pytest.mark.parametrize("by", ["duty.xinchang", "supervisor.city", "admin.one", "group.city"])
def test_nobody_but_the_citys_duty_lead_decides(scene: Scene, by):
    fields = {"approve": True, "effective_from": T, "by": scene.cast[by], "at": T}
    refused(NotAllowed, rulebooks.decide, proposed(scene), **fields)


def test_a_colleague_of_the_proposers_office_does_not_decide(scene: Scene):
    book, lead = proposed(scene), scene.cast.duty_city
    type(lead).objects.filter(pk=lead.pk).update(office=scene.cast.policy_city.office)
    fields = {"approve": True, "effective_from": T, "by": fresh(lead), "at": T}
    refused(second_person.SameOffice, rulebooks.decide, book, **fields)


@pytest.mark.parametrize("by", ["duty.city", "supervisor.city", "admin.one", "group.city"])
def test_nobody_but_the_policy_editor_proposes(scene: Scene, by):
    fields = {"effective_from": T, "by": scene.cast[by], "at": T}
    refused(NotAllowed, rulebooks.propose, text_of(PROVINCE), **fields)


def test_sending_back_needs_a_reason(scene: Scene):
    fields = {"approve": False, "by": scene.cast.duty_city, "at": T}
    refused(second_person.SentBackWithoutReason, rulebooks.decide, proposed(scene), **fields)


def test_what_was_sent_back_may_come_again_under_its_version(scene: Scene):
    book = proposed(scene)
    rulebooks.decide(book, approve=False, answer="文号有误", by=scene.cast.duty_city, at=T)
    again = books.propose(scene, book.text, at=T)
    assert again.version == book.version


def test_a_version_is_used_once(scene: Scene):
    book = proposed(scene)
    refused(rulebooks.VersionTaken, books.propose, scene, book.text, at=T)


def test_approving_says_from_when(scene: Scene):
    fields = {"approve": True, "by": scene.cast.duty_city, "at": T}
    refused(rulebooks.InstantMissing, rulebooks.decide, proposed(scene), **fields)


def test_no_book_counts_from_before_the_one_in_force(scene: Scene):
    book = adopted(scene, PROVINCE, at=DAY_16)
    fields = {"approve": True, "by": scene.cast.duty_city, "at": DAY_18}
    instant = book.effective_from - timedelta(seconds=1)
    refused(
        rulebooks.BeforeTheOneInForce,
        rulebooks.decide,
        proposed(scene, GUIDE),
        effective_from=instant,
        **fields,
    )


def test_no_book_waits_for_longer_than_a_year(scene: Scene):
    fields = {"effective_from": later(days=367), "at": T}
    refused(rulebooks.TooFarAhead, books.propose, scene, text_of(PROVINCE), **fields)


@pytest.mark.parametrize(
    ("break_it", "zh", "en"),
    [
        (lambda text: text.replace('colour             = "RED"', 'colour = "GREEN"', 1), "第", "line "),
        (lambda text: text[:2000] + "\n= 3", "不是有效的 TOML 文本", "Invalid"),
    ],
)
def test_a_text_that_is_no_rule_book_is_refused_with_line_and_key(scene: Scene, break_it, zh, en):
    from django.utils import translation

    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            broken = break_it(text_of(PROVINCE))
            fault = refused(rulebooks.BookUnreadable, books.propose, scene, broken, at=T)
            assert words in str(fault)
        assert fault.field == "file"


def test_a_text_has_a_length_that_somebody_can_read(scene: Scene):
    refused(rulebooks.BookTooLong, books.propose, scene, "#" * (rulebooks.LONGEST + 1), at=T)


def test_a_version_has_a_length_that_fits_its_column(scene: Scene):
    text = text_of(PROVINCE)
    version = text.split('version         = "', 1)[1].split('"', 1)[0]
    long = text.replace(f'"{version}"', f'"{"v" * (VERSION_LENGTH + 1)}"', 1)
    refused(rulebooks.NamesTooLong, books.propose, scene, long, at=T)


def test_a_county_decides_no_rule_book(scene: Scene):
    book, by = proposed(scene), scene.cast.duty_xinchang
    refused(rulebooks.BooksCityOnly, rulebooks.decide, book, approve=True, effective_from=T, by=by, at=T)


def test_a_first_book_stays_though_a_later_release_ships_another_text_of_it(cast):
    book = RuleBook.objects.get()
    text = f"{book.text}\n# a later release\n"
    fields = {"proposer": cast.policy_city, "by": cast.duty_city, "at": T}
    assert rulebooks.adopt_first(text, effective_from=T, **fields) == book
    assert RuleBook.objects.get().text == book.text
