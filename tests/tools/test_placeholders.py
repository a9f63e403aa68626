import pytest

from tools.placeholders import mismatches, placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%(until)s of %(days)d", ["%(days)d", "%(until)s"]),
        ("100%% of {name!r} and {0:>3}", ["{0:>3}", "{name!r}"]),
        ("{{ kept }} and %%(not)s", []),
        ("37.3% fever", []),
    ],
)
def test_placeholders_are_found(text, found):
    assert placeholders(text) == found


def test_the_one_form_of_a_plural_says_its_number_even_where_the_singular_does_not():
    source = ("One person", "%(count)d people")
    assert list(mismatches(source, ("%(count)d人",))) == []
    assert list(mismatches(source, ("一人",))) == ["placeholders [] instead of ['%(count)d']"]


def test_line_breaks_at_the_edges_are_kept():
    assert list(mismatches("Ends.\n", ("届满。",))) == ["line break at the end"]


@pytest.mark.parametrize("text", ["近 30天", "共%(n)s 人", "第 %(row)s行"])
def test_a_blank_between_chinese_and_a_number_is_found(text):
    source = text.replace("近", "last").replace("天", "days")
    assert any("blank" in fault for fault in mismatches(source, (text,)))


def test_a_blank_beside_a_latin_word_or_between_numbers_is_none():
    assert not list(mismatches("%(at)s %(who)s, UTF-8", ("用 UTF-8，%(at)s %(who)s",)))
