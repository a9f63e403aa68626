"""The page shows each row with its clause, and says what is ours."""

import pytest

from cases.policy.render import page, render


@pytest.fixture(scope="module")
def text(book):
    return render(book)


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| ")]


def test_every_table_is_regular(text):
    widths = []
    for line in text.splitlines():
        if line.startswith("|"):
            widths.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(widths)) <= 1
            widths = []


@pytest.mark.parametrize("part", ["grounds", "measures", "exits", "venues", "rules", "conditions"])
def test_every_row_of_the_book_is_shown(book, text, part):
    for row in getattr(book, part).values():
        assert row.words.zh in text
        assert row.words.en in text


def test_every_clause_is_shown_with_its_words(book, text):
    for clause, words in book.clauses.items():
        assert f"| {clause} | {words.zh}<br>{words.en} |" in rows(text)


def test_every_default_of_ours_is_shown(book, text):
    parts = (book.grounds, book.measures, book.exits, book.conditions, book.rules, book.parameters.notes)
    for part in parts:
        for row in part.values():
            for sentence in row.ours:
                assert f"{sentence.zh}<br>{sentence.en} |" in text


def test_ours_is_labelled(text):
    assert "本系统约定 / ours" in text


def test_chinese_comes_first(text):
    assert text.startswith("## 绍市防控办〔2020〕91号")


def test_reporting_comes_before_entering(text):
    assert "疾控中心→重点人员管控组（上报、录入）" in text


def test_a_form_is_filled_in_by_one_or_the_other(text):
    assert "本人或发热门诊或社区管控人员（填写健康码信息）" in text


def test_what_follows_isolation_has_its_colour(text, provincial):
    assert "期满后：社区健康监测（7天）（绿码）" in text
    assert "期满后：居家医学观察（7天）（红码）" in render(provincial)


def test_the_page_says_which_book_is_in_force(book, provincial):
    text = page([book, provincial])
    assert text.index("The book in force") < text.index("`shaoxing-2020-91`") < text.index("Not in force")
